import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import { Config } from '../../config/config.js';
import { Sql } from '../../database/sql.js';
import { Outbox } from '../../events/outbox.js';
import { CampaignStatusError, EmptyAudienceError } from '../campaign.errors.js';
import { CampaignMoveRepository, type CampaignMove } from '../campaign-move.repository.js';
import { CampaignStartService } from '../campaign-start.service.js';
import { CampaignRepository } from '../campaign.repository.js';
import { PreparationBell } from '../preparation/preparation-bell.js';
import { OccurrenceMaking } from './occurrence-making.js';
import { SCHEDULER } from './schedule.js';
import { isTooLate, latenessText } from './schedule-policy.js';
import { ScheduleRepository, type DueCampaign } from './schedule.repository.js';

/** So few that a process which dies keeps few others waiting, and that several processes share what is due at once. */
const CLAIMED_AT_ONCE = 12;
/** Each needs a connection of the pool that answers requests as well. */
const STARTED_AT_ONCE = 4;
/**
 * A start is a few statements, preparing and sending what it started ten times as much: at a full hour the first ones
 * kept the others waiting. So nothing is prepared until all that is due has started, or for this long.
 */
const STARTS_FIRST_MS = 5000;
/** Longer than looking at an audience takes. */
const LEASE_MS = 60_000;
/** How often an occurrence looks whether the one before it has ended. */
const WAIT_MS = 5000;
/** After somebody else was at it. */
const AGAIN_MS = 500;
/** These end by themselves; of anything else that refuses a start, a person must be asked. */
const PASSING: readonly DomainError['kind'][] = ['unavailable', 'too-slow', 'too-many', 'bad-gateway'];

/**
 * Starts what is due, as a person would. Safe in any number of processes at once: each campaign is claimed by one, and
 * a start is decided under the campaign's lock whoever claimed it.
 */
@Injectable()
export class ScheduleTicks {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly sql: Sql,
    private readonly campaigns: CampaignRepository,
    private readonly moves: CampaignMoveRepository,
    private readonly schedules: ScheduleRepository,
    private readonly occurrences: OccurrenceMaking,
    private readonly starts: CampaignStartService,
    private readonly bell: PreparationBell,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** Until nothing is due that nobody else is at. A bell that a crash swallows is one that the tick does without. */
  async run(): Promise<void> {
    const startedMs = performance.now();
    const begun: string[] = [];
    const ring = async (): Promise<void> => {
      await Promise.all(begun.splice(0).map((id) => this.bell.ring(id)));
    };
    try {
      for (;;) {
        const now = this.clock.now();
        const due = await this.schedules.claim(now, CLAIMED_AT_ONCE, LEASE_MS);
        if (due.length === 0) return;
        const left = due.values();
        const lane = async (): Promise<void> => {
          for (const one of left) if (await this.turn(one, now)) begun.push(one.id);
        };
        await Promise.all(Array.from({ length: STARTED_AT_ONCE }, lane));
        if (performance.now() - startedMs > STARTS_FIRST_MS) await ring();
      }
    } finally {
      await ring();
    }
  }

  /** Whether it has begun. One that cannot be started keeps no other waiting. */
  private async turn(due: DueCampaign, now: Date): Promise<boolean> {
    try {
      if (!due.recurs) return await this.startDue(due, now);
      await this.occurrences.make(due, now);
    } catch (error) {
      this.logger.warn(`a campaign that is due could not be started: ${(error as Error).message}`, {
        campaignId: due.id,
      });
      await this.schedules.release(due.id, WAIT_MS).catch(() => undefined);
    }
    return false;
  }

  private async startDue(due: DueCampaign, now: Date): Promise<boolean> {
    const { id, workspaceId, dueAt, parentId, occurrenceAt } = due;
    if (isTooLate(dueAt, now, this.config.engine.mostLatenessMs)) {
      const late = `It was due at ${dueAt.toISOString()}, ${latenessText(dueAt, now)} late when it was found`;
      const reason = `${late}: confirm that it may still be sent, or stop it.`;
      await this.leave(due, { event: 'hold', reason, holdCode: 'late' });
      return false;
    }
    if (parentId !== null && occurrenceAt !== null) {
      const before = await this.schedules.openBefore(parentId, occurrenceAt);
      if (before !== null) {
        const reason = `It waits for the occurrence of ${before.toISOString()} to end.`;
        await this.schedules.defer(id, dueAt, now, reason, WAIT_MS);
        return false;
      }
    }
    try {
      await this.starts.begin(workspaceId, id, SCHEDULER, { kind: 'due', now });
      this.logger.log('a scheduled campaign was started', { campaignId: id, dueAt: dueAt.toISOString() });
      return true;
    } catch (error) {
      await this.refused(due, error);
      return false;
    }
  }

  private async refused(due: DueCampaign, error: unknown): Promise<void> {
    if (!(error instanceof DomainError) || PASSING.includes(error.kind)) throw error;
    // Somebody else started, changed or moved it; where it is due all the same, it is found again.
    if (error instanceof CampaignStatusError) return this.schedules.release(due.id, AGAIN_MS);
    // Nobody today is no mistake of what comes every day.
    const isOver = error instanceof EmptyAudienceError && due.parentId !== null;
    const reason = `It could not be started when it was due, at ${due.dueAt.toISOString()}: ${error.message}`;
    await this.leave(due, { event: isOver ? 'stop' : 'hold', reason });
  }

  /** Only as it was looked at: a person may have given it another time. */
  private async leave(
    { id, workspaceId, updatedAt }: DueCampaign,
    move: Pick<CampaignMove, 'event' | 'reason' | 'holdCode'>,
  ): Promise<void> {
    await this.sql.transaction(async (tx) => {
      const known = await this.campaigns.lock(tx, workspaceId, id);
      if (known?.updatedAt.getTime() !== updatedAt.getTime()) return;
      if (!(await this.moves.move(tx, { campaignId: id, by: SCHEDULER, ...move }))) return;
      if (move.event === 'hold') {
        const { holdCode: code = null, reason } = move;
        const payload = { campaignId: id, name: known.name, code, reason };
        await this.outbox.add(tx, { workspaceId, type: 'campaign.held', payload });
      }
      this.logger.warn(`a scheduled campaign was not started: ${move.reason ?? ''}`, { campaignId: id });
    });
  }
}
