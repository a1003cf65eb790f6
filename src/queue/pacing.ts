import { assertNever } from '../common/assert-never.js';
import type { ChannelLimits, ChannelPacing } from '../channels/channel.js';
import type { MinuteUsage } from '../ledger/usage.repository.js';
import {
  countedWindows,
  durationMs,
  intervalMs,
  sustainedPerSecond,
  WINDOW_MARGIN_MS,
} from './channel-limits.js';

/** A channel that could have sent for this long and did not begins its ramp anew. */
const REST_MS = 10 * 60_000;
/** How far back usage is kept, and so how far back a lost position can be found. */
export const PACING_LOOK_BACK_MS = 24 * 3_600_000;
const MINUTE_MS = 60_000;
/** Sends are counted at their barrier, up to this long before their instant. */
const AHEAD_OF_INSTANT_MS = 500;

/**
 * Any pacing, as numbers. After the message at `position` (0 is the first) comes a delay of
 * min(mostMs, baseMs + stepMs × ⌊position / stepEvery⌋), plus `pauseMs` when position + 1 is a multiple of `pauseEvery`,
 * all of it times 1 ± `jitter`. The script reads the same numbers and does the same sum.
 */
export interface PacingProfile {
  readonly baseMs: number;
  readonly stepMs: number;
  readonly stepEvery: number;
  readonly mostMs: number;
  readonly jitter: number;
  /** 0: no pauses. */
  readonly pauseEvery: number;
  readonly pauseMs: number;
  readonly restMs: number;
}

export function pacingProfile(limits: ChannelLimits, pacing: ChannelPacing): PacingProfile {
  const { pauseEvery = 0, pauseMs = 0 } = pacing;
  const constant = (ms: number, jitter: number): PacingProfile => ({
    baseMs: ms,
    stepMs: 0,
    stepEvery: 1,
    mostMs: ms,
    jitter,
    pauseEvery,
    pauseMs,
    restMs: REST_MS,
  });
  switch (pacing.mode) {
    case 'max':
      return constant(0, 0);
    case 'even':
      return constant(evenMs(limits), pacing.jitter ?? 0);
    case 'fixed':
      return constant(pacing.intervalMs, pacing.jitter ?? 0);
    case 'progressive':
      return {
        ...constant(pacing.baseDelayMs, pacing.jitter ?? 0),
        stepMs: pacing.stepMs,
        stepEvery: pacing.stepEvery,
        mostMs: pacing.maxDelayMs,
      };
    default:
      return assertNever(pacing);
  }
}

/** The delay at which no window is ever full: a window is counted with its margin and one slice more. */
function evenMs(limits: ChannelLimits): number {
  const ofWindows = countedWindows(limits).map(
    ({ limit, windowMs, sliceMs }) => (windowMs + sliceMs + WINDOW_MARGIN_MS) / limit,
  );
  return Math.max(intervalMs(limits), ...ofWindows);
}

/** Between the message at `position` and the next. `chance` is from 0 to 1; `floorMs` is what the limits ask for. */
export function spacingMs(profile: PacingProfile, floorMs: number, position: number, chance: number): number {
  const { baseMs, stepMs, stepEvery, mostMs, jitter, pauseEvery, pauseMs } = profile;
  const delayMs = Math.min(mostMs, baseMs + stepMs * Math.floor(position / stepEvery));
  const isPause = pauseEvery > 0 && (position + 1) % pauseEvery === 0;
  return Math.max(floorMs, (delayMs + (isPause ? pauseMs : 0)) * (1 + jitter * (2 * chance - 1)));
}

/**
 * How long a channel that has rested is busy with so many messages: the delay of each counts, of the last as well, and
 * a pause only where another message follows.
 */
export function pacedMs(profile: PacingProfile, messages: number): number {
  const { baseMs, stepMs, stepEvery, mostMs, pauseEvery, pauseMs } = profile;
  const climbing = Math.min(messages, messagesToTheTop(profile));
  const steps = Math.floor(climbing / stepEvery);
  const onWholeSteps = stepEvery * (steps * baseMs + (stepMs * steps * (steps - 1)) / 2);
  const onTheLast = (climbing - steps * stepEvery) * (baseMs + stepMs * steps);
  const atTheTop = (messages - climbing) * mostMs;
  const pauses = pauseEvery === 0 ? 0 : Math.floor(Math.max(0, messages - 1) / pauseEvery) * pauseMs;
  return onWholeSteps + onTheLast + atTheTop + pauses;
}

/** How long a channel is busy with so many messages, by its limits and its pacing. */
export function sendingMs(limits: ChannelLimits, pacing: ChannelPacing, messages: number): number {
  if (messages <= 0) return 0;
  return Math.max(durationMs(limits, messages), Math.ceil(pacedMs(pacingProfile(limits, pacing), messages)));
}

/** The rate that limits and pacing allow in the long run, in messages a second; Infinity without either. */
export function longRunPerSecond(limits: ChannelLimits, pacing: ChannelPacing): number {
  const { mostMs, pauseEvery, pauseMs } = pacingProfile(limits, pacing);
  const perMessageMs = mostMs + (pauseEvery === 0 ? 0 : pauseMs / pauseEvery);
  return Math.min(sustainedPerSecond(limits), perMessageMs === 0 ? Infinity : 1000 / perMessageMs);
}

/** So many messages have less than the longest delay after them. */
function messagesToTheTop({ baseMs, stepMs, stepEvery, mostMs }: PacingProfile): number {
  if (stepMs === 0) return baseMs < mostMs ? Infinity : 0;
  return Math.ceil((mostMs - baseMs) / stepMs) * stepEvery;
}

/** Where a channel goes on whose position was lost. */
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
  const longestMs = (profile.mostMs + profile.pauseMs) * (1 + profile.jitter);
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
  // The wait holds a whole pause, so the count to the next one begins after it.
  const { pauseEvery } = profile;
  return {
    position: pauseEvery === 0 ? atLeast : Math.ceil(atLeast / pauseEvery) * pauseEvery,
    waitMs: Math.max(0, latestOf(recentFirst[0]!.minuteMs) + longestMs - nowMs),
  };
}
