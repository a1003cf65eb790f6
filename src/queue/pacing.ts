import { assertNever } from '../common/assert-never.js';
import type { ChannelPacing } from '../channels/channel.js';
import type { ChannelLimits } from '../channels/channel-limits.js';
import {
  countedWindows,
  durationMs,
  intervalMs,
  sustainedPerSecond,
  WINDOW_MARGIN_MS,
} from './channel-limits.js';

/** A channel that could have sent for this long and did not begins its ramp anew. */
const REST_MS = 10 * 60_000;

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

/** The delay of a campaign that is spread over channels with these limits together; 0 where one of them has none. */
export function evenDelayMs(channels: readonly ChannelLimits[]): number {
  const perMs = channels.reduce((sum, limits) => sum + 1 / evenMs(limits), 0);
  return perMs === 0 ? 0 : 1 / perMs;
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
  const { pauseEvery, pauseMs } = profile;
  const pauses = pauseEvery === 0 ? 0 : Math.floor(Math.max(0, messages - 1) / pauseEvery) * pauseMs;
  return delaysMs(profile, messages) + pauses;
}

function delaysMs(profile: PacingProfile, messages: number): number {
  const { baseMs, stepMs, stepEvery, mostMs } = profile;
  const climbing = Math.min(messages, messagesToTheTop(profile));
  const steps = Math.floor(climbing / stepEvery);
  const onWholeSteps = stepEvery * (steps * baseMs + (stepMs * steps * (steps - 1)) / 2);
  const onTheLast = (climbing - steps * stepEvery) * (baseMs + stepMs * steps);
  const atTheTop = (messages - climbing) * mostMs;
  return onWholeSteps + onTheLast + atTheTop;
}

/** How long so many messages take behind those that were sent, where each has at least `floorMs` after it. */
export function pacedFromMs(profile: PacingProfile, floorMs: number, sent: number, messages: number): number {
  const end = sent + messages;
  const paced = pacedMs(profile, end) - pacedMs(profile, sent);
  const below = Math.min(end, messagesBelow(profile, floorMs));
  if (below <= sent) return paced;
  return paced + (below - sent) * floorMs - (delaysMs(profile, below) - delaysMs(profile, sent));
}

/** So many messages, the first ones, have a shorter delay after them. */
function messagesBelow({ baseMs, stepMs, stepEvery, mostMs }: PacingProfile, floorMs: number): number {
  if (floorMs > mostMs) return Infinity;
  if (floorMs <= baseMs || stepMs === 0) return floorMs <= baseMs ? 0 : Infinity;
  return Math.ceil((floorMs - baseMs) / stepMs) * stepEvery;
}

/** How long a channel is busy with so many messages, by its limits and its pacing. */
export function sendingMs(limits: ChannelLimits, pacing: ChannelPacing, messages: number): number {
  if (messages <= 0) return 0;
  return Math.max(durationMs(limits, messages), Math.ceil(pacedMs(pacingProfile(limits, pacing), messages)));
}

/** The rate that limits and pacing allow in the long run, in messages a second; Infinity without either. */
export function longRunPerSecond(limits: ChannelLimits, pacing: ChannelPacing): number {
  return Math.min(sustainedPerSecond(limits), pacedPerSecond(pacingProfile(limits, pacing)));
}

/** The same of a channel that may use a share of its spacing; its long windows are what they are. */
export function slowedPerSecond(
  limits: ChannelLimits,
  pacing: ChannelPacing,
  share: number,
  measuredMs: number,
): number {
  const { perSecond = Infinity, ...windows } = limits;
  const asked = Math.min(perSecond, pacedPerSecond(pacingProfile(limits, pacing)));
  const full = Number.isFinite(asked) || measuredMs === 0 ? asked : 1000 / measuredMs;
  return Math.min(sustainedPerSecond(windows), full * share);
}

function pacedPerSecond({ mostMs, pauseEvery, pauseMs }: PacingProfile): number {
  const perMessageMs = mostMs + (pauseEvery === 0 ? 0 : pauseMs / pauseEvery);
  return perMessageMs === 0 ? Infinity : 1000 / perMessageMs;
}

/** So many messages have less than the longest delay after them. */
export function messagesToTheTop(profile: PacingProfile): number {
  return messagesBelow(profile, profile.mostMs);
}
