import { DomainError } from '../common/domain-error.js';
import { MOST_DAILY_CONTACTS } from './budget.dto.js';
import type { WarmUp } from './warm-up.js';

const DAY_MS = 86_400_000;
const MOST_DAYS = 365;
const MOST_FACTOR = 10;
const KNOWN = ['start', 'factor', 'addPerDay', 'days', 'since', 'until'];

/** Checks a ramp as it comes in a request; `days` becomes the instant at which they are over. */
export function readWarmUp(input: Readonly<Record<string, unknown>>, now: Date): WarmUp {
  const unknown = Object.keys(input).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) throw wrong(unknown, `is not known; known are ${KNOWN.join(', ')}`);
  const { start, factor, addPerDay, days, since, until } = input;
  if ((factor === undefined) === (addPerDay === undefined)) {
    throw wrong('factor', 'and addPerDay: give one of them, such as {"start":50,"factor":2}');
  }
  if (days !== undefined && until !== undefined) throw wrong('days', 'and until: give one of them at most');
  const sinceMs = since === undefined ? now.getTime() : instant('since', since);
  const end = endOf(days, until, sinceMs);
  return {
    start: whole('start', start, MOST_DAILY_CONTACTS),
    ...(factor === undefined ? {} : { factor: factorOf(factor) }),
    ...(addPerDay === undefined ? {} : { addPerDay: whole('addPerDay', addPerDay, MOST_DAILY_CONTACTS) }),
    since: new Date(sinceMs).toISOString(),
    ...(end === null ? {} : { until: new Date(end).toISOString() }),
  };
}

function endOf(days: unknown, until: unknown, sinceMs: number): number | null {
  if (days !== undefined) return sinceMs + whole('days', days, MOST_DAYS) * DAY_MS;
  if (until === undefined) return null;
  const untilMs = instant('until', until);
  if (untilMs <= sinceMs) {
    throw wrong(
      'until',
      `is ${shown(until)}; it must be later than since, ${new Date(sinceMs).toISOString()}`,
    );
  }
  return untilMs;
}

function whole(name: string, value: unknown, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw wrong(name, `is ${shown(value)}; it must be a whole number from 1 to ${most}`);
}

function factorOf(value: unknown): number {
  if (typeof value === 'number' && value > 1 && value <= MOST_FACTOR) return value;
  throw wrong('factor', `is ${shown(value)}; it must be a number above 1, ${MOST_FACTOR} at most`);
}

function instant(name: string, value: unknown): number {
  const ms =
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(value)
      ? Date.parse(value)
      : NaN;
  if (!Number.isNaN(ms)) return ms;
  throw wrong(name, `is ${shown(value)}; it must be an instant such as "2027-05-01T09:00:00-06:00"`);
}

function shown(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}

function wrong(member: string, words: string): DomainError {
  const detail = `warmUp.${member} ${words}`;
  return new DomainError('invalid', 'validation_failed', `${detail}.`, {
    errors: [{ pointer: `/warmUp/${member}`, detail }],
  });
}
