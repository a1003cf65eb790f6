const LOCAL = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?$/;
const WITH_OFFSET = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/i;
/** Further than any zone is from UTC, so that both sides of a change of the clock are asked. */
const DAY_MS = 86_400_000;

/**
 * The instant that a text means: one with an offset by itself, a local one in the zone. Of a local time that comes
 * twice it is the first; one that the clock jumps over is as much later as the clock jumps. Null: it is neither, or
 * there is no such day.
 */
export function instantOf(text: string, timezone: string | null): Date | null {
  if (WITH_OFFSET.test(text)) {
    return isRealTime(text.slice(0, 16)) ? validOrNull(new Date(Date.parse(text))) : null;
  }
  if (!LOCAL.test(text) || timezone === null || !isRealTime(text.slice(0, 16))) return null;
  const wall = Date.parse(`${text}Z`);
  const before = offsetMs(wall - DAY_MS, timezone);
  const after = offsetMs(wall + DAY_MS, timezone);
  if (before === after) return validOrNull(new Date(wall - before));
  const fitting = [wall - before, wall - after].filter((ms) => ms + offsetMs(ms, timezone) === wall);
  return validOrNull(new Date(fitting.length > 0 ? Math.min(...fitting) : wall - before));
}

export function isLocalTime(text: string): boolean {
  return LOCAL.test(text);
}

/** As a clock on the wall there shows it: "2026-05-01 09:00". */
export function wallTime(instant: Date, timezone: string): string {
  return new Date(instant.getTime() + offsetMs(instant.getTime(), timezone))
    .toISOString()
    .slice(0, 16)
    .replace('T', ' ');
}

/** Made once a zone: the making costs ten times the reading. There are some six hundred names of zones. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timezone: string): Intl.DateTimeFormat {
  const known = clocks.get(timezone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  clocks.set(timezone, clock);
  return clock;
}

/** Date.parse takes 31 February for a day in March. */
function isRealTime(wall: string): boolean {
  const ms = Date.parse(`${wall}:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(wall);
}

function offsetMs(ms: number, timezone: string): number {
  const parts = clockOf(timezone).formatToParts(ms);
  const of = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find((part) => part.type === type)!.value);
  const wall = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return wall - Math.floor(ms / 1000) * 1000;
}

function validOrNull(date: Date): Date | null {
  return Number.isNaN(date.getTime()) ? null : date;
}
