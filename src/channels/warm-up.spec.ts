import { describe, expect, it } from 'vitest';
import { nextStepMs, warmUpBudget, type WarmUp } from './warm-up.js';

const SINCE = '2026-05-04T10:00:00.000Z';
const at = (days: number): number => Date.parse(SINCE) + days * 86_400_000;

describe('the warm-up of a number', () => {
  it('is doubled each day by a factor of two', () => {
    const ramp: WarmUp = { start: 50, factor: 2, since: SINCE };
    expect([0, 0.99, 1, 2, 6].map((days) => warmUpBudget(ramp, at(days)))).toEqual([50, 50, 100, 200, 3200]);
  });

  it('rounds down, so that it never allows more than it says', () => {
    expect(warmUpBudget({ start: 50, factor: 1.15, since: SINCE }, at(1))).toBe(57);
  });

  it('grows by as many a day', () => {
    const ramp: WarmUp = { start: 50, addPerDay: 25, since: SINCE };
    expect([0, 1, 10].map((days) => warmUpBudget(ramp, at(days)))).toEqual([50, 75, 300]);
  });

  it('allows its first day before it begins, and nothing less', () => {
    expect(warmUpBudget({ start: 50, factor: 2, since: SINCE }, at(-3))).toBe(50);
  });

  it('ends, and limits nothing from then on', () => {
    const ramp: WarmUp = { start: 50, factor: 2, since: SINCE, until: new Date(at(3)).toISOString() };
    expect(warmUpBudget(ramp, at(3) - 1)).toBe(200);
    expect(warmUpBudget(ramp, at(3))).toBeNull();
  });

  it('ends by itself where it allows more than any provider does', () => {
    expect(warmUpBudget({ start: 50, factor: 10, since: SINCE }, at(400))).toBeNull();
  });

  it('says when it allows more: with its next day, or at its end', () => {
    const ramp: WarmUp = { start: 50, factor: 2, since: SINCE };
    expect(nextStepMs(ramp, at(0))).toBe(at(1));
    expect(nextStepMs(ramp, at(1.5))).toBe(at(2));
    expect(nextStepMs({ ...ramp, until: new Date(at(1.75)).toISOString() }, at(1.5))).toBe(at(1.75));
  });
});
