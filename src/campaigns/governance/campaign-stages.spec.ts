import { describe, expect, it } from 'vitest';
import { stageEndsOf, stagesOf } from './campaign-stages.js';
import { readStageSize, recipientsOf, sizeShown, type StageSize } from './stage-size.js';

const canaryOf = (size: StageSize) => ({ size, maxFailureRate: 0.1, maxOptOutRate: null, waitMs: 0 });
const count = (of: number): StageSize => ({ kind: 'count', count: of });

describe('the size of a stage', () => {
  it('is a number of recipients, or a part of them in two spellings, shown as one', () => {
    expect(readStageSize(500, 'size')).toEqual(count(500));
    expect(readStageSize('2.5%', 'size')).toEqual({ kind: 'percent', percent: 2.5 });
    expect(readStageSize({ percent: 5 }, 'size')).toEqual(readStageSize('5%', 'size'));
    expect([count(500), readStageSize({ percent: 5 }, 'size')].map(sizeShown)).toEqual([500, '5%']);
  });

  it.each([0, -1, 1.5, '0%', '100%', '5', 'five', { percent: 0 }, { percent: '5' }, null, undefined, []])(
    'is not %j, and the refusal names the field and what would be right',
    (value) => {
      expect(() => readStageSize(value, 'canary/size')).toThrow(/^canary\.size is .*; it must be a number/);
    },
  );

  it('is rounded up, and never nobody', () => {
    const percent = (of: number): StageSize => ({ kind: 'percent', percent: of });
    expect(recipientsOf(percent(5), 1_000_000)).toBe(50_000);
    expect(recipientsOf(percent(7), 100)).toBe(7);
    expect(recipientsOf(percent(5), 21)).toBe(2);
    expect(recipientsOf(percent(1), 3)).toBe(1);
    expect(recipientsOf(count(500), 3)).toBe(500);
  });
});

describe('the stages of a campaign', () => {
  it('are none where nothing is decided on the way', () => {
    expect(stagesOf({})).toEqual([]);
    expect(stageEndsOf({ canary: null, winner: null }, 1000)).toEqual([]);
  });

  it('are the canary, then the test, which it is a part of', () => {
    const plan = {
      canary: canaryOf(count(100)),
      winner: { testSize: { kind: 'percent', percent: 10 } as const },
    };
    expect(stagesOf(plan).map(({ kind }) => kind)).toEqual(['canary', 'test']);
    expect(stageEndsOf(plan, 10_000)).toEqual([100, 1000]);
    // A test no larger than the canary goes to nobody else.
    expect(stageEndsOf(plan, 500)).toEqual([100, 100]);
  });
});
