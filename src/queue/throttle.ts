import { Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { Config } from '../config/config.js';
import { UsageRepository, type MinuteUsage } from '../ledger/usage.repository.js';
import {
  countedWindows,
  intervalMs,
  LATE_MS,
  WINDOW_MARGIN_MS,
  type CountedWindow,
} from './channel-limits.js';
import type { ChannelLimits } from '../channels/channel.js';
import { EngineRedis } from './redis.provider.js';
import { GRANT_SCRIPT, HOLD_SCRIPT, REBUILD_SCRIPT } from './throttle.script.js';

/** Instants are given out at most this far ahead: what a worker that dies takes with it, in time. */
const AHEAD_MS = 500;
/** From grant to first byte lie a commit and a turn of the event loop; without this every first slot would be late. */
const LEAD_MS = 12;

export interface ThrottledChannel {
  readonly id: string;
  readonly limits: ChannelLimits;
  /** Version of the limits; the higher one wins in Redis. */
  readonly version: number;
}

export type Grant =
  | {
      readonly kind: 'granted';
      readonly count: number;
      /** Send instants on this process's monotonic clock (performance.now()), or null: at once. */
      readonly instantsMs: readonly number[] | null;
      /** Later than this after its instant, a call may not begin. */
      readonly toleranceMs: number;
      readonly isProbe: boolean;
      /** Health failures in a row that the shared breaker knows of. */
      readonly failures: number;
    }
  /** `why`: `rate`, `window:m|h|d`, `held:<code>`, `breaker`, `redis`. */
  | { readonly kind: 'wait'; readonly waitMs: number; readonly why: string };

export interface ChannelBudget {
  readonly left: Readonly<Partial<Record<'perMinute' | 'perHour' | 'perDay', number>>>;
  readonly hold: { readonly heldUntil?: string; readonly heldReason?: string };
}

const LIMIT_OF_FIELD = { m: 'perMinute', h: 'perHour', d: 'perDay' } as const;

interface ThrottleCommands {
  caudalGrant(key: string, ...args: (string | number)[]): Promise<string[]>;
  caudalRebuild(key: string, ...args: (string | number)[]): Promise<number>;
  caudalHold(key: string, ms: number, code: string): Promise<number>;
}

/** Gives out the right to send on a channel, exactly, over all workers together. Fails closed: no Redis, no sends. */
@Injectable()
export class Throttle {
  private readonly redis: Redis & ThrottleCommands;
  private readonly prefix: string;
  private readonly probeLeaseMs: number;

  constructor(
    redis: EngineRedis,
    config: Config,
    private readonly usage: UsageRepository,
  ) {
    redis.client.defineCommand('caudalGrant', { numberOfKeys: 1, lua: GRANT_SCRIPT });
    redis.client.defineCommand('caudalRebuild', { numberOfKeys: 1, lua: REBUILD_SCRIPT });
    redis.client.defineCommand('caudalHold', { numberOfKeys: 1, lua: HOLD_SCRIPT });
    this.redis = redis.client as Redis & ThrottleCommands;
    this.prefix = config.redisPrefix;
    // A probe that nobody answers for must not keep the breaker half open for ever.
    this.probeLeaseMs = config.engine.sendTimeoutMs + 2000;
  }

  /** The hash of a channel; the braces keep all of one channel on one node of a cluster. */
  keyOf(channelId: string): string {
    return `${this.prefix}:{${channelId}}:channel`;
  }

  async grant(channel: ThrottledChannel, wanted: number): Promise<Grant> {
    const windows = countedWindows(channel.limits);
    const interval = intervalMs(channel.limits);
    const ask = (): Promise<string[]> =>
      this.redis.caudalGrant(
        this.keyOf(channel.id),
        wanted,
        AHEAD_MS,
        WINDOW_MARGIN_MS,
        this.probeLeaseMs,
        channel.version,
        interval,
        JSON.stringify(windows),
        LEAD_MS,
      );
    try {
      let askedMs = performance.now();
      let answer = await ask();
      if (answer[0] === 'rebuild') {
        await this.rebuild(channel, windows, interval);
        askedMs = performance.now();
        answer = await ask();
      }
      return grantOf(answer, askedMs, performance.now());
    } catch {
      return { kind: 'wait', waitMs: 1000, why: 'redis' };
    }
  }

  /** Nothing is sent on the channel until then, by any worker. */
  async hold(channelId: string, holdMs: number, code: string): Promise<void> {
    await this.redis.caudalHold(this.keyOf(channelId), holdMs, code);
  }

  /** What is left in each long window, and a hold of the provider's making; empty while Redis knows nothing. */
  async budget(channel: ThrottledChannel): Promise<ChannelBudget> {
    const windows = countedWindows(channel.limits);
    const fields = windows.map((window) => `${window.field}:sum`);
    const [held, heldCode, ...sums] = await this.redis.hmget(
      this.keyOf(channel.id),
      'held',
      'heldCode',
      ...fields,
    );
    return {
      left: Object.fromEntries(
        windows.map((window, index) => [
          LIMIT_OF_FIELD[window.field],
          window.limit - Number(sums[index] ?? 0),
        ]),
      ),
      hold:
        Number(held ?? 0) > Date.now()
          ? { heldUntil: new Date(Number(held)).toISOString(), heldReason: heldCode ?? 'held' }
          : {},
    };
  }

  private async rebuild(
    channel: ThrottledChannel,
    windows: readonly CountedWindow[],
    interval: number,
  ): Promise<void> {
    const nowMs = Date.now();
    const spent = await this.usage.since(channel.id, nowMs - longestMs(windows) - 120_000);
    await this.redis.caudalRebuild(
      this.keyOf(channel.id),
      channel.version,
      interval,
      JSON.stringify(windows),
      JSON.stringify(windows.flatMap((window) => spentIn(window, spent, nowMs))),
      WINDOW_MARGIN_MS,
    );
  }
}

function longestMs(windows: readonly CountedWindow[]): number {
  return Math.max(0, ...windows.map((window) => window.windowMs));
}

/** Exported for its tests: usage by slice, always on the safe side of what is not known to the second. */
export function spentIn(
  window: CountedWindow,
  spent: readonly MinuteUsage[],
  nowMs: number,
): { field: string; slice: number; sends: number }[] {
  if (window.field === 'm') {
    // Minutes are too coarse for this window: when anything was sent in the last two, it counts as used up.
    const isFresh = spent.some((one) => one.sends > 0 && one.minuteMs > nowMs - 2 * 60_000);
    return isFresh ? [{ field: 'm', slice: Math.floor(nowMs / window.sliceMs), sends: window.limit }] : [];
  }
  return (
    spent
      // Sends are counted at their barrier, up to half a second before their instant: a minute later is safe.
      .map((one) => ({ sentMs: one.minuteMs + 60_000, sends: one.sends }))
      .filter((one) => one.sentMs > nowMs - window.windowMs - 60_000)
      .map((one) => ({
        field: window.field,
        slice: Math.floor(Math.min(one.sentMs, nowMs) / window.sliceMs),
        sends: one.sends,
      }))
  );
}

/**
 * Redis named its own clock; the instant falls here somewhere between asking and hearing. Calls begin on the late edge,
 * so never before their instant, and the round trip is taken off the tolerance, so never more than LATE_MS after it.
 */
function grantOf(answer: readonly string[], askedMs: number, heardMs: number): Grant {
  if (answer[0] !== 'grant')
    return { kind: 'wait', waitMs: Math.ceil(Number(answer[1])), why: answer[2] ?? 'rate' };
  const [, n, now, first, interval, isProbe, failures, isPaced] = answer;
  const count = Number(n);
  const firstMs = heardMs + Number(first) - Number(now);
  return {
    kind: 'granted',
    count,
    instantsMs:
      isPaced === '1' ? Array.from({ length: count }, (_, i) => firstMs + i * Number(interval)) : null,
    toleranceMs: LATE_MS - (heardMs - askedMs),
    isProbe: isProbe === '1',
    failures: Number(failures),
  };
}
