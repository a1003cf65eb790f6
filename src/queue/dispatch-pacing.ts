import { Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { ChannelPacing } from '../channels/channel.js';
import { DispatchRateRepository } from '../ledger/dispatch-rate.repository.js';
import { ProgressRepository } from '../ledger/progress.repository.js';
import { ChannelLines } from './channel-line.js';
import { RECOVER_PACE_SCRIPT } from './dispatch-pacing.script.js';
import { foundPlace } from './lost-position.js';
import { evenDelayMs, pacingProfile, type PacingProfile } from './pacing.js';
import { EngineRedis } from './redis.provider.js';

/** How long the spread of an even dispatch may be that of the channels it had. */
const FRESH_MS = 1000;

/** The pacing of a dispatch as a grant takes it. */
export interface DispatchPace {
  /** JSON of its numbers. */
  readonly profile: string;
  /** Brings its place to Redis, in the hash with this key. */
  recover(key: string): Promise<void>;
}

interface RecoverCommand {
  caudalRecoverPace(key: string, position: number, waitMs: number): Promise<number>;
}

interface Spread {
  readonly delayMs: number;
  readonly readMs: number;
}

/** The pacing of campaigns: held by the dispatch, over all its channels and workers. */
@Injectable()
export class DispatchPacing {
  private readonly redis: Redis & RecoverCommand;
  private readonly spreads = new Map<string, Spread>();

  constructor(
    redis: EngineRedis,
    private readonly rates: DispatchRateRepository,
    private readonly progress: ProgressRepository,
    private readonly lines: ChannelLines,
  ) {
    redis.client.defineCommand('caudalRecoverPace', { numberOfKeys: 1, lua: RECOVER_PACE_SCRIPT });
    this.redis = redis.client as Redis & RecoverCommand;
  }

  /** Null without one, and where it asks for nothing. `pacing` is what the dispatch's row says. */
  async of(dispatchId: string, pacing: unknown): Promise<DispatchPace | null> {
    if (pacing === null) return null;
    const profile = await this.profileOf(dispatchId, pacing as ChannelPacing);
    if (profile.mostMs === 0 && profile.pauseEvery === 0) return null;
    return {
      profile: JSON.stringify(profile),
      recover: (key) => this.recover(dispatchId, profile, key),
    };
  }

  /** A campaign has no windows of its own to spread over: an even one is as fast as its channels together, spread. */
  private async profileOf(dispatchId: string, pacing: ChannelPacing): Promise<PacingProfile> {
    const profile = pacingProfile({}, pacing);
    if (pacing.mode !== 'even') return profile;
    const delayMs = await this.spreadOf(dispatchId);
    return { ...profile, baseMs: delayMs, mostMs: delayMs };
  }

  private async spreadOf(dispatchId: string): Promise<number> {
    const known = this.spreads.get(dispatchId);
    if (known !== undefined && performance.now() - known.readMs < FRESH_MS) return known.delayMs;
    const spread = { delayMs: await this.readSpread(dispatchId), readMs: performance.now() };
    for (const [id, { readMs }] of this.spreads)
      if (spread.readMs - readMs > 60 * FRESH_MS) this.spreads.delete(id);
    this.spreads.set(dispatchId, spread);
    return spread.delayMs;
  }

  /** 0 where one of the channels has nothing to be spread over. */
  private async readSpread(dispatchId: string): Promise<number> {
    const channelIds = await this.rates.channelsLeft(dispatchId);
    const open = await Promise.all(channelIds.map((id) => this.lines.lineOf(id)));
    return evenDelayMs(open.flatMap((one) => (one === null ? [] : [one.channel.limits])));
  }

  private async recover(dispatchId: string, profile: PacingProfile, key: string): Promise<void> {
    const counts = await this.progress.of(dispatchId);
    const begun = counts.total - counts.pending - counts.skipped - counts.cancelled;
    const agoMs = begun === 0 ? null : await this.rates.lastBegunAgoMs(dispatchId);
    const { position, waitMs } = foundPlace(profile, begun, agoMs ?? Infinity);
    await this.redis.caudalRecoverPace(key, position, waitMs);
  }
}
