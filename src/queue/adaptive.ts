// The arithmetic of a channel that is slowed: pure, and the same in Lua (adaptive.script.ts).

/**
 * From nothing to the full rate, in a straight line: a sixtieth of the full rate each second. Additive, because a
 * provider that refuses one message in so many for reasons of its own must not bring a channel to a stand: the rate
 * settles where a cut and the climb between two cuts are equal, at the root of 1/share of refusals. A climb by factors
 * settles at 1/share itself: of 80/s and one refusal in fifty, 2/s instead of 11/s. And however deep the cuts went, a
 * minute without one ends it.
 */
export const CLIMB_MS = 60_000;
/** Of throttle replies within so long, over all workers, one cuts. */
export const CUT_EVERY_MS = 1000;
/** Cuts go no deeper than this share of the full rate; below it the pauses that the provider asks for decide. */
export const LEAST_SHARE = 1 / 64;
/** What a channel begins with whose breaker was closed by a good probe. */
export const RECOVERY_SHARE = 0.1;
/**
 * The full rate of a channel without limits and pacing is what it was granted last, and calls that fail one after the
 * other may have made that little: where a breaker closes, it counts as no less than so much a second.
 */
export const RECOVERY_PER_SECOND = 100;
/** The code of a slowdown that no throttle reply brought about: the breaker closed a while ago. */
export const RECOVERING = 'recovering';

/** The share of its full rate that a channel may use: `share` at `fromMs`, climbing from then on. */
export interface Slowdown {
  readonly share: number;
  readonly fromMs: number;
  /** Between two messages at the full rate, where neither limit nor pacing says it: as measured. 0 where they do. */
  readonly intervalMs: number;
  /** What the provider said, or RECOVERING. */
  readonly code: string;
  /** Since when it has not been at its full rate. */
  readonly sinceMs: number;
}

export function shareAt({ share, fromMs }: Pick<Slowdown, 'share' | 'fromMs'>, atMs: number): number {
  return Math.min(1, share + Math.max(0, atMs - fromMs) / CLIMB_MS);
}

/** When it is at its full rate again, if nothing comes between. */
export function fullAtMs({ share, fromMs }: Pick<Slowdown, 'share' | 'fromMs'>): number {
  return fromMs + (1 - share) * CLIMB_MS;
}

/**
 * How long a delay lasts that begins at a share and is spent while the share climbs: until the shares add up to the
 * delay. Exact also where the delay is long: a message each five seconds at a tenth of the rate does not wait for fifty.
 */
export function stretchedMs(delayMs: number, share: number): number {
  if (share >= 1) return delayMs;
  const climbed = ((1 - share * share) * CLIMB_MS) / 2;
  if (delayMs >= climbed) return (1 - share) * CLIMB_MS + delayMs - climbed;
  return CLIMB_MS * (Math.sqrt(share * share + (2 * delayMs) / CLIMB_MS) - share);
}
