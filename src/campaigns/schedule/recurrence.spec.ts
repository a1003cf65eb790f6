import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cronFault, latestRun, nextRun, nextRuns } from './recurrence.js';

const rule = (cron: string, timezone: string, until: Date | null = null) => ({ cron, timezone, until });
const runs = (cron: string, timezone: string, after: string, count: number): string[] =>
  nextRuns(rule(cron, timezone), new Date(after), count).map((run) => run.toISOString().slice(0, 16));

const CRONS = [
  '* * * * *',
  '*/15 * * * *',
  '0 * * * *',
  '30 2 * * *',
  '0 9 * * 1',
  '0 0 1 * *',
  '15 1,2,3 * * *',
];
const ZONES = ['America/New_York', 'Europe/Madrid', 'America/Santiago', 'America/Mexico_City', 'UTC'];
const anyRule = fc
  .tuple(fc.constantFrom(...CRONS), fc.constantFrom(...ZONES))
  .map(([cron, zone]) => rule(cron, zone));
/** Of 2026 and 2027, with every change of the clock in them. */
const anyMs = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 11, 31) });

describe('the next occurrence', () => {
  it.each([
    ['America/New_York', '2027-03-13T12:00Z', ['2027-03-14T13:00', '2027-03-15T13:00']],
    ['America/New_York', '2026-10-31T12:00Z', ['2026-10-31T13:00', '2026-11-01T14:00']],
    ['Europe/Madrid', '2027-03-27T06:00Z', ['2027-03-27T08:00', '2027-03-28T07:00']],
    ['Europe/Madrid', '2026-10-24T06:00Z', ['2026-10-24T07:00', '2026-10-25T08:00']],
    ['America/Santiago', '2026-09-05T12:00Z', ['2026-09-05T13:00', '2026-09-06T12:00']],
    ['America/Santiago', '2027-04-03T11:00Z', ['2027-04-03T12:00', '2027-04-04T13:00']],
    ['America/Mexico_City', '2027-04-03T11:00Z', ['2027-04-03T15:00', '2027-04-04T15:00']],
  ])('is at nine by the clock of %s on both sides of a change (%s)', (timezone, after, expected) => {
    expect(runs('0 9 * * *', timezone, after, 3).filter((run) => expected.includes(run))).toEqual(expected);
  });

  it('is at the end of the gap where its time of day is jumped over', () => {
    expect(runs('30 2 * * *', 'America/New_York', '2027-03-13T12:00Z', 2)).toEqual([
      '2027-03-14T07:00',
      '2027-03-15T06:30',
    ]);
    expect(runs('0 0 * * *', 'America/Santiago', '2026-09-05T12:00Z', 2)).toEqual([
      '2026-09-06T04:00',
      '2026-09-07T03:00',
    ]);
  });

  it('is once, the first time, where its time of day comes twice', () => {
    expect(runs('30 1 * * *', 'America/New_York', '2026-10-31T12:00Z', 2)).toEqual([
      '2026-11-01T05:30',
      '2026-11-02T06:30',
    ]);
    expect(runs('30 2 * * *', 'Europe/Madrid', '2026-10-24T12:00Z', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
  });

  it('goes by elapsed time where the hour is open', () => {
    expect(runs('0 * * * *', 'America/New_York', '2026-11-01T04:30Z', 3)).toEqual([
      '2026-11-01T05:00',
      '2026-11-01T06:00',
      '2026-11-01T07:00',
    ]);
  });

  it('is none behind the end, and one at the end itself', () => {
    const until = new Date('2027-05-03T15:00Z');
    const monday = rule('0 9 * * 1', 'America/Mexico_City', until);
    expect(nextRun(monday, new Date('2027-05-03T14:59Z'))).toEqual(until);
    expect(nextRun(monday, until)).toBeNull();
    expect(nextRuns(monday, new Date('2027-04-20T00:00Z'), 5)).toHaveLength(2);
  });

  it('is later than what it follows, and the same from everywhere in between', () => {
    fc.assert(
      fc.property(anyRule, anyMs, fc.double({ min: 0, max: 1, noNaN: true }), (any, ms, part) => {
        const next = nextRun(any, new Date(ms))!.getTime();
        expect(next).toBeGreaterThan(ms);
        const between = ms + Math.floor((next - 1 - ms) * part);
        expect(nextRun(any, new Date(between))!.getTime()).toBe(next);
      }),
    );
  });
});

describe('the latest occurrence', () => {
  it('is the one that walking from the first comes to', () => {
    fc.assert(
      fc.property(anyRule, anyMs, fc.integer({ min: 0, max: 60 }), (any, ms, steps) => {
        const walked = nextRuns(any, new Date(ms), steps + 2);
        const [latest, next] = walked.slice(-2) as [Date, Date];
        for (const now of [latest, new Date(next.getTime() - 1)]) {
          expect(latestRun(any, walked[0]!, now)).toEqual(latest);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('of every minute for a year is found at once', () => {
    const [first, now] = [new Date('2026-01-01T00:00Z'), new Date('2027-01-01T12:34:56Z')];
    expect(latestRun(rule('* * * * *', 'UTC'), first, now)).toEqual(new Date('2027-01-01T12:34Z'));
  });

  it('is not behind the end', () => {
    const until = new Date('2026-01-03T00:00Z');
    const daily = rule('0 9 * * *', 'UTC', until);
    expect(latestRun(daily, new Date('2026-01-01T09:00Z'), new Date('2026-02-01T00:00Z'))).toEqual(
      new Date('2026-01-02T09:00Z'),
    );
  });
});

describe('an expression', () => {
  it.each(['0 9 * * 1', '*/5 8-18 * * MON-FRI', '0 0 L * *'])('may be "%s"', (cron) => {
    expect(cronFault(cron)).toBeNull();
  });

  it.each(['', 'mañana', '61 * * * *', '0 9 * *', '0 0 9 * * 1', '* * * * * * *'])(
    'may not be "%s"',
    (cron) => {
      expect(cronFault(cron)).toEqual(expect.any(String));
    },
  );
});
