import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CampaignTemplateWatch } from '../campaigns/campaign-template-watch.js';
import { CampaignTicks } from '../campaigns/campaign-ticks.js';
import { GovernanceTicks } from '../campaigns/governance/governance-ticks.js';
import { QualityWatch } from '../campaigns/governance/quality-watch.js';
import { PreparationService } from '../campaigns/preparation/preparation.service.js';
import { ScheduleTicks } from '../campaigns/schedule/schedule-ticks.js';
import { WinnerTicks } from '../campaigns/variants/winner-ticks.js';
import { WindowPlacing } from '../campaigns/windows/window-placing.js';
import { AccountWatch } from '../channels/account-watch.js';
import { ImportService } from '../contacts/import/import.service.js';
import { Housekeeping } from '../database/housekeeping.js';
import { OldSnapshots } from '../database/old-snapshots.js';
import { UsageRepository } from '../ledger/usage.repository.js';
import { StreamClosing } from '../messages/stream-closing.js';
import { BellRinger } from '../queue/bell-ringer.js';
import { LookUps } from '../queue/look-up.js';
import { PoolTick } from '../queue/pool-tick.js';
import { Reaper } from '../queue/reaper.js';
import { SessionWatch } from '../queue/session-watch.js';
import { UnknownHorizon } from '../queue/unknown-horizon.js';
import { StallWatch } from '../queue/stall-watch.js';
import { WorkerIdentity } from '../queue/worker-identity.js';

/** Longer than the longest window of a limit, a day. */
const USAGE_KEPT_MS = 3 * 86_400_000;

/**
 * What must happen even when every bell is lost. Each tick is safe in any number of processes at once (rows are taken
 * with SKIP LOCKED or compared and set), so there is no leader to elect and none to lose.
 */
@Injectable()
export class Ticks implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Ticks');
  private readonly running = new Map<string, Promise<unknown>>();
  private isStopping = false;

  constructor(
    private readonly ringer: BellRinger,
    private readonly reaper: Reaper,
    private readonly worker: WorkerIdentity,
    private readonly campaigns: CampaignTicks,
    private readonly schedules: ScheduleTicks,
    private readonly governance: GovernanceTicks,
    private readonly quality: QualityWatch,
    private readonly winners: WinnerTicks,
    private readonly preparation: PreparationService,
    private readonly imports: ImportService,
    private readonly usage: UsageRepository,
    private readonly streams: StreamClosing,
    private readonly pools: PoolTick,
    private readonly housekeeping: Housekeeping,
    private readonly stalls: StallWatch,
    private readonly lookUps: LookUps,
    private readonly horizon: UnknownHorizon,
    private readonly sessions: SessionWatch,
    private readonly accounts: AccountWatch,
    private readonly templates: CampaignTemplateWatch,
    private readonly windows: WindowPlacing,
    private readonly snapshots: OldSnapshots,
  ) {}

  /**
   * Not only after their first interval: a process that starts often takes the place of one that died, and among
   * processes that die every other second nobody would live to reap. And the bell-ringer shares work by the number of
   * live workers: a new one must count from its first second.
   */
  onApplicationBootstrap(): void {
    this.heartbeat();
    this.reap();
    this.ring();
  }

  @Interval(1000)
  ring(): void {
    this.tick('bells', () => this.ringer.ringForReadyWork());
  }

  @Interval(1000)
  turnCampaigns(): void {
    this.tick('campaigns', () => this.campaigns.run());
  }

  @Interval(1000)
  govern(): void {
    this.tick('governance', () => this.governance.run());
    this.tick('quality', () => this.quality.run());
  }

  @Interval(1000)
  startDue(): void {
    this.tick('schedules', () => this.schedules.run());
    this.tick('winners', () => this.winners.run());
    this.tick('windows', () => this.windows.roll());
  }

  @Interval(2000)
  reap(): void {
    this.tick('reaper', () => this.reaper.run());
  }

  @Interval(2000)
  levelPools(): void {
    this.tick('pools', () => this.pools.run());
  }

  @Interval(5000)
  resumeStalled(): void {
    this.tick('preparation', () => this.preparation.resumeStalled());
    this.tick('imports', () => this.imports.resumeStalled());
    this.tick('streams', () => this.streams.run());
    this.tick('look-ups', () => this.lookUps.run());
    this.tick('horizon', () => this.horizon.run());
  }

  @Interval(5000)
  lookAtChannels(): void {
    this.tick('sessions', () => this.sessions.run());
    this.tick('accounts', () => this.accounts.run());
    this.tick('templates', () => this.templates.run());
  }

  @Interval(10_000)
  lookForTrouble(): void {
    this.tick('stalls', () => this.stalls.run());
    this.tick('snapshots', () => this.snapshots.run());
  }

  @Interval(300_000)
  letGo(): void {
    this.tick('housekeeping', () => this.housekeeping.run());
  }

  @Interval(3_600_000)
  sweep(): void {
    this.tick('uploads', () => this.imports.sweepUploads());
    this.tick('usage', () => this.usage.forget(Date.now() - USAGE_KEPT_MS));
  }

  @Interval(10_000)
  heartbeat(): void {
    this.tick('heartbeat', () => this.worker.heartbeat());
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    this.housekeeping.stop();
    await Promise.allSettled(this.running.values());
    await this.worker.leave().catch(() => undefined);
  }

  /** A tick that takes longer than its interval is not started again beside itself. */
  private tick(name: string, work: () => Promise<unknown>): void {
    if (this.isStopping || this.running.has(name)) return;
    const run = work()
      .catch((error: unknown) => this.logger.warn(`the ${name} tick failed: ${(error as Error).message}`))
      .finally(() => this.running.delete(name));
    this.running.set(name, run);
  }
}
