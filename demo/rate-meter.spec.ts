import { describe, expect, it } from 'vitest';
import { RateMeter } from './rate-meter.js';

describe('the rate over the last seconds', () => {
  it('is not known from one reading', () => {
    expect(new RateMeter().add(0, 10)).toBeUndefined();
  });

  it('forgets what is older than its window', () => {
    const meter = new RateMeter(2000);
    meter.add(0, 0);
    meter.add(1000, 5000);
    meter.add(2000, 5100);

    expect(meter.add(3000, 5200)).toBe(100);
  });
});
