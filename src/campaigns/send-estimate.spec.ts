import { describe, expect, it } from 'vitest';
import { estimateMs } from './send-estimate.js';

describe('the estimated time of a campaign', () => {
  it('follows the limit of its channel', () => {
    expect(estimateMs([{ limits: { perSecond: 10 }, weight: 1 }], 1001)).toBe(100_000);
    expect(estimateMs([{ limits: { perDay: 1000 }, weight: 1 }], 2500)).toBe(2 * 86_400_000);
  });

  it('is that of the slowest channel with its share', () => {
    const slow = { limits: { perSecond: 1 }, weight: 1 };
    const fast = { limits: { perSecond: 80 }, weight: 9 };
    expect(estimateMs([slow, fast], 1000)).toBe(99_000);
  });

  it('is nothing without limits or without messages', () => {
    expect(estimateMs([{ limits: {}, weight: 1 }], 1000)).toBe(0);
    expect(estimateMs([{ limits: { perSecond: 1 }, weight: 1 }], 0)).toBe(0);
  });
});
