import { Injectable, Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { ChannelSlowdownRepository } from '../channels/channel-slowdown.repository.js';
import { shareAt, type Slowdown } from './adaptive.js';
import { RESTORE_SLOWDOWN_SCRIPT } from './adaptive.script.js';
import { EngineRedis } from './redis.provider.js';

interface RestoreCommand {
  caudalRestoreSlowdown(key: string, ...args: (string | number)[]): Promise<number>;
}

/** Slowdowns of channels: in Redis, where grants read them, and in Postgres, from where a wiped Redis gets them back. */
@Injectable()
export class Slowdowns {
  private readonly logger = new Logger('Queue');
  private readonly redis: Redis & RestoreCommand;

  constructor(
    redis: EngineRedis,
    private readonly rows: ChannelSlowdownRepository,
  ) {
    redis.client.defineCommand('caudalRestoreSlowdown', { numberOfKeys: 1, lua: RESTORE_SLOWDOWN_SCRIPT });
    this.redis = redis.client as Redis & RestoreCommand;
  }

  /** Null at its full rate; `key` is that of the channel's hash. */
  async of(key: string): Promise<Slowdown | null> {
    const [share, from, interval, code, since] = await this.redis.hmget(
      key,
      'cut',
      'cutFrom',
      'cutBase',
      'cutCode',
      'cutSince',
    );
    if (share === null || share === undefined) return null;
    return ifSlowed(slowdownOf([share, from ?? '0', interval ?? '0', code ?? '', since ?? '0']));
  }

  /**
   * About once a second and channel: with each cut, and when a breaker closes. Not kept, it would only be lost with
   * Redis; the cut itself holds.
   */
  async keep(channelId: string, written: readonly string[]): Promise<void> {
    await this.rows.keep(channelId, slowdownOf(written)).catch((error: Error) => {
      this.logger.warn(`the slowdown of channel ${channelId} is in Redis alone: ${error.message}`);
    });
  }

  /**
   * Before the hash of a channel that Redis lost is made again, so that no grant finds it without. The hold that the
   * provider asked for comes back with it: the climb begins where it ends.
   */
  async restore(channelId: string, key: string): Promise<void> {
    const kept = await this.rows.find(channelId);
    const slowed = kept === null ? null : ifSlowed(kept);
    if (slowed === null) return;
    const { share, fromMs, intervalMs, code, sinceMs } = slowed;
    await this.redis.caudalRestoreSlowdown(key, share, fromMs, intervalMs, code, sinceMs);
  }
}

/** As the scripts answer it. */
function slowdownOf([share, from, interval, code, since]: readonly string[]): Slowdown {
  return {
    share: Number(share),
    fromMs: Number(from),
    intervalMs: Number(interval),
    code: code!,
    sinceMs: Number(since),
  };
}

function ifSlowed(slowdown: Slowdown): Slowdown | null {
  return shareAt(slowdown, Date.now()) < 1 ? slowdown : null;
}
