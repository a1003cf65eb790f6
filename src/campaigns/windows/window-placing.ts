import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import type { Queryable } from '../../database/sql.js';
import { nextOpening } from './opening.js';
import { isRestricted, needsZones, openingRule, type OpeningRule } from './send-window.js';
import { WindowRepository, type WindowedRun, type ZoneOpening } from './window.repository.js';

/** Without an opening for a year, somebody may have changed the calendar by then. */
const LOOK_AGAIN_MS = 366 * 86_400_000;

/**
 * Tells batches when they may be sent. Workers never think about hours: they take what is open, by the database's clock,
 * and the barrier lets nothing pass that has closed.
 */
@Injectable()
export class WindowPlacing {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly windows: WindowRepository,
    private readonly clock: Clock,
  ) {}

  /** Decides at the start whether its messages are sorted by zones. */
  async begin(tx: Queryable, campaignId: string): Promise<void> {
    const run = await this.windows.runOf(tx, campaignId);
    if (run !== null && needsZones(ruleOf(run))) await this.windows.setZoned(tx, campaignId);
  }

  /** Batches that this transaction wrote, under the campaign's lock: nobody sees them before they know their hours. */
  async place(tx: Queryable, campaignId: string, dispatchId: string): Promise<void> {
    const run = await this.windows.runOf(tx, campaignId);
    if (run === null) return;
    const rule = ruleOf(run);
    if (isRestricted(rule)) await this.tell(tx, dispatchId, rule, 'new');
  }

  /** All that is left of it, leased or not, under the campaign's lock: its window or the calendar was changed. */
  async replace(tx: Queryable, campaignId: string, dispatchId: string): Promise<void> {
    const run = await this.windows.runOf(tx, campaignId);
    if (run !== null) await this.tell(tx, dispatchId, ruleOf(run), 'all');
  }

  /** The tick: what has closed goes on at its next opening. In any number of processes at once. */
  async roll(): Promise<number> {
    const overdue = await this.windows.overdue();
    if (overdue.length === 0) return 0;
    const moved = await this.windows.roll(
      overdue.map((group) => ({
        dispatchId: group.dispatchId,
        ...this.openingOf(ruleOf(group), group.zone),
      })),
    );
    if (moved > 0) this.logger.log(`${moved} batches go on at the next opening of their window`);
    return moved;
  }

  private async tell(
    tx: Queryable,
    dispatchId: string,
    rule: OpeningRule,
    which: 'all' | 'new',
  ): Promise<void> {
    const zones = await this.windows.zonesOf(tx, dispatchId, which);
    if (zones.length === 0) return;
    const openings = zones.map((zone) => this.openingOf(rule, zone));
    await this.windows.place(tx, dispatchId, openings, which);
  }

  private openingOf(rule: OpeningRule, zone: string | null): ZoneOpening {
    if (!isRestricted(rule)) return { zone, opensAt: null, closesAt: null };
    const nowMs = this.clock.nowMs();
    const opening = nextOpening(rule, zone, nowMs);
    // Over as soon as it begins: nothing is sent, and the tick looks again.
    const { opensMs, closesMs } = opening ?? {
      opensMs: nowMs + LOOK_AGAIN_MS,
      closesMs: nowMs + LOOK_AGAIN_MS,
    };
    return { zone, opensAt: new Date(opensMs), closesAt: new Date(closesMs) };
  }
}

function ruleOf(run: WindowedRun): OpeningRule {
  return openingRule(run.window, run, run.category);
}
