import { describe, expect, it } from 'vitest';
import { TimeWheel } from './time-wheel.js';

function collect(delaysMs: number[]): Promise<{ delayMs: number; afterMs: number }[]> {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const due: { delayMs: number; afterMs: number }[] = [];
    const wheel = new TimeWheel<number>(5, (delayMs) => {
      due.push({ delayMs, afterMs: performance.now() - startedMs });
      if (due.length === delaysMs.length) resolve(due);
    });
    for (const delayMs of delaysMs) wheel.add(delayMs, delayMs);
  });
}

describe('TimeWheel', () => {
  it('hands over nothing early and everything in the order of its time', async () => {
    const due = await collect([40, 0, 23, 7, 23, 61]);
    expect(due.map(({ delayMs }) => delayMs)).toEqual([0, 7, 23, 23, 40, 61]);
    for (const { delayMs, afterMs } of due) expect(afterMs).toBeGreaterThanOrEqual(delayMs);
  });

  it('takes what is added while it hands over, and works again after it ran empty', async () => {
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      const wheel = new TimeWheel<string>(2, (item) => {
        seen.push(item);
        if (item === 'first') wheel.add(0, 'second');
        if (item === 'second') setImmediate(() => wheel.add(3, 'third'));
        if (item === 'third') resolve();
      });
      wheel.add(1, 'first');
    });
    expect(seen).toEqual(['first', 'second', 'third']);
  });

  it('forgets all when cleared, even from within', async () => {
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      const wheel = new TimeWheel<string>(2, (item) => {
        seen.push(item);
        if (item === 'clearing') {
          wheel.clear();
          wheel.add(10, 'after');
        }
        if (item === 'after') resolve();
      });
      wheel.add(1, 'clearing');
      wheel.add(8, 'forgotten');
    });
    expect(seen).toEqual(['clearing', 'after']);
  });
});
