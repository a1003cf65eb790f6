import { describe, expect, it } from 'vitest';
import { NextReadings } from './next-readings.js';

/** Readings that end when the spec says so. */
function readings() {
  const ends: { done: (value: number) => void; fail: (error: Error) => void }[] = [];
  const read = (): Promise<number> => new Promise((done, fail) => ends.push({ done, fail }));
  return { shared: new NextReadings<number>(), ends, read };
}

describe('readings that are shared by who asks next', () => {
  it('gives nobody a reading that began before he asked', async () => {
    const { shared, ends, read } = readings();
    const first = shared.get('a', read);
    const later = [shared.get('a', read), shared.get('a', read)];
    expect(ends).toHaveLength(1);
    ends[0]!.done(1);
    expect(await first).toBe(1);
    expect(ends).toHaveLength(2);
    ends[1]!.done(2);
    expect(await Promise.all(later)).toEqual([2, 2]);
  });

  it('begins the next one also behind one that failed', async () => {
    const { shared, ends, read } = readings();
    const first = shared.get('a', read);
    const later = shared.get('a', read);
    ends[0]!.fail(new Error('away'));
    await expect(first).rejects.toThrow('away');
    ends[1]!.done(2);
    expect(await later).toBe(2);
  });

  it('keeps keys apart, and nothing behind', async () => {
    const { shared, ends, read } = readings();
    const both = [shared.get('a', read), shared.get('b', read)];
    expect(ends).toHaveLength(2);
    ends.forEach(({ done }, index) => done(index));
    expect(await Promise.all(both)).toEqual([0, 1]);
    void shared.get('a', read);
    expect(ends).toHaveLength(3);
  });
});
