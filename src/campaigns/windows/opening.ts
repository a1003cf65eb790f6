import { instantOf, wallTime } from '../schedule/local-time.js';
import { merged, without, type Interval } from './intervals.js';
import { DAYS, type OpeningRule, type ZoneWord } from './send-window.js';
import { countryOfZone } from './zone-country.js';

/** A stretch of time in which a campaign may send. */
export interface Opening {
  readonly opensMs: number;
  /** The first instant at which nothing may begin any more. */
  readonly closesMs: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Samoa jumped over a whole day once. */
const LONGEST_JUMP_MS = DAY_MS;
/** Worked out at a time. An opening ends with it at the latest, and the next one begins there. */
const STRETCH_DAYS = 4;
/** Nobody waits for an opening that is further away. */
const LONGEST_WAIT_MS = 366 * DAY_MS;

/**
 * The opening that an instant lies in, or the next one, beginning at that instant or later; null where there is none for
 * a year. `zone` is that of the recipients, null where it is not known: then the workspace's.
 */
export function nextOpening(rule: OpeningRule, zone: string | null, fromMs: number): Opening | null {
  for (const opening of openings(rule, zone, fromMs)) return opening;
  return null;
}

/** One after the other, until there is none for a year. Local times are read as those of schedules are, also where the clock changes. */
export function* openings(rule: OpeningRule, zone: string | null, fromMs: number): Generator<Opening> {
  let lastMs = fromMs;
  for (let atMs = fromMs; atMs - lastMs < LONGEST_WAIT_MS; atMs += STRETCH_DAYS * DAY_MS) {
    const stretch = { fromMs: atMs, toMs: atMs + STRETCH_DAYS * DAY_MS };
    for (const { fromMs: opensMs, toMs: closesMs } of openIn(rule, zone, stretch)) {
      yield { opensMs, closesMs };
      lastMs = closesMs;
    }
  }
}

function openIn(rule: OpeningRule, zone: string | null, stretch: Interval): Interval[] {
  const own = zone ?? rule.timezone;
  const zoneOf = (word: ZoneWord): string => (word === 'recipient' ? own : rule.timezone);
  const open =
    rule.window === null
      ? [stretch]
      : rule.window.flatMap((hours) => hoursIn(hours, zoneOf(hours.zone), stretch, hours.days));
  const { quietHours, holidays } = rule;
  const quiet = quietHours === null ? [] : hoursIn(quietHours, zoneOf(quietHours.zone), stretch, null);
  const country = countryOfZone(own);
  const free = holidays
    .filter((holiday) => holiday.country === null || holiday.country === country)
    .filter(({ date }) => isNear(date, stretch))
    .map(({ date }) => between(date, '00:00', '24:00', own));
  const closed = merged([...quiet, ...free]);
  const inside = without([{ fromMs: -Infinity, toMs: Infinity }], [stretch]);
  return without(without(merged(open), inside), closed);
}

/** The hours of each day that touches the stretch, and of the day before, whose hours may last into it. */
function hoursIn(
  { from, to }: { readonly from: string; readonly to: string },
  zone: string,
  stretch: Interval,
  days: readonly string[] | null,
): Interval[] {
  const first = wallTime(new Date(stretch.fromMs), zone).slice(0, 10);
  return Array.from({ length: STRETCH_DAYS + 3 }, (_, index) => dayAfter(first, index - 1))
    .filter((date) => days === null || days.includes(weekdayOf(date)))
    .map((date) => between(date, from, to, zone));
}

function between(date: string, from: string, to: string, zone: string): Interval {
  const lastDate = to <= from ? dayAfter(date, 1) : date;
  const [endDate, end] = to === '24:00' ? [dayAfter(lastDate, 1), '00:00'] : [lastDate, to];
  return { fromMs: atMs(date, from, zone), toMs: atMs(endDate, end, zone) };
}

/** Of a time that comes twice the first; of one that the clock jumps over, the end of the jump. */
function atMs(date: string, time: string, zone: string): number {
  const ms = instantOf(`${date}T${time}`, zone)!.getTime();
  const asked = `${date} ${time}`;
  if (wallTime(new Date(ms), zone) === asked) return ms;
  let [beforeMs, behindMs] = [ms - LONGEST_JUMP_MS, ms];
  while (behindMs - beforeMs > MINUTE_MS) {
    const middleMs = beforeMs + Math.floor((behindMs - beforeMs) / 2 / MINUTE_MS) * MINUTE_MS;
    if (wallTime(new Date(middleMs), zone) < asked) beforeMs = middleMs;
    else behindMs = middleMs;
  }
  return behindMs;
}

function isNear(date: string, stretch: Interval): boolean {
  const ms = Date.parse(date);
  return ms > stretch.fromMs - 3 * DAY_MS && ms < stretch.toMs + 2 * DAY_MS;
}

function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);
}

function weekdayOf(date: string): string {
  return DAYS[(new Date(date).getUTCDay() + 6) % 7]!;
}
