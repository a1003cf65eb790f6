import { Injectable, Optional } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { Config } from '../config/config.js';
import { Slowdowns } from './adaptive-slowdowns.js';
import { BreakerNews } from './breaker-news.js';
import { ORDER_SCRIPT, REPORT_SCRIPT } from './breaker.script.js';
import { EngineRedis } from './redis.provider.js';
import { Throttle } from './throttle.js';

export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * Longer than a turn that began with the channel's row of before. From then on the row itself keeps turns from
 * beginning; were it longer, an order to close that crosses one to open could leave the channel shut for no reason.
 */
const BY_HAND_MS = 10_000;

interface BreakerCommands {
  caudalReport(key: string, ...args: (string | number)[]): Promise<['open' | 'closed', ...string[]]>;
  caudalOrder(key: string, ...args: (string | number)[]): Promise<'open' | 'closed'>;
}

/** The state of a channel's breaker that all workers share. */
@Injectable()
export class SharedBreaker {
  private readonly redis: Redis & BreakerCommands;

  constructor(
    redis: EngineRedis,
    private readonly config: Config,
    private readonly throttle: Throttle,
    @Optional() private readonly slowdowns?: Slowdowns,
    @Optional() private readonly news?: BreakerNews,
  ) {
    redis.client.defineCommand('caudalReport', { numberOfKeys: 1, lua: REPORT_SCRIPT });
    redis.client.defineCommand('caudalOrder', { numberOfKeys: 1, lua: ORDER_SCRIPT });
    this.redis = redis.client as Redis & BreakerCommands;
  }

  /**
   * Reports one answer; `isProbe` for the call that a half-open breaker let through. What a probe closes climbs to its
   * full rate, also when Redis is wiped meanwhile.
   */
  async report(channelId: string, wasHealthy: boolean, isProbe: boolean): Promise<'open' | 'closed'> {
    const { failures, openMs } = this.config.breaker;
    const [state, ...change] = await this.redis.caudalReport(
      this.throttle.keyOf(channelId),
      wasHealthy ? 0 : 1,
      wasHealthy ? 1 : 0,
      failures,
      openMs,
      isProbe ? 1 : 0,
    );
    if (change.length === 0) return state;
    if (state === 'closed') await this.slowdowns?.keep(channelId, change);
    await this.news?.tell(channelId, state);
    return state;
  }

  /** A probe that was granted and not sent: the next grant is one, and need not wait until this one is given up. */
  async giveBackProbe(channelId: string): Promise<void> {
    const { failures, openMs } = this.config.breaker;
    await this.redis.caudalReport(this.throttle.keyOf(channelId), 0, 0, failures, openMs, 1);
  }

  /** Turns that are under way are granted nothing more; that it stays open is the channel's row to say. */
  async openByHand(channelId: string): Promise<void> {
    await this.redis.caudalOrder(this.throttle.keyOf(channelId), 'open', BY_HAND_MS);
  }

  /** Whoever opened it: the next grant goes through, with no failures counted. */
  async close(channelId: string): Promise<void> {
    await this.redis.caudalOrder(this.throttle.keyOf(channelId), 'close', 0);
  }

  async state(channelId: string): Promise<BreakerState> {
    const open = Number((await this.redis.hget(this.throttle.keyOf(channelId), 'open')) ?? 0);
    if (open === 0) return 'closed';
    return open > Date.now() ? 'open' : 'half-open';
  }
}
