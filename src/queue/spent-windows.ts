import type { MinuteUsage } from '../ledger/usage.repository.js';
import type { CountedWindow } from './channel-limits.js';

export function longestMs(windows: readonly CountedWindow[]): number {
  return Math.max(0, ...windows.map((window) => window.windowMs));
}

/** Usage by slice, always on the safe side of what is not known to the second. */
export function spentIn(
  window: CountedWindow,
  spent: readonly MinuteUsage[],
  nowMs: number,
): { field: string; slice: number; sends: number }[] {
  if (window.field === 'm') {
    // Minutes are too coarse for this window: when anything was sent in the last two, it counts as used up.
    const isFresh = spent.some((one) => one.sends > 0 && one.minuteMs > nowMs - 2 * 60_000);
    return isFresh ? [{ field: 'm', slice: Math.floor(nowMs / window.sliceMs), sends: window.limit }] : [];
  }
  return (
    spent
      // Sends are counted at their barrier, up to half a second before their instant: a minute later is safe.
      .map((one) => ({ sentMs: one.minuteMs + 60_000, sends: one.sends }))
      .filter((one) => one.sentMs > nowMs - window.windowMs - 60_000)
      .map((one) => ({
        field: window.field,
        slice: Math.floor(Math.min(one.sentMs, nowMs) / window.sliceMs),
        sends: one.sends,
      }))
  );
}
