import { Injectable } from '@nestjs/common';
import type { Channel } from '../channels/channel.js';
import type { ChannelLimits } from '../channels/channel-limits.js';
import { shareAt, type Slowdown } from './adaptive.js';
import { Slowdowns } from './adaptive-slowdowns.js';
import { ChannelLines } from './channel-line.js';
import { ChannelObstacles } from './channel-obstacle.js';
import { ContactBudgets, type ContactStanding } from './contact-budgets.js';
import { longRunPerSecond } from './pacing.js';
import type { AbilityWindow } from './pool-ability.js';
import { EngineRedis } from './redis.provider.js';
import { because, type SendingReason } from './sending-reason.js';
import { Throttle } from './throttle.js';

/** A channel as its row and Redis describe it now. */
export interface PoolReading {
  readonly channelId: string;
  /** For people; of a channel that was deleted, its id. */
  readonly name: string;
  /** 1 to 10. */
  readonly weight: number;
  /** What keeps it from sending, as far as that is a reason to give its work to others. */
  readonly obstacle: SendingReason | null;
  /** By limits, pacing and what the provider slowed it to; null where nothing says it. */
  readonly perSecond: number | null;
  readonly windows: readonly AbilityWindow[];
  /** Its breaker would let one message through, to see whether the provider is back. */
  readonly wantsProbe: boolean;
}

const WINDOW_MS = { perMinute: 60_000, perHour: 3_600_000, perDay: 86_400_000 } as const;

/** Reads what channels can do, for those who share messages out among them. Throws while Redis cannot be reached. */
@Injectable()
export class PoolAbilities {
  constructor(
    private readonly lines: ChannelLines,
    private readonly obstacles: ChannelObstacles,
    private readonly throttle: Throttle,
    private readonly slowdowns: Slowdowns,
    private readonly redis: EngineRedis,
    private readonly contacts: ContactBudgets,
  ) {}

  of(channelIds: readonly string[]): Promise<PoolReading[]> {
    return Promise.all(channelIds.map((channelId) => this.read(channelId)));
  }

  private async read(channelId: string): Promise<PoolReading> {
    const open = await this.lines.lineOf(channelId);
    if (open === null) return missing(channelId);
    const { channel } = open;
    const key = this.throttle.keyOf(channelId);
    const [obstacle, { left }, slowdown, breaker, contacts] = await Promise.all([
      this.obstacles.of(channelId),
      this.throttle.budget(channel),
      this.slowdowns.of(key),
      this.redis.client.hget(key, 'open'),
      this.contacts.of(channel),
    ]);
    if (obstacle?.code === 'redis_unreachable' || obstacle?.code === 'redis_refuses_writes')
      throw new Error(obstacle.text);
    const nowMs = Date.now();
    const opensMs = Number(breaker ?? 0);
    const isOpen = obstacle?.code === 'breaker_open' && channel.heldCode === null;
    return {
      channelId,
      name: channel.name,
      weight: channel.weight,
      obstacle: isPassing(obstacle, left) ? null : obstacle,
      perSecond: perSecondOf(channel, slowdown === null ? 1 : climbing(slowdown, nowMs)),
      windows: [...windowsOf(channel.limits, left), ...contactWindow(contacts)],
      wantsProbe: isOpen && opensMs > 0 && opensMs <= nowMs,
    };
  }
}

function missing(channelId: string): PoolReading {
  const obstacle = because('channel_missing', null);
  return { channelId, name: channelId, weight: 1, obstacle, perSecond: null, windows: [], wantsProbe: false };
}

type Left = Readonly<Partial<Record<keyof typeof WINDOW_MS, number>>>;

/** A minute or an hour that is spent is a matter of pace: the windows say it. A day is a reason to go elsewhere. */
function isPassing(obstacle: SendingReason | null, left: Left): boolean {
  return obstacle?.code === 'limit_spent' && (left.perDay ?? 1) > 0;
}

/**
 * Long limits let their whole number through at once: they bound what can be sent by a time, not the speed, unless the
 * pacing spreads it over them.
 */
function perSecondOf({ limits, pacing }: Pick<Channel, 'limits' | 'pacing'>, share: number): number | null {
  const { perSecond } = limits;
  const ofSpeed = pacing.mode === 'even' ? limits : perSecond === undefined ? {} : { perSecond };
  const most = longRunPerSecond(ofSpeed, pacing);
  return Number.isFinite(most) ? most * share : null;
}

/** The mean of what it climbs through until it is at its full rate. Slowed again and again, its usage tells the rest. */
function climbing(slowdown: Slowdown, nowMs: number): number {
  return (1 + shareAt(slowdown, nowMs)) / 2;
}

/** A message to a campaign's next recipient is nearly always one to another contact. */
function contactWindow(contacts: ContactStanding | null): AbilityWindow[] {
  if (contacts === null) return [];
  const { left, today: limit } = contacts;
  return [{ left, limit, windowMs: WINDOW_MS.perDay, countsContacts: true }];
}

function windowsOf(limits: ChannelLimits, left: Left): AbilityWindow[] {
  return Object.entries(WINDOW_MS).flatMap(([name, windowMs]) => {
    const limit = limits[name as keyof typeof WINDOW_MS];
    return limit === undefined
      ? []
      : [{ left: left[name as keyof typeof WINDOW_MS] ?? limit, limit, windowMs }];
  });
}
