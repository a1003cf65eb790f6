import type { ChannelPacing } from '../channels/channel.js';
import type { ChannelLimits } from '../channels/channel-limits.js';
import { countedWindows, intervalMs, type CountedWindow } from './channel-limits.js';
import { pacingProfile, type PacingProfile } from './pacing.js';

export interface ThrottledChannel {
  readonly id: string;
  readonly limits: ChannelLimits;
  readonly pacing: ChannelPacing;
  /** Version of limits and pacing; the higher one wins in Redis. */
  readonly version: number;
}

/** What a version of a channel means to the scripts. */
export interface ChannelTerms {
  readonly version: number;
  readonly windows: readonly CountedWindow[];
  readonly profile: PacingProfile;
  /** As the scripts take them. */
  readonly args: readonly [
    version: number,
    intervalMs: number,
    windows: string,
    pacing: string,
    maxInFlight: number,
  ];
}

/** The terms of the channels of this process, made once for each version: grants are asked for thousands of times a second. */
export class KnownTerms {
  private readonly kept = new Map<string, ChannelTerms>();

  of({ id, version, limits, pacing }: ThrottledChannel): ChannelTerms {
    const kept = this.kept.get(id);
    if (kept?.version === version) return kept;
    const windows = countedWindows(limits);
    const profile = pacingProfile(limits, pacing);
    const terms: ChannelTerms = {
      version,
      windows,
      profile,
      args: [
        version,
        intervalMs(limits),
        JSON.stringify(windows),
        JSON.stringify(profile),
        limits.maxInFlight ?? 0,
      ],
    };
    this.kept.set(id, terms);
    return terms;
  }
}
