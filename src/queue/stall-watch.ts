import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { HealthIndicators } from '../common/health-indicators.js';
import { Config } from '../config/config.js';
import { Sql } from '../database/sql.js';
import { Outbox } from '../events/outbox.js';
import { BellRinger } from './bell-ringer.js';
import { EngineRedis } from './redis.provider.js';
import { SendingReasons } from './sending-reasons.js';
import { StallMemory } from './stall-memory.js';
import { StallRepository, type ReadyWorkSeen } from './stall.repository.js';
import { Throttle } from './throttle.js';

/** Without an open call this long, nothing of it can be on its way. */
const LEAST_PATIENCE_MS = 30_000;
/** A pace that lets the next message go within this is no reason to wait. */
const SOON_MS = 1000;

/**
 * Finds what should be sent and is not: batches that could be taken, an open gate, nothing in the way, and nothing that
 * comes to an end for half a minute. That is a defect of ours, whatever it is. It is rung for past all accounts of who
 * is at it, and shown: in the log with what was seen, as an event, in /health, and as the campaign's own reason.
 */
@Injectable()
export class StallWatch implements OnModuleInit {
  private readonly logger = new Logger('Queue');
  private readonly memory: StallMemory<ReadyWorkSeen>;

  constructor(
    private readonly stalls: StallRepository,
    private readonly reasons: SendingReasons,
    private readonly throttle: Throttle,
    private readonly redis: EngineRedis,
    private readonly ringer: BellRinger,
    private readonly outbox: Outbox,
    private readonly indicators: HealthIndicators,
    private readonly sql: Sql,
    private readonly clock: Clock,
    { engine }: Config,
  ) {
    // Calls that hang are over by their deadline, and their batches written within another.
    this.memory = new StallMemory(Math.max(LEAST_PATIENCE_MS, 3 * engine.sendTimeoutMs));
  }

  onModuleInit(): void {
    this.indicators.add('sending', async () => {
      const stalled = await this.stalls.count();
      return stalled === 0
        ? { status: 'ok' }
        : {
            status: 'degraded',
            reason: `${stalled} should be sending and do not; queue-status and the log say which`,
          };
    });
  }

  /** The tick. Each worker sees by itself; the first to write a stall down tells of it. */
  async run(): Promise<void> {
    for (const { dispatchId } of await this.stalls.endMoved())
      this.logger.log(`dispatch ${dispatchId} goes on`);
    for (const stall of await this.stalls.all()) {
      if (await this.isInItsWay(stall.dispatchId, stall.channelId)) await this.stalls.end(stall);
    }
    for (const { work, sinceMs } of this.memory.add(await this.stalls.readyWork(), this.clock.nowMs())) {
      if (await this.isInItsWay(work.dispatchId, work.channelId)) continue;
      await this.tell(work, new Date(sinceMs));
      await this.ringer.ring(work.dispatchId, work.channelId);
    }
  }

  private async tell(work: ReadyWorkSeen, since: Date): Promise<void> {
    const { workspaceId, campaignId, ...seen } = work;
    const isNews = await this.sql.transaction(async (tx) => {
      if (!(await this.stalls.note(tx, work, since))) return false;
      await this.outbox.add(tx, {
        workspaceId,
        type: campaignId === null ? 'messages.stuck' : 'campaign.stuck',
        payload: { campaignId, since: since.toISOString(), ...seen },
      });
      return true;
    });
    if (!isNews) return;
    const what = campaignId === null ? 'single messages' : `campaign ${campaignId}`;
    this.logger.warn(`${what} should be sending and does not; its bells are rung again`, {
      campaignId,
      ...seen,
    });
  }

  /** What has a reason not to be sent, or a pace that lets the next message go later, is not stuck. */
  private async isInItsWay(dispatchId: string, channelId: string): Promise<boolean> {
    const { reason } = await this.reasons.ofChannels(dispatchId, [channelId]);
    if (reason !== null) return true;
    const { client } = this.redis;
    const free = await Promise.all([
      client.hmget(this.throttle.keyOf(channelId), 'next'),
      client.hmget(this.throttle.rateKeyOf(dispatchId), 'next', 'pnext'),
    ]);
    return free.flat().some((atMs) => Number(atMs ?? 0) > Date.now() + SOON_MS);
  }
}
