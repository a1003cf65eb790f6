import { Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { THROTTLED_SCRIPT } from './adaptive.script.js';
import { Slowdowns } from './adaptive-slowdowns.js';
import { EngineRedis } from './redis.provider.js';
import { Throttle } from './throttle.js';

interface ThrottledCommand {
  caudalThrottled(key: string, holdMs: number, code: string): Promise<string[]>;
}

/** What a throttle reply does to its channel, for all workers from their next grant on: a hold, and half the rate. */
@Injectable()
export class AdaptiveRate {
  private readonly redis: Redis & ThrottledCommand;

  constructor(
    redis: EngineRedis,
    private readonly throttle: Throttle,
    private readonly slowdowns: Slowdowns,
  ) {
    redis.client.defineCommand('caudalThrottled', { numberOfKeys: 1, lua: THROTTLED_SCRIPT });
    this.redis = redis.client as Redis & ThrottledCommand;
  }

  async throttled(channelId: string, holdMs: number, code: string): Promise<void> {
    const cut = await this.redis.caudalThrottled(this.throttle.keyOf(channelId), holdMs, code);
    if (cut.length > 0) await this.slowdowns.keep(channelId, cut);
  }
}
