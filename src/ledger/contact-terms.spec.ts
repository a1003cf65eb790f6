import { describe, expect, it } from 'vitest';
import { placed, waitsForPlaces, type PlaceCost } from './contact-terms.js';

const POLICY = { maxTries: 3, retryBaseMs: 1, retryMaxMs: 1 };

describe('what waits for a place of the budget', () => {
  it.each(['run', 'resend'] as const)('is a %s of marketing or of utility', (kind) => {
    for (const category of ['marketing', 'utility'] as const) {
      expect(waitsForPlaces({ kind, category, policy: POLICY })).toBe(true);
    }
  });

  it.each(['stream', 'bulk'] as const)('is never a %s, whatever its category', (kind) => {
    expect(waitsForPlaces({ kind, category: 'marketing', policy: POLICY })).toBe(false);
  });

  it('is neither a code nor an answer, nor a transactional message that is sent again', () => {
    expect(waitsForPlaces({ kind: 'run', category: 'authentication', policy: POLICY })).toBe(false);
    expect(waitsForPlaces({ kind: 'run', category: 'service', policy: POLICY })).toBe(false);
    const policy = { ...POLICY, isSteady: true };
    expect(waitsForPlaces({ kind: 'resend', category: 'utility', policy })).toBe(false);
  });
});

describe('the places of two budgets', () => {
  const cost = (seq: number, wide: boolean, own: boolean): PlaceCost => ({ seq, wide, own });

  it('go to the first who need them, and who needs none always passes', () => {
    const costs = [cost(1, true, true), cost(2, true, true), cost(3, false, false), cost(4, true, true)];
    expect(placed(costs, { wide: 1, own: 5 })).toEqual([1, 3]);
    expect(placed(costs, { wide: 5, own: 2 })).toEqual([1, 2, 3]);
  });

  it('are not used up by one who lacks the other', () => {
    const costs = [cost(1, true, true), cost(2, false, true)];
    expect(placed(costs, { wide: 0, own: 1 })).toEqual([2]);
  });
});
