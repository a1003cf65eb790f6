import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import type { OpenDispatch } from '../ledger/batch-move.repository.js';
import { RecentUsageRepository, type RecentUsage } from '../ledger/recent-usage.repository.js';
import { PoolAbilities, type PoolReading } from './pool-abilities.js';
import { partOf } from './pool-ability.js';
import type { PoolChannel } from './pool-plan.js';
import { PoolProbes } from './pool-probes.js';
import { PoolSpeeds, speedsOf } from './pool-speeds.js';
import { PoolStandings } from './pool-standing.js';

/** What a tick saw of all channels that are in a pool. */
export interface PoolsSeen {
  readonly readings: ReadonlyMap<string, PoolReading>;
  channelsOf(dispatch: OpenDispatch): PoolChannel[];
}

/** Watches the channels of pools over time: how long one has been stuck, how fast it was, when it was tried. */
@Injectable()
export class PoolView {
  private readonly standings: PoolStandings;
  private readonly speeds = new PoolSpeeds();
  private readonly probes = new PoolProbes();

  constructor(
    private readonly abilities: PoolAbilities,
    private readonly usage: RecentUsageRepository,
    config: Config,
  ) {
    this.standings = new PoolStandings(config.engine.failoverAfterMs);
  }

  /** Throws while Redis cannot be reached: then nobody sends, and nothing is to be moved for it. */
  async look(open: readonly OpenDispatch[]): Promise<PoolsSeen> {
    const channelIds = [...new Set(open.flatMap((dispatch) => dispatch.channelIds ?? []))];
    const [list, usage] = await Promise.all([this.abilities.of(channelIds), this.usage.of(channelIds)]);
    const readings = new Map(list.map((reading) => [reading.channelId, reading]));
    const users = usersOf(open);
    const nowMs = performance.now();
    this.standings.note(
      new Map(list.map(({ channelId, obstacle }) => [channelId, obstacle !== null])),
      nowMs,
    );
    const isBusy = ({ channelId, obstacle }: PoolReading): boolean =>
      obstacle === null && users.has(channelId);
    this.speeds.note(idsOf(list.filter(isBusy)), nowMs);
    this.probes.note(idsOf(list.filter(({ wantsProbe }) => wantsProbe)), nowMs);
    return {
      readings,
      channelsOf: (dispatch) => this.channelsOf(dispatch, readings, users, usage, nowMs),
    };
  }

  private channelsOf(
    dispatch: OpenDispatch,
    readings: PoolsSeen['readings'],
    users: ReadonlyMap<string, number>,
    usage: ReadonlyMap<string, RecentUsage>,
    nowMs: number,
  ): PoolChannel[] {
    const known = (dispatch.channelIds ?? []).flatMap((id) => readings.get(id) ?? []);
    const speeds = speedsOf(
      known.map(({ channelId, perSecond, weight }) => ({
        said: perSecond,
        seen: this.speeds.seen(channelId, usage.get(channelId), nowMs),
        weight,
      })),
    );
    return known.map(({ channelId, windows }, index) => ({
      channelId,
      standing: this.standings.of(channelId),
      ability: partOf({ perSecond: speeds[index]!, windows }, partIn(channelId, dispatch, users)),
      wantsProbe: this.probes.wants(channelId, nowMs),
    }));
  }
}

function idsOf(readings: readonly PoolReading[]): Set<string> {
  return new Set(readings.map(({ channelId }) => channelId));
}

/** The weights of all dispatches that have something left on each channel: by them they share what it can. */
function usersOf(open: readonly OpenDispatch[]): ReadonlyMap<string, number> {
  const users = new Map<string, number>();
  for (const { groups, weight } of open) {
    for (const channelId of new Set(groups.map((group) => group.channelId))) {
      users.set(channelId, (users.get(channelId) ?? 0) + weight);
    }
  }
  return users;
}

/** What a dispatch has of a channel, or would have if it used it. */
function partIn(
  channelId: string,
  { groups, weight }: OpenDispatch,
  users: ReadonlyMap<string, number>,
): number {
  const isUser = groups.some((group) => group.channelId === channelId);
  return weight / Math.max(weight, (users.get(channelId) ?? 0) + (isUser ? 0 : weight));
}
