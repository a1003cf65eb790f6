import type { MinuteUsage } from '../ledger/usage.repository.js';
import { messagesToTheTop, type PacingProfile } from './pacing.js';

/** How far back usage is kept, and so how far back a lost position can be found. */
export const PACING_LOOK_BACK_MS = 24 * 3_600_000;
const MINUTE_MS = 60_000;
/** Sends are counted at their barrier, up to this long before their instant. */
const AHEAD_OF_INSTANT_MS = 500;

/** Where a channel or a dispatch goes on whose position was lost. */
export interface FoundPosition {
  readonly position: number;
  /** How long it must wait from now on for what it sent last. */
  readonly waitMs: number;
}

/**
 * Position and wait from what Postgres knows by the minute, never faster than it was: all sends since the last rest
 * count, and what was reserved and not sent with them; the last one counts as sent as late as it can have been and as
 * followed by the longest delay with a pause; a run that is older than what is known counts as at the top.
 */
export function foundPosition(
  profile: PacingProfile,
  spent: readonly MinuteUsage[],
  nowMs: number,
): FoundPosition {
  const latestOf = (minuteMs: number): number => Math.min(nowMs, minuteMs + MINUTE_MS) + AHEAD_OF_INSTANT_MS;
  const longestMs = longestDelayMs(profile);
  const restMs = longestMs + profile.restMs + 2 * MINUTE_MS;
  const recentFirst = spent.filter((one) => one.sends > 0).toSorted((a, b) => b.minuteMs - a.minuteMs);
  let sent = 0;
  let beganMs = nowMs;
  for (const { minuteMs, sends } of recentFirst) {
    if (beganMs - latestOf(minuteMs) > restMs) break;
    sent += sends;
    beganMs = minuteMs;
  }
  if (sent === 0) return { position: 0, waitMs: 0 };
  const top = messagesToTheTop(profile);
  const isOlder = beganMs - restMs <= nowMs - PACING_LOOK_BACK_MS;
  const atLeast = Number.isFinite(top) && (isOlder || sent > top) ? top : sent;
  return {
    position: behindPause(profile, atLeast),
    waitMs: Math.max(0, latestOf(recentFirst[0]!.minuteMs) + longestMs - nowMs),
  };
}

/**
 * The same of a dispatch, of which Postgres knows how many messages were begun and when the last one was. What was sent
 * twice because a provider took it back counts once, as it does for whoever reads the table.
 */
export function foundPlace(profile: PacingProfile, begun: number, lastBegunAgoMs: number): FoundPosition {
  if (begun === 0) return { position: 0, waitMs: 0 };
  return {
    position: behindPause(profile, begun),
    waitMs: Math.max(0, AHEAD_OF_INSTANT_MS + longestDelayMs(profile) - lastBegunAgoMs),
  };
}

function longestDelayMs({ mostMs, pauseMs, jitter }: PacingProfile): number {
  return (mostMs + pauseMs) * (1 + jitter);
}

/** The wait holds a whole pause, so the count to the next one begins after it. */
function behindPause({ pauseEvery }: PacingProfile, position: number): number {
  return pauseEvery === 0 ? position : Math.ceil(position / pauseEvery) * pauseEvery;
}
