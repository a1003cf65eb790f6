import { describe, expect, it } from 'vitest';
import { SeededRandom } from './seeded-random.js';
import { SlidingCount } from './sliding-count.js';

function mostByBruteForce(instants: number[], windowMs: number): number {
  return Math.max(...instants.map((end) => instants.filter((at) => at > end - windowMs && at <= end).length));
}

describe('SlidingCount', () => {
  it('does not put two instants exactly one window apart together', () => {
    const count = new SlidingCount(1000);
    count.add(0);
    count.add(1000);
    expect(count.most).toBe(1);
    count.add(1999.999);
    expect(count.most).toBe(2);
  });

  it('finds the burst that straddles two whole seconds', () => {
    const count = new SlidingCount(1000);
    for (const at of [0, 950, 960, 970, 1010, 1020, 1030, 2500]) count.add(at);
    expect(count.most).toBe(6);
  });

  it('agrees with counting every window by hand, far beyond the first ring', () => {
    const random = new SeededRandom(7);
    const count = new SlidingCount(1000);
    const instants: number[] = [];
    let now = 0;
    for (let n = 0; n < 3000; n++) {
      now += random.next() * (n % 900 < 700 ? 1 : 20);
      instants.push(now);
      count.add(now);
    }
    expect(count.most).toBe(mostByBruteForce(instants, 1000));
    expect(count.most).toBeGreaterThan(512);
  });

  it('forgets what has left the window when asked for an instant', () => {
    const count = new SlidingCount(1000);
    count.add(0);
    count.add(400);
    expect(count.countAt(1100)).toBe(1);
    expect(count.countAt(1400)).toBe(0);
  });
});
