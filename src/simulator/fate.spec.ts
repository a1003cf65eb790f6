import { describe, expect, it } from 'vitest';
import { readBehaviour } from './behaviour.js';
import { ControlFields } from './control-fields.js';
import type { Fate } from './fate.js';
import { drawFate, fateTextOf } from './fate.js';
import { SeededRandom } from './seeded-random.js';

function fates(behaviour: object, seed: number, count = 10_000): Fate[] {
  const random = new SeededRandom(seed);
  const read = readBehaviour(new ControlFields(behaviour));
  return Array.from({ length: count }, () => drawFate(read, random));
}

describe('drawFate', () => {
  it('draws the same fates again from the same seed, and others from another', () => {
    const behaviour = { failureRate: 0.1, throttleRate: 0.1, unknownRate: 0.1 };
    expect(fates(behaviour, 5)).toEqual(fates(behaviour, 5));
    expect(fates(behaviour, 5)).not.toEqual(fates(behaviour, 6));
  });

  it('splits failures between refusals and failed statuses, and losses between processed and not', () => {
    const drawn = fates({ failureRate: 0.2, unknownRate: 0.2 }, 1);
    const lost = drawn.filter((fate) => fate.kind === 'lose');
    const refused = drawn.filter((fate) => fate.kind === 'refuse').length;
    const failing = drawn.filter((fate) => fate.kind === 'accept' && fate.failure !== undefined).length;
    expect(lost.length / drawn.length).toBeCloseTo(0.2, 1);
    expect(lost.filter(({ processed }) => processed).length / lost.length).toBeCloseTo(0.5, 1);
    expect(new Set(lost.map(({ by }) => by))).toEqual(new Set(['reset', 'error', 'hang']));
    expect(refused / drawn.length).toBeCloseTo(0.08, 1);
    expect(failing / refused).toBeCloseTo(1, 0);
  });

  it('leaves the other fates as they were when one rate changes', () => {
    const without = fates({ failureRate: 0.2 }, 9);
    const withThrottle = fates({ failureRate: 0.2, throttleRate: 0.3 }, 9);
    const untouched = (_fate: Fate, at: number): boolean => withThrottle[at]!.kind !== 'throttle';
    expect(withThrottle.filter(untouched)).toEqual(without.filter(untouched));
  });
});

describe('fateTextOf', () => {
  it('is the recipient, the seq and the attempt, whatever the dispatch is called this time', () => {
    expect(fateTextOf('+521', 'run-a:17:2')).toBe(fateTextOf('+521', 'run-b:17:2'));
    expect(fateTextOf('+521', 'run-a:17:2')).not.toBe(fateTextOf('+521', 'run-a:17:3'));
    expect(fateTextOf('+521', '')).toBeUndefined();
  });
});
