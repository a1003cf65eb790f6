import { Injectable } from '@nestjs/common';
import { BREAKER_OPENED } from '../channels/channel.js';
import { SESSION_DOWN } from '../channels/channel-holds.js';
import { Config } from '../config/config.js';
import type { ChannelPause, PausedChannels } from '../ledger/paused-channels.js';
import { ChannelLines } from './channel-line.js';
import { EngineRedis } from './redis.provider.js';
import { writeRefusal } from './redis-standing.js';
import { because, type SendingReason } from './sending-reason.js';
import { Throttle } from './throttle.js';

interface NamedPause extends ChannelPause {
  readonly channel: string;
  readonly reason: SendingReason;
}

/** Channels that a person paused for one dispatch, by id. */
export type NamedPauses = ReadonlyMap<string, NamedPause>;

/** What keeps one channel from sending now. */
@Injectable()
export class ChannelObstacles {
  /** Since when Redis does not answer here, where the connection to it stands all the same. */
  private silentSince: Date | null = null;
  /** Since when it is known here to answer, and to refuse what is to be kept. */
  private refusingSince: Date | null = null;

  constructor(
    private readonly lines: ChannelLines,
    private readonly redis: EngineRedis,
    private readonly throttle: Throttle,
    private readonly config: Config,
  ) {}

  /** With the names of the channels. Of a dispatch without any, nothing is looked up. */
  async pauses(paused: PausedChannels): Promise<NamedPauses> {
    const named = Object.entries(paused ?? {}).map(async ([channelId, { by, at }]) => {
      const channel = (await this.lines.lineOf(channelId))?.channel.name ?? channelId;
      const reason = because('channel_paused', new Date(at), [{ channel, by }]);
      return [channelId, { channel, by, at, reason }] as const;
    });
    return new Map(await Promise.all(named));
  }

  /** Null while it may send. */
  async of(channelId: string): Promise<SendingReason | null> {
    const open = await this.lines.lineOf(channelId);
    if (open === null) return because('channel_missing', null);
    const { name, heldCode, heldReason, heldSince } = open.channel;
    if (heldCode === BREAKER_OPENED) return because('breaker_open', heldSince, name, heldReason ?? '');
    if (heldCode === SESSION_DOWN) return because('session_down', heldSince, name, heldReason ?? heldCode);
    if (heldCode !== null) return because('channel_held', heldSince, name, heldReason ?? heldCode);
    try {
      const [refusal, values, budget] = await Promise.all([
        writeRefusal(this.redis.client, this.config.redisPrefix),
        this.redis.client.hmget(this.throttle.keyOf(channelId), ...FIELDS),
        this.throttle.budget(open.channel),
      ]);
      this.silentSince = null;
      this.refusingSince = refusal === null ? null : (this.refusingSince ?? new Date());
      if (refusal !== null) return because('redis_refuses_writes', this.refusingSince, refusal);
      const fields = Object.fromEntries(
        FIELDS.map((field, index) => [field, values[index] ?? null]),
      ) as Fields;
      return (
        breakerObstacle(name, fields) ??
        throttleObstacle(name, fields) ??
        spentLimit(name, budget.left, fields)
      );
    } catch {
      this.silentSince ??= new Date();
      return because('redis_unreachable', this.redis.lostAt ?? this.silentSince);
    }
  }
}

/** The reason that lies in all of these pauses; since the last of them began. */
export function pausedChannels(pauses: readonly NamedPause[]): SendingReason {
  const since = Math.max(...pauses.map(({ at }) => Date.parse(at)));
  return because('channel_paused', new Date(since), pauses);
}

/** Of the channel's hash; what they mean is said in throttle.script.ts. */
const FIELDS = ['open', 'since', 'hand', 'held', 'heldCode', 'heldSince', 'last'] as const;
type Fields = Readonly<Record<(typeof FIELDS)[number], string | null>>;

/** Open until a probe has been answered well: also when its time is over, other messages than the probe wait. */
function breakerObstacle(name: string, { open, since, hand }: Fields): SendingReason | null {
  const openMs = Number(open ?? 0);
  if (openMs === 0) return null;
  return because('breaker_open', dateOf(since), name, whyOpen(openMs, Number(hand ?? 0)));
}

function whyOpen(openMs: number, handMs: number): string {
  const nowMs = Date.now();
  // The row of the channel, which says by whom, is known here within a second.
  if (handMs > nowMs) return 'somebody opened its breaker by hand.';
  return openMs > nowMs
    ? `its breaker opened because the provider kept failing; a probe is sent at ${new Date(openMs).toISOString()}.`
    : 'its breaker opened because the provider kept failing; one message probes whether it is back.';
}

function throttleObstacle(name: string, { held, heldCode, heldSince }: Fields): SendingReason | null {
  const untilMs = Number(held ?? 0);
  return untilMs > Date.now()
    ? because('throttled', dateOf(heldSince), name, heldCode ?? 'no code', new Date(untilMs))
    : null;
}

/** It was spent by the last message that was let go. */
function spentLimit(
  name: string,
  left: Readonly<Record<string, number>>,
  { last }: Fields,
): SendingReason | null {
  const spent = Object.entries(left).find(([, messages]) => messages <= 0);
  if (spent === undefined) return null;
  const sinceMs = Math.min(Date.now(), Number(last ?? NaN));
  return because('limit_spent', Number.isNaN(sinceMs) ? null : new Date(sinceMs), name, spent[0]);
}

function dateOf(ms: string | null): Date | null {
  return ms === null ? null : new Date(Number(ms));
}
