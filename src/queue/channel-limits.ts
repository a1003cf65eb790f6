import type { ChannelLimits } from '../channels/channel-limits.js';

/** A sliding window counted in slices: exact but for one slice, and always on the safe side. */
export interface CountedWindow {
  /** Prefix of its fields in the channel's hash. */
  readonly field: 'm' | 'h' | 'd';
  readonly limit: number;
  readonly windowMs: number;
  readonly sliceMs: number;
}

/** A call may begin this much after its instant; later, its slot is lost. */
export const LATE_MS = 15;
/**
 * So much more where only long windows limit: all instants of a grant are the same one, and a commit that takes longer
 * than LATE_MS would cost the whole group its slots, again and again on a slow disk. Their windows are counted so much
 * longer for it, 1.6 % of the minute.
 */
export const LATE_UNSPACED_MS = 985;
/**
 * Windows are counted this much longer than they are, so that P4 holds where the provider counts too: half for calls
 * that begin late, half for what the way to the provider adds to one call and not to the next.
 */
export const WINDOW_MARGIN_MS = 30;

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The long windows, each in 60 slices: at most 1/60 of the rate is given up, 61 numbers are kept a window. */
export function countedWindows(limits: ChannelLimits): readonly CountedWindow[] {
  const windows: CountedWindow[] = [];
  if (limits.perMinute !== undefined) {
    windows.push({ field: 'm', limit: limits.perMinute, windowMs: MINUTE_MS, sliceMs: MINUTE_MS / 60 });
  }
  if (limits.perHour !== undefined) {
    windows.push({ field: 'h', limit: limits.perHour, windowMs: HOUR_MS, sliceMs: HOUR_MS / 60 });
  }
  if (limits.perDay !== undefined) {
    windows.push({ field: 'd', limit: limits.perDay, windowMs: DAY_MS, sliceMs: DAY_MS / 60 });
  }
  return windows;
}

/**
 * Time between two send instants, 0 without a limit a second: a token bucket of capacity one. A bucket that holds more
 * lets a burst and the refill into one window (19 in a second at 10/s); this one meets the limit in every window.
 */
export function intervalMs(limits: ChannelLimits): number {
  return limits.perSecond === undefined ? 0 : (1000 + WINDOW_MARGIN_MS) / limits.perSecond;
}

/** The rate that the limits allow in the long run, in messages a second; Infinity without limits. */
export function sustainedPerSecond(limits: ChannelLimits): number {
  return Math.min(
    limits.perSecond ?? Infinity,
    (limits.perMinute ?? Infinity) / 60,
    (limits.perHour ?? Infinity) / 3600,
    (limits.perDay ?? Infinity) / 86_400,
  );
}

/**
 * How long `messages` take under these limits: each window lets its limit through at once and then waits, so the
 * slowest of them decides. 0 without limits.
 */
export function durationMs(limits: ChannelLimits, messages: number): number {
  if (messages <= 0) return 0;
  const ofWindow = (limit: number | undefined, windowMs: number): number =>
    limit === undefined ? 0 : Math.floor((messages - 1) / limit) * windowMs;
  const spread = limits.perSecond === undefined ? 0 : ((messages - 1) / limits.perSecond) * 1000;
  return Math.ceil(
    Math.max(
      spread,
      ofWindow(limits.perMinute, MINUTE_MS),
      ofWindow(limits.perHour, HOUR_MS),
      ofWindow(limits.perDay, DAY_MS),
    ),
  );
}
