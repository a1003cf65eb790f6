import { randomUUID } from 'node:crypto';
import { Injectable, Optional } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { Config } from '../config/config.js';
import type { DispatchRate } from '../ledger/dispatch-rate.repository.js';
import { UsageRepository } from '../ledger/usage.repository.js';
import { Slowdowns } from './adaptive-slowdowns.js';
import { CallPlaces, NO_PLACES } from './call-places.js';
import { intervalMs, LATE_MS, LATE_UNSPACED_MS, WINDOW_MARGIN_MS } from './channel-limits.js';
import { KnownTerms, type ChannelTerms, type ThrottledChannel } from './channel-terms.js';
import type { DispatchPace } from './dispatch-pacing.js';
import { RATE_SCRIPT } from './dispatch-rate.script.js';
import { foundPosition, PACING_LOOK_BACK_MS } from './lost-position.js';
import { EngineRedis } from './redis.provider.js';
import { longestMs, spentIn } from './spent-windows.js';
import { GRANT_SCRIPT } from './throttle.script.js';
import { BUDGET_SCRIPT, REBUILD_SCRIPT } from './throttle-state.script.js';

/** Instants are given out at most this far ahead: what a worker that dies takes with it, in time. */
const AHEAD_MS = 500;
/** From grant to first byte lie a commit and a turn of the event loop; without this every first slot would be late. */
const LEAD_MS = 12;
/** From its instant on, a call begins within this time or not at all, where calls at once are counted. */
const MOST_MS_TO_BEGIN = 3000;
/** A call that reached its deadline is over by now, also that of a process that died. */
const OVER_AFTER_DEADLINE_MS = 1000;
/** A time of its own, which only tests bring. */
const NO_TIME_OF_ITS_OWN = '';
/**
 * A call begins so soon after its grant or never: the furthest instant and the longest lateness. What was granted before
 * a wipe and may still be sent has passed its barrier by then, and usage knows it.
 */
const LAST_GRANTS_END_MS = Math.max(AHEAD_MS, LEAD_MS + LATE_UNSPACED_MS) + LATE_MS + 50;
/** Usage is known by the minute, and counted half a second before the instant. */
const LATELY_MS = 2 * 60_000;

/** Who asks: its own rate holds beside the limits of the channel, over all channels that it uses. */
export interface RatedDispatch {
  readonly id: string;
  readonly rate: DispatchRate;
  readonly pace?: DispatchPace | null;
  /** Its part of a channel against others', 1 where none is given; 0: a stream, which goes before all of them. */
  readonly weight?: number;
  /** Whether it will ask for more at once: of a stream, the others wait for that. */
  readonly hasMore?: boolean;
}

export type Grant =
  | {
      readonly kind: 'granted';
      readonly count: number;
      /** Send instants on this process's monotonic clock (performance.now()), or null: at once. */
      readonly instantsMs: readonly number[] | null;
      /** The first slot behind them, where slots are spaced. */
      readonly nextMs: number | null;
      /** Later than this after its instant, a call may not begin. */
      readonly toleranceMs: number;
      readonly isProbe: boolean;
      /** Health failures in a row that the shared breaker knows of. */
      readonly failures: number;
      readonly places: CallPlaces;
    }
  /** `why`: `rate`, `rate:campaign`, `window:m|h|d`, `held:<code>`, `inflight`, `share`, `breaker`, `redis`. */
  | { readonly kind: 'wait'; readonly waitMs: number; readonly why: string };

export interface ChannelBudget {
  readonly left: Readonly<Partial<Record<'perMinute' | 'perHour' | 'perDay', number>>>;
  readonly hold: { readonly heldUntil?: string; readonly heldReason?: string };
}

const LIMIT_OF_FIELD = { m: 'perMinute', h: 'perHour', d: 'perDay' } as const;

interface ThrottleCommands {
  caudalGrant(keys: number, ...args: (string | number)[]): Promise<string[]>;
  caudalRebuild(key: string, outKey: string, ...args: (string | number)[]): Promise<number>;
  caudalRate(key: string, ...args: number[]): Promise<number>;
  caudalBudget(key: string, windows: string, marginMs: number): Promise<string[]>;
}

/** Gives out the right to send on a channel, exactly, over all workers together. Fails closed: no Redis, no sends. */
@Injectable()
export class Throttle {
  private readonly redis: Redis & ThrottleCommands;
  private readonly prefix: string;
  private readonly probeLeaseMs: number;
  private readonly placeLeaseMs: number;
  private grants = 0;
  private readonly grantPrefix = randomUUID();
  private readonly terms = new KnownTerms();
  /** By channel, how far Redis' clock was from the monotonic one of this process at its last grant. */
  private readonly clockOffsets = new Map<string, number>();

  constructor(
    redis: EngineRedis,
    config: Config,
    private readonly usage: UsageRepository,
    @Optional() private readonly slowdowns?: Slowdowns,
  ) {
    redis.client.defineCommand('caudalGrant', { lua: GRANT_SCRIPT });
    redis.client.defineCommand('caudalRebuild', { numberOfKeys: 2, lua: REBUILD_SCRIPT });
    redis.client.defineCommand('caudalRate', { numberOfKeys: 1, lua: RATE_SCRIPT });
    redis.client.defineCommand('caudalBudget', { numberOfKeys: 1, lua: BUDGET_SCRIPT });
    this.redis = redis.client as Redis & ThrottleCommands;
    this.prefix = config.redisPrefix;
    // A probe that nobody answers for must not keep the breaker half open for ever.
    this.probeLeaseMs = config.engine.sendTimeoutMs + 2000;
    this.placeLeaseMs = MOST_MS_TO_BEGIN + config.engine.sendTimeoutMs + OVER_AFTER_DEADLINE_MS;
  }

  /** The hash of a channel; the braces name what belongs together. */
  keyOf(channelId: string): string {
    return `${this.prefix}:{${channelId}}:channel`;
  }

  async grant(channel: ThrottledChannel, wanted: number, dispatch?: RatedDispatch): Promise<Grant> {
    const terms = this.terms.of(channel);
    const keys = [this.keyOf(channel.id), this.outKeyOf(channel.id)];
    if (dispatch !== undefined) keys.push(this.rateKeyOf(dispatch.id), this.shareKeyOf(channel.id));
    this.grants += 1;
    const name = `${this.grantPrefix}:${this.grants}`;
    const rate = dispatch === undefined ? [0, 0] : [dispatch.rate.version, rateIntervalMs(dispatch.rate)];
    const ask = (): Promise<string[]> =>
      this.redis.caudalGrant(
        keys.length,
        ...keys,
        wanted,
        AHEAD_MS,
        WINDOW_MARGIN_MS,
        this.probeLeaseMs,
        LEAD_MS,
        ...terms.args,
        Math.random(),
        ...rate,
        name,
        this.placeLeaseMs,
        LATE_UNSPACED_MS,
        NO_TIME_OF_ITS_OWN,
        dispatch?.id ?? '',
        dispatch?.weight ?? 1,
        dispatch?.hasMore ? 1 : 0,
        this.expectedNow(channel.id),
        dispatch?.pace?.profile ?? '',
      );
    try {
      let askedMs = performance.now();
      let answer = await ask();
      // What is lost of the channel and of the dispatch is said one after the other.
      for (let lost = 0; lost < 2 && answer[0] === 'rebuild'; lost += 1) {
        if (answer[1] === 'dispatch') await dispatch?.pace?.recover(this.rateKeyOf(dispatch.id));
        else await this.rebuild(channel.id, terms);
        askedMs = performance.now();
        answer = await ask();
      }
      if (answer[0] === 'grant') this.clockOffsets.set(channel.id, Number(answer[2]) - performance.now());
      return grantOf(answer, askedMs, performance.now(), (count) =>
        this.placesOf(channel.id, name, count, askedMs + MOST_MS_TO_BEGIN),
      );
    } catch {
      return { kind: 'wait', waitMs: 1000, why: 'redis' };
    }
  }

  /** It has nothing more to send on the channel, so others need not wait for it; else it is missed within a second. */
  leave(channelId: string, dispatchId: string): void {
    this.redis.hdel(this.shareKeyOf(channelId), dispatchId).catch(() => undefined);
  }

  /** Makes a new rate hold for all workers at once, whether or not they have heard of it. */
  async tellRate({ id, rate }: RatedDispatch): Promise<void> {
    await this.redis.caudalRate(this.rateKeyOf(id), rate.version, rateIntervalMs(rate), WINDOW_MARGIN_MS);
  }

  /** What is left in each long window, and a hold of the provider's making; empty while Redis knows nothing. */
  async budget(channel: ThrottledChannel): Promise<ChannelBudget> {
    const { windows, args } = this.terms.of(channel);
    const answer = await this.redis.caudalBudget(this.keyOf(channel.id), args[2], WINDOW_MARGIN_MS);
    const [now, held, heldCode, , , ...left] = answer;
    return {
      left: Object.fromEntries(
        windows.map((window, index) => [LIMIT_OF_FIELD[window.field], Number(left[index])]),
      ),
      hold:
        Number(held) > Number(now)
          ? { heldUntil: new Date(Number(held)).toISOString(), heldReason: heldCode ?? 'held' }
          : {},
    };
  }

  private outKeyOf(channelId: string): string {
    return `${this.prefix}:{${channelId}}:out`;
  }

  private shareKeyOf(channelId: string): string {
    return `${this.prefix}:{${channelId}}:share`;
  }

  /** Redis away: they come back by themselves, after the deadline of their calls. */
  private placesOf(channelId: string, name: string, count: number, beginByMs: number): CallPlaces {
    return new CallPlaces(count, beginByMs, (indexes) => {
      const members = indexes.map((index) => `${name}:${index + 1}`);
      this.redis.zrem(this.outKeyOf(channelId), ...members).catch(() => undefined);
    });
  }

  /** The hash of a dispatch: its rate and its pacing. */
  rateKeyOf(dispatchId: string): string {
    return `${this.prefix}:{dispatch-${dispatchId}}:rate`;
  }

  /** What Redis' clock says now, unless it was set; 0 where this process cannot tell. */
  private expectedNow(channelId: string): number {
    const offset = this.clockOffsets.get(channelId);
    return offset === undefined ? 0 : offset + performance.now();
  }

  /** By Redis' clock, on which everything in a channel's hash is. */
  private async nowMs(): Promise<number> {
    const [seconds, micros] = await this.redis.time();
    return Number(seconds) * 1000 + Number(micros) / 1000;
  }

  private async rebuild(channelId: string, { windows, profile, args }: ChannelTerms): Promise<void> {
    if (windows.length > 0) await new Promise((resolve) => setTimeout(resolve, LAST_GRANTS_END_MS));
    const nowMs = await this.nowMs();
    const lookBackMs = Math.max(longestMs(windows), PACING_LOOK_BACK_MS) + 120_000;
    const spent = await this.usage.since(channelId, nowMs - lookBackMs, nowMs);
    const { position, waitMs } = foundPosition(profile, spent, nowMs);
    await this.slowdowns?.restore(channelId, this.keyOf(channelId));
    const mayBeOut = spent.some(
      (one) => one.sends > 0 && one.minuteMs > nowMs - LATELY_MS - this.placeLeaseMs,
    );
    await this.redis.caudalRebuild(
      this.keyOf(channelId),
      this.outKeyOf(channelId),
      ...args,
      JSON.stringify(windows.flatMap((window) => spentIn(window, spent, nowMs))),
      WINDOW_MARGIN_MS,
      position,
      waitMs,
      mayBeOut ? AHEAD_MS + this.placeLeaseMs : 0,
    );
  }
}

/** Between two instants of a dispatch with a rate of its own; 0 without. As exact as a limit of a channel. */
function rateIntervalMs({ perSecond }: DispatchRate): number {
  return perSecond === null ? 0 : intervalMs({ perSecond });
}

/**
 * Redis named its own clock; the instant falls here somewhere between asking and hearing. Calls begin on the late edge,
 * so never before their instant, and the round trip is taken off the tolerance, so never later after it than they may be.
 */
function grantOf(
  answer: readonly string[],
  askedMs: number,
  heardMs: number,
  placesOf: (count: number) => CallPlaces,
): Grant {
  if (answer[0] !== 'grant')
    return { kind: 'wait', waitMs: Math.ceil(Number(answer[1])), why: answer[2] ?? 'rate' };
  const [, n, , isProbe, failures, offsets, isCounted, later, next] = answer;
  return {
    kind: 'granted',
    count: Number(n),
    instantsMs: offsets ? offsets.split(' ').map((offset) => heardMs + Number(offset)) : null,
    nextMs: next ? heardMs + Number(next) : null,
    toleranceMs: LATE_MS + Number(later) - (heardMs - askedMs),
    isProbe: isProbe === '1',
    failures: Number(failures),
    places: isCounted === '1' ? placesOf(Number(n)) : NO_PLACES,
  };
}
