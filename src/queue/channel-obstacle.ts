import { Injectable } from '@nestjs/common';
import { BREAKER_OPENED } from '../channels/channel.js';
import { ChannelLines } from './channel-line.js';
import { EngineRedis } from './redis.provider.js';
import { because, type SendingReason } from './sending-reason.js';
import { Throttle } from './throttle.js';

/** What keeps one channel from sending now. */
@Injectable()
export class ChannelObstacles {
  constructor(
    private readonly lines: ChannelLines,
    private readonly redis: EngineRedis,
    private readonly throttle: Throttle,
  ) {}

  /** Null while it may send. */
  async of(channelId: string): Promise<SendingReason | null> {
    const open = await this.lines.lineOf(channelId);
    if (open === null) return because('channel_missing', null);
    const { name, heldCode, heldReason, heldSince } = open.channel;
    if (heldCode === BREAKER_OPENED) return because('breaker_open', heldSince, name, heldReason ?? '');
    if (heldCode !== null) return because('channel_held', heldSince, name, heldReason ?? heldCode);
    try {
      const [fields, budget] = await Promise.all([
        this.redis.client.hmget(this.throttle.keyOf(channelId), 'open', 'since', 'hand', 'held', 'heldCode'),
        this.throttle.budget(open.channel),
      ]);
      return breakerObstacle(name, fields) ?? throttleObstacle(name, fields) ?? spentLimit(name, budget.left);
    } catch {
      return because('redis_unreachable', this.redis.lostAt);
    }
  }
}

type Fields = readonly (string | null)[];

/** Open until a probe has been answered well: also when its time is over, other messages than the probe wait. */
function breakerObstacle(name: string, [open, since, hand]: Fields): SendingReason | null {
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

function throttleObstacle(name: string, [, , , held, heldCode]: Fields): SendingReason | null {
  const untilMs = Number(held ?? 0);
  return untilMs > Date.now()
    ? because('throttled', null, name, heldCode ?? 'no code', new Date(untilMs))
    : null;
}

function spentLimit(name: string, left: Readonly<Record<string, number>>): SendingReason | null {
  const spent = Object.entries(left).find(([, messages]) => messages <= 0);
  return spent === undefined ? null : because('limit_spent', null, name, spent[0]);
}

function dateOf(ms: string | null | undefined): Date | null {
  return ms === null || ms === undefined ? null : new Date(Number(ms));
}
