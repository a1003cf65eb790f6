import { invalid } from '../field-fault.js';
import {
  DAYS,
  ZONE_WORDS,
  type Day,
  type SendWindow,
  type WindowHours,
  type ZoneWord,
} from './send-window.js';

const MOST_WINDOWS = 10;
const FIELDS: readonly string[] = ['days', 'from', 'to', 'zone'];
const EXAMPLE = '{"days":["mon","fri"],"from":"09:00","to":"18:00","zone":"recipient"}';
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$/;

/** What a request says of when it may be sent; null takes that away, undefined leaves it as it is. */
export function windowOf(given: unknown): SendWindow | null | undefined {
  if (given === undefined || given === null) return given;
  const list = Array.isArray(given) ? (given as unknown[]) : [given];
  if (list.length < 1 || list.length > MOST_WINDOWS) {
    throw invalid(
      'window',
      `window has ${list.length} entries; it takes 1 to ${MOST_WINDOWS}, or null for any time`,
    );
  }
  const hours = list.map((entry, index) =>
    hoursOf(entry, Array.isArray(given) ? `window/${index}` : 'window'),
  );
  const zones = new Set(hours.map(({ zone }) => zone));
  if (zones.size > 1) {
    throw invalid(
      'window',
      'its windows have different zones; all of one campaign go by "workspace", or all by "recipient"',
    );
  }
  return hours;
}

function hoursOf(entry: unknown, field: string): WindowHours {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw invalid(field, `${field} must be an object such as ${EXAMPLE}`);
  }
  const unknown = Object.keys(entry).find((key) => !FIELDS.includes(key));
  if (unknown !== undefined) {
    throw invalid(
      `${field}/${unknown}`,
      `"${unknown}" is no field of a window; known are ${FIELDS.join(', ')}`,
    );
  }
  const { days, from, to, zone } = entry as Record<string, unknown>;
  return { days: daysOf(days, field), ...timesOf({ from, to }, field), zone: zoneWordOf(zone, field) };
}

/** Both times of a stretch, which must not be the same. */
export function timesOf(
  { from, to }: { readonly from?: unknown; readonly to?: unknown },
  field: string,
): { from: string; to: string } {
  if (typeof from !== 'string' || !TIME.test(from)) {
    throw invalid(`${field}/from`, `from is ${shown(from)}, not a time such as "09:00"`);
  }
  if (typeof to !== 'string' || !(TIME.test(to) || to === '24:00')) {
    throw invalid(
      `${field}/to`,
      `to is ${shown(to)}, not a time such as "18:00", or "24:00" for the end of the day`,
    );
  }
  if (from === to) {
    throw invalid(`${field}/to`, `from and to are both "${from}"; for a whole day, from "00:00" to "24:00"`);
  }
  return { from, to };
}

export function zoneWordOf(zone: unknown, field: string): ZoneWord {
  const word = ZONE_WORDS.find((known) => known === (zone ?? 'workspace'));
  if (word !== undefined) return word;
  throw invalid(
    `${field}/zone`,
    `zone is ${shown(zone)}; "workspace" goes by the workspace's clock (PUT /api/calendar), "recipient" by that of each recipient`,
  );
}

function daysOf(days: unknown, field: string): readonly Day[] | null {
  if (days === undefined || days === null) return null;
  const given = Array.isArray(days) ? (days as unknown[]) : [];
  const wrong = given.find((day) => !DAYS.includes(day as Day));
  if (wrong !== undefined || given.length === 0) {
    throw invalid(
      `${field}/days`,
      `days is ${shown(wrong ?? days)}; a list of ${DAYS.join(', ')}, or leave it out for every day`,
    );
  }
  const chosen = DAYS.filter((day) => given.includes(day));
  return chosen.length === DAYS.length ? null : chosen;
}

function shown(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value).slice(0, 60);
}
