import type { ChannelPacing } from '../../channels/channel.js';
import type { ChannelLimits } from '../../channels/channel-limits.js';
import {
  countedWindows,
  intervalMs,
  LATE_UNSPACED_MS,
  WINDOW_MARGIN_MS,
} from '../../queue/channel-limits.js';
import { evenDelayMs, pacedFromMs, pacingProfile, type PacingProfile } from '../../queue/pacing.js';
import { openings, type Opening } from './opening.js';
import type { OpeningRule } from './send-window.js';

/** Messages of one zone, in the order in which they are sent where several are open. */
export interface Piece {
  readonly zone: string | null;
  readonly messages: number;
}

export interface WindowedWork {
  readonly rule: OpeningRule;
  readonly pieces: readonly Piece[];
  readonly startMs: number;
  readonly channels: readonly {
    readonly limits: ChannelLimits;
    readonly pacing: ChannelPacing;
    readonly weight: number;
  }[];
  readonly ratePerSecond: number | null;
  /** Of the campaign itself, and how many messages it has had of it. */
  readonly pacing: ChannelPacing | null;
  readonly sent: number;
}

/** One thing that holds the messages back: a channel with its part of them, or the campaign's own rate or pacing. */
interface Lane {
  readonly share: number;
  readonly limits: ChannelLimits;
  readonly profile: PacingProfile;
  readonly floorMs: number;
  readonly sent: number;
  /** A channel that has rested begins its ramp anew; the pacing of a campaign does not. */
  readonly begins: 'anew' | 'where it was';
}

/** In so many steps at least, however many messages: some milliseconds of work, and a few seconds of what takes hours. */
const STEPS = 4000;
/** What takes longer goes on as it went so far. */
const LONGEST_LOOK_MS = 366 * 86_400_000;
const NO_PACING: ChannelPacing = { mode: 'max' };

/**
 * When the last message will be sent, by living through the openings of each zone with the limits and the pacing that
 * hold: what does not fit goes on at the next opening. Null where that never comes.
 */
export function windowedFinishMs(work: WindowedWork): number | null {
  const hours = new Hours(work.rule, work.startMs);
  const ends = lanesOf(work).map((lane) => laneEndMs(lane, work, hours));
  return ends.reduce<number | null>(
    (last, endMs) => (last === null || endMs === null ? null : Math.max(last, endMs)),
    work.startMs,
  );
}

function lanesOf({ channels, ratePerSecond, pacing, sent }: WindowedWork): Lane[] {
  const weights = Math.max(
    1,
    channels.reduce((sum, { weight }) => sum + weight, 0),
  );
  const lanes = channels.map((channel): Lane => ({
    share: channel.weight / weights,
    limits: channel.limits,
    profile: pacingProfile(channel.limits, channel.pacing),
    floorMs: intervalMs(channel.limits),
    sent: 0,
    begins: 'anew',
  }));
  const evenMs = pacing?.mode === 'even' ? evenDelayMs(channels.map(({ limits }) => limits)) : 0;
  const rateMs = ratePerSecond === null ? 0 : intervalMs({ perSecond: ratePerSecond });
  const own: Lane = {
    share: 1,
    limits: {},
    profile: pacingProfile({}, pacing ?? NO_PACING),
    floorMs: Math.max(evenMs, rateMs),
    sent,
    begins: 'where it was',
  };
  return [...lanes.filter(({ share }) => share > 0), own];
}

function laneEndMs(lane: Lane, { pieces, startMs }: WindowedWork, hours: Hours): number | null {
  const left = pieces.map(({ zone, messages }) => ({ zone, messages: Math.ceil(messages * lane.share) }));
  const total = left.reduce((sum, { messages }) => sum + messages, 0);
  const { step, floorMs, limits } = stepsOf(lane, total);
  const past = new Past();
  let nowMs = startMs;
  let position = lane.sent;
  for (;;) {
    while (left[0]?.messages === 0) left.shift();
    if (left.length === 0) return nowMs;
    if (nowMs - startMs > LONGEST_LOOK_MS && past.sent > 0) {
      return startMs + ((nowMs - startMs) * total) / past.sent;
    }
    const next = nextPiece(left, hours, nowMs);
    if (next === null) return null;
    const freeMs = Math.max(next.opensMs, ...limits.map((limit) => past.freeMs(limit, step)));
    if (freeMs > nowMs) {
      if (lane.begins === 'anew' && freeMs - nowMs >= lane.profile.restMs) position = lane.sent;
      nowMs = freeMs;
      continue;
    }
    const wanted = Math.min(step, next.piece.messages);
    const messages = fitting(lane.profile, floorMs, position, wanted, next.closesMs - nowMs);
    if (messages === 0) {
      nowMs = next.closesMs;
      continue;
    }
    nowMs += pacedFromMs(lane.profile, floorMs, position, messages);
    position += messages;
    next.piece.messages -= messages;
    past.add(messages, nowMs);
  }
}

interface LongLimit {
  readonly limit: number;
  readonly windowMs: number;
}

/** Limits that are much smaller than a step are a delay between messages: what they let through at once is little then. */
function stepsOf(lane: Lane, total: number): { step: number; floorMs: number; limits: LongLimit[] } {
  const coarse = Math.max(1, Math.ceil(total / STEPS));
  const isSpaced = lane.floorMs > 0 || lane.profile.mostMs > 0;
  const marginMs = WINDOW_MARGIN_MS + (isSpaced ? 0 : LATE_UNSPACED_MS);
  const all = countedWindows(lane.limits).map(({ limit, windowMs, sliceMs }) => ({
    limit,
    windowMs: windowMs + sliceMs + marginMs,
  }));
  const limits = all.filter(({ limit }) => limit >= coarse);
  const spread = all.filter(({ limit }) => limit < coarse).map(({ limit, windowMs }) => windowMs / limit);
  return { step: coarse, floorMs: Math.max(lane.floorMs, ...spread), limits };
}

/** The first that is open, else the one that opens next. */
function nextPiece(left: readonly { zone: string | null; messages: number }[], hours: Hours, nowMs: number) {
  let soonest: ({ piece: (typeof left)[number] } & Opening) | null = null;
  for (const piece of left) {
    if (piece.messages === 0) continue;
    const opening = hours.at(piece.zone, nowMs);
    if (opening === null) return null;
    if (opening.opensMs <= nowMs) return { piece, ...opening };
    if (soonest === null || opening.opensMs < soonest.opensMs) soonest = { piece, ...opening };
  }
  return soonest;
}

/** How many of these begin within a time: the first at once, so one always does. */
function fitting(
  profile: PacingProfile,
  floorMs: number,
  position: number,
  wanted: number,
  withinMs: number,
): number {
  if (pacedFromMs(profile, floorMs, position, wanted) <= withinMs) return wanted;
  let [few, many] = [0, wanted];
  while (many - few > 1) {
    const middle = Math.floor((few + many) / 2);
    if (pacedFromMs(profile, floorMs, position, middle) < withinMs) few = middle;
    else many = middle;
  }
  return few === 0 && withinMs > 0 ? 1 : few;
}

/** How many had been sent when, for sliding windows. */
class Past {
  private readonly counts: number[] = [];
  private readonly atMs: number[] = [];
  sent = 0;

  add(messages: number, nowMs: number): void {
    this.sent += messages;
    this.counts.push(this.sent);
    this.atMs.push(nowMs);
  }

  /** When `step` more may go under a limit: so long after the ones that they must leave behind. */
  freeMs({ limit, windowMs }: LongLimit, step: number): number {
    const behind = this.sent + step - limit;
    if (behind <= 0) return -Infinity;
    let [low, high] = [0, this.counts.length - 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.counts[middle]! >= behind) high = middle;
      else low = middle + 1;
    }
    return (this.atMs[low] ?? -Infinity) + windowMs;
  }
}

/** Openings by zone, each worked out once. */
class Hours {
  private readonly known = new Map<string | null, { found: Opening[]; more: Generator<Opening> }>();

  constructor(
    private readonly rule: OpeningRule,
    private readonly startMs: number,
  ) {}

  /** The one that an instant lies in, else the next one. */
  at(zone: string | null, nowMs: number): Opening | null {
    const { found, more } = this.of(zone);
    let [low, high] = [0, found.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (found[middle]!.closesMs > nowMs) high = middle;
      else low = middle + 1;
    }
    while (found[low] === undefined) {
      const { value } = more.next();
      if (value === undefined) return null;
      found.push(value as Opening);
      if ((value as Opening).closesMs <= nowMs) low += 1;
    }
    return found[low]!;
  }

  private of(zone: string | null): { found: Opening[]; more: Generator<Opening> } {
    const known = this.known.get(zone);
    if (known !== undefined) return known;
    const fresh = { found: [], more: openings(this.rule, zone, this.startMs) };
    this.known.set(zone, fresh);
    return fresh;
  }
}
