import { describe, expect, it } from 'vitest';
import { SharedReadings } from './shared-readings.js';

function counted(): { read: () => Promise<number>; answer: () => void; reads: () => number } {
  let reads = 0;
  const waiting: (() => void)[] = [];
  return {
    read: () => {
      const nth = (reads += 1);
      return new Promise((resolve) => waiting.push(() => resolve(nth)));
    },
    answer: () => waiting.splice(0).forEach((resolve) => resolve()),
    reads: () => reads,
  };
}

const ALWAYS = { freshMs: 60_000, mostMs: 120_000, mayShare: () => true };

describe('shared readings', () => {
  it('read once for all who ask meanwhile, and for those who ask soon after', async () => {
    const source = counted();
    const readings = new SharedReadings<number>(ALWAYS);
    const asked = [readings.get('a', source.read), readings.get('a', source.read)];
    source.answer();
    expect(await Promise.all(asked)).toEqual([1, 1]);
    expect(await readings.get('a', source.read)).toBe(1);
    expect(source.reads()).toBe(1);
  });

  it('give out what is no longer fresh once more, and read anew behind it', async () => {
    const source = counted();
    const readings = new SharedReadings<number>({ ...ALWAYS, freshMs: 0 });
    const first = readings.get('a', source.read);
    source.answer();
    await first;
    expect(await readings.get('a', source.read)).toBe(1);
    source.answer();
    await expect.poll(() => readings.get('a', source.read)).toBe(2);
  });

  it('never give out what is too old or may not be shared', async () => {
    for (const options of [
      { ...ALWAYS, freshMs: 0, mostMs: 0 },
      { ...ALWAYS, mayShare: () => false },
    ]) {
      const source = counted();
      const readings = new SharedReadings<number>(options);
      for (const nth of [1, 2]) {
        const asked = readings.get('a', source.read);
        source.answer();
        expect(await asked).toBe(nth);
      }
    }
  });

  it('forget what is under way as well: who asks later gets a reading that began later', async () => {
    const source = counted();
    const readings = new SharedReadings<number>(ALWAYS);
    const before = readings.get('a', source.read);
    readings.forget('a');
    const after = readings.get('a', source.read);
    source.answer();
    expect(await Promise.all([before, after])).toEqual([1, 2]);
    expect(await readings.get('a', source.read)).toBe(2);
  });

  it('tell a failure to all who waited for it, and try again for the next', async () => {
    const readings = new SharedReadings<number>(ALWAYS);
    const failing = (): Promise<number> => Promise.reject(new Error('away'));
    const asked = [readings.get('a', failing), readings.get('a', failing)];
    for (const one of asked) await expect(one).rejects.toThrow('away');
    expect(await readings.get('a', () => Promise.resolve(7))).toBe(7);
  });
});
