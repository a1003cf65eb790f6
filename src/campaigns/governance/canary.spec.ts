import { describe, expect, it } from 'vitest';
import { judgeCanary, type Canary, type CanaryFigures } from './canary.js';

const CANARY: Canary = {
  size: { kind: 'count', count: 100 },
  maxFailureRate: 0.07,
  maxOptOutRate: null,
  waitMs: 60_000,
};
const GOOD: CanaryFigures = { sent: 100, failed: 0, unknown: 0, optedOut: 0 };

const reasonOf = (canary: Canary, figures: CanaryFigures): string | null => {
  const verdict = judgeCanary(canary, figures);
  return verdict.kind === 'hold' ? verdict.reason : null;
};

describe('a canary', () => {
  it('is good at its limit, whatever floats make of it, and not above', () => {
    expect(reasonOf(CANARY, { ...GOOD, failed: 7 })).toBeNull();
    expect(reasonOf(CANARY, { ...GOOD, failed: 8 })).toContain(
      'Of the 100 messages of its canary 8 failed, 8 %; 7 % may.',
    );
  });

  it('counts what nobody knows as failed, and says how many they are', () => {
    expect(reasonOf(CANARY, { ...GOOD, failed: 4, unknown: 3 })).toBeNull();
    expect(reasonOf(CANARY, { ...GOOD, failed: 4, unknown: 4 })).toContain(
      '8 failed or are unknown (4), 8 %',
    );
  });

  it('looks at opt-outs where it was told how many may be', () => {
    expect(reasonOf(CANARY, { ...GOOD, optedOut: 50 })).toBeNull();
    const strict = { ...CANARY, maxOptOutRate: 0.02 };
    expect(reasonOf(strict, { ...GOOD, optedOut: 2 })).toBeNull();
    expect(reasonOf(strict, { ...GOOD, optedOut: 3 })).toContain(
      'Of the 100 people of its canary 3 opted out, 3 %; 2 % may.',
    );
  });

  it('that reached nobody says nothing, and is for a person to judge', () => {
    expect(reasonOf(CANARY, { ...GOOD, sent: 0 })).toContain('Nobody of its canary was sent anything');
  });

  it('that may fail as a whole never holds', () => {
    expect(reasonOf({ ...CANARY, maxFailureRate: 1 }, { ...GOOD, failed: 60, unknown: 40 })).toBeNull();
  });
});
