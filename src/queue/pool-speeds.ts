import type { RecentUsage } from '../ledger/recent-usage.repository.js';

/** Of a channel without limits that nobody has seen sending yet, where no other channel gives a measure. */
const UNKNOWN_PER_SECOND = 1000;
/**
 * So many sends are added to what was seen and to what was to be seen: where hardly anything is sent, because the
 * workers are too few or the machine is busy, one channel had ten and another five by chance.
 */
const BY_CHANCE = 60;
/** Nearer than this to what it says, it is as fast as it says: a limit is used at 97 %. */
const SAME_PART = 0.9;

/** How fast a channel is, by what it says and by what it did, when it had work all the time. */
export class PoolSpeeds {
  private busySinceMs = new Map<string, number>();

  /** Which channels have something to send and nothing in their way now. */
  note(busy: ReadonlySet<string>, nowMs: number): void {
    this.busySinceMs = new Map([...busy].map((id) => [id, this.busySinceMs.get(id) ?? nowMs]));
  }

  /** What a channel did while it was busy for the whole of the time; null where that is not known. */
  seen(channelId: string, usage: RecentUsage | undefined, nowMs: number): RecentUsage | null {
    const sinceMs = this.busySinceMs.get(channelId);
    if (sinceMs === undefined || usage === undefined || nowMs - sinceMs < usage.seconds * 1000) return null;
    return usage;
  }
}

export interface SpeedClues {
  /** By limits and pacing; null: nothing limits it. */
  readonly said: number | null;
  readonly seen: RecentUsage | null;
  /** Of those of which nothing is known, one with twice the weight is taken to be twice as fast. */
  readonly weight: number;
}

/** The speed of each, always more than 0: one that is not known is guessed by the fastest that is. */
export function speedsOf(clues: readonly SpeedClues[]): number[] {
  const known = clues.map(({ said, seen }) => {
    if (seen === null) return said;
    if (said === null) return (seen.sends + BY_CHANCE) / seen.seconds;
    const part = (seen.sends + BY_CHANCE) / (said * seen.seconds + BY_CHANCE);
    return part >= SAME_PART ? said : said * part;
  });
  const fastest = Math.max(0, ...known.map((speed) => speed ?? 0));
  const guess = fastest > 0 ? fastest : UNKNOWN_PER_SECOND;
  const heaviest = Math.max(...clues.map(({ weight }) => weight));
  return known.map((speed, index) => speed ?? (guess * clues[index]!.weight) / heaviest);
}
