import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Misfire, Recurrence } from './recurrence.js';
import { isTooLate, latenessText, overlapFault, turnOf } from './schedule-policy.js';

const HOUR_MS = 3_600_000;
const at = (text: string) => new Date(`2026-05-04T${text}Z`);
const rule = (cron: string, misfire: Misfire, until: Date | null = null): Recurrence => ({
  cron,
  timezone: 'UTC',
  misfire,
  overlap: 'skip',
  until,
});
const turn = (any: Recurrence, dueAt: Date, now: Date) => turnOf(any, dueAt, now, HOUR_MS);

describe('an occurrence in its time', () => {
  it.each(['skip', 'once'] as const)('is made whatever the misfire policy is (%s)', (misfire) => {
    expect(turn(rule('0 * * * *', misfire), at('11:00'), at('11:00:01'))).toEqual({
      run: at('11:00'),
      skipped: null,
      next: at('12:00'),
    });
  });

  it('may be as late as the limit, and no later', () => {
    expect(isTooLate(at('11:00'), at('12:00'), HOUR_MS)).toBe(false);
    expect(isTooLate(at('11:00'), at('12:00:00.001'), HOUR_MS)).toBe(true);
  });
});

describe('after four hours in which nothing ran', () => {
  it('what comes once a day is left out with "skip", and made late with "once"', () => {
    const [dueAt, now] = [at('11:00'), at('14:30')];
    const skipped = turn(rule('0 11 * * *', 'skip'), dueAt, now);
    expect(skipped).toMatchObject({ run: null, skipped: { at: dueAt } });
    expect(skipped.skipped?.reason).toContain('3 h 30 min late');
    expect(turn(rule('0 11 * * *', 'once'), dueAt, now)).toMatchObject({ run: dueAt, skipped: null });
  });

  it.each(['skip', 'once'] as const)(
    'what comes every hour is made once, for the last of them (%s)',
    (misfire) => {
      const done = turn(rule('0 * * * *', misfire), at('11:00'), at('14:30'));
      expect(done).toMatchObject({ run: at('14:00'), skipped: { at: at('11:00') }, next: at('15:00') });
    },
  );

  it('says that there is no next one when the end is past', () => {
    const ended = rule('0 * * * *', 'once', at('12:00'));
    expect(turn(ended, at('11:00'), at('14:30'))).toMatchObject({ run: at('12:00'), next: null });
  });
});

it('however late a rule is looked at, it makes one at most, is never early, and goes on behind now', () => {
  const anyRule = fc
    .tuple(fc.constantFrom('* * * * *', '0 * * * *', '0 11 * * *'), fc.constantFrom<Misfire>('skip', 'once'))
    .map(([cron, misfire]) => rule(cron, misfire));
  fc.assert(
    fc.property(anyRule, fc.integer({ min: 0, max: 90 * 24 * HOUR_MS }), (any, lateMs) => {
      const dueAt = at('11:00');
      const now = new Date(dueAt.getTime() + lateMs);
      const { run, skipped, next } = turn(any, dueAt, now);
      if (run === null) expect([any.misfire, skipped === null]).toEqual(['skip', false]);
      else {
        expect(run >= dueAt && run <= now).toBe(true);
        if (any.misfire === 'skip') expect(isTooLate(run, now, HOUR_MS)).toBe(false);
      }
      expect(next! > now).toBe(true);
    }),
    { numRuns: 60 },
  );
});

describe('beside occurrences that have not ended', () => {
  it('none is made with "skip"', () => {
    expect(overlapFault('skip', { running: 0, waiting: 0 })).toBeNull();
    expect(overlapFault('skip', { running: 1, waiting: 0 })).not.toBeNull();
    expect(overlapFault('skip', { running: 0, waiting: 1 })).not.toBeNull();
  });

  it('one waits with "queue", and no line of them', () => {
    expect(overlapFault('queue', { running: 1, waiting: 0 })).toBeNull();
    expect(overlapFault('queue', { running: 1, waiting: 1 })).not.toBeNull();
  });
});

it('says lateness as people do', () => {
  expect(latenessText(at('10:00'), at('14:00'))).toBe('4 h');
  expect(latenessText(at('10:00'), at('11:30'))).toBe('1 h 30 min');
  expect(latenessText(at('10:00'), at('10:20:59'))).toBe('20 min');
});
