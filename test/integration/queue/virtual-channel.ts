import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { ChannelPacing } from '../../../src/channels/channel.js';
import type { ChannelLimits } from '../../../src/channels/channel-limits.js';
import { countedWindows, intervalMs, LATE_UNSPACED_MS } from '../../../src/queue/channel-limits.js';
import { pacingProfile } from '../../../src/queue/pacing.js';
import { GRANT_SCRIPT } from '../../../src/queue/throttle.script.js';

const AHEAD_MS = 500;
const LEAD_MS = 12;

interface GrantRequest {
  readonly wanted?: number;
  readonly chance?: number;
  /** Key of who asks, where it has a rate of its own. */
  readonly dispatch?: string;
  readonly rate?: readonly [version: number, perSecond: number | null];
  /** Who asks, where it shares the channel with others; weight 0 is a stream. */
  readonly sharer?: { readonly id: string; readonly weight: number; readonly hasMore?: boolean };
  /** What who asks takes Redis' clock to say; 0: it cannot tell. */
  readonly expectedMs?: number;
  /** The own pacing of the dispatch that asks. */
  readonly pacing?: ChannelPacing;
}

type GrantAnswer =
  { readonly instantsMs: readonly number[] } | { readonly waitMs: number; readonly why: string };

/** A channel in Redis whose clock is moved by hand: hours in seconds, with the script that is used in earnest. */
export class VirtualChannel {
  readonly key = `virtual:${randomUUID()}`;
  private version = 1;
  private isMade = false;
  nowMs = 1_800_000_000_000;

  private constructor(
    private readonly redis: Redis & { grantAt(...args: (string | number)[]): Promise<string[]> },
    private limits: ChannelLimits,
    private pacing: ChannelPacing,
  ) {}

  static with(redis: Redis, limits: ChannelLimits, pacing: ChannelPacing = { mode: 'max' }): VirtualChannel {
    redis.defineCommand('grantAt', { lua: GRANT_SCRIPT });
    return new VirtualChannel(redis as VirtualChannel['redis'], limits, pacing);
  }

  /** The next grant brings them, as a worker does that has heard of a change. */
  change(limits: ChannelLimits, pacing: ChannelPacing = this.pacing): void {
    this.version += 1;
    this.limits = limits;
    this.pacing = pacing;
  }

  async ask({
    wanted = 200,
    chance = 0.5,
    dispatch,
    rate = [0, null],
    sharer,
    pacing: ownPacing,
    expectedMs = 0,
  }: GrantRequest = {}): Promise<GrantAnswer> {
    const { limits, pacing, redis, key, version } = this;
    const windows = JSON.stringify(countedWindows(limits));
    const profile = JSON.stringify(pacingProfile(limits, pacing));
    const interval = intervalMs(limits);
    if (!this.isMade) {
      this.isMade = true;
      await redis.hset(
        key,
        'v',
        version,
        'interval',
        interval,
        'w',
        windows,
        'p',
        profile,
        'i',
        limits.maxInFlight ?? 0,
      );
    }
    const keys = [key, `${key}:out`, ...(dispatch === undefined ? [] : [dispatch])];
    if (sharer !== undefined) keys.splice(2, 1, dispatch ?? `${key}:${sharer.id}`, `${key}:share`);
    const rateInterval = rate[1] === null ? 0 : intervalMs({ perSecond: rate[1] });
    const terms = [
      version,
      interval,
      windows,
      profile,
      limits.maxInFlight ?? 0,
      chance,
      rate[0],
      rateInterval,
    ];
    const places = [randomUUID(), 20_000, LATE_UNSPACED_MS];
    const answer = await redis.grantAt(
      keys.length,
      ...keys,
      wanted,
      AHEAD_MS,
      30,
      1000,
      LEAD_MS,
      ...terms,
      ...places,
      this.nowMs,
      sharer?.id ?? '',
      sharer?.weight ?? 1,
      sharer?.hasMore ? 1 : 0,
      expectedMs,
      ownPacing === undefined ? '' : JSON.stringify(pacingProfile({}, ownPacing)),
    );
    if (answer[0] === 'wait') return { waitMs: Number(answer[1]), why: answer[2]! };
    if (answer[0] !== 'grant') throw new Error(`the script answered ${answer.join(' ')}`);
    const offsets =
      answer[5] === '' ? Array.from({ length: Number(answer[1]) }, () => '0') : answer[5]!.split(' ');
    return { instantsMs: offsets.map((offset) => Number(answer[2]) + Number(offset)) };
  }

  /** Asks as often as it may, and answers with all instants that were given out. */
  async greedily(durationMs: number, request: GrantRequest = {}): Promise<number[]> {
    const endMs = this.nowMs + durationMs;
    const instants: number[] = [];
    while (this.nowMs < endMs) {
      const answer = await this.ask(request);
      if ('instantsMs' in answer) instants.push(...answer.instantsMs);
      // Instants are given half a second ahead: asking each quarter of a second misses none.
      else
        this.nowMs +=
          request.dispatch === undefined ? Math.max(250, answer.waitMs) : Math.max(1, answer.waitMs);
    }
    return instants;
  }
}

/** The most instants in any half-open window of this length. */
export function mostIn(instantsMs: readonly number[], windowMs: number): number {
  const sorted = instantsMs.toSorted((a, b) => a - b);
  let from = 0;
  return sorted.reduce((most, instant, index) => {
    while (sorted[from]! <= instant - windowMs) from += 1;
    return Math.max(most, index - from + 1);
  }, 0);
}
