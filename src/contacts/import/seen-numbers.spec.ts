import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeenNumbers } from './seen-numbers.js';

describe('the numbers that a file has held so far', () => {
  it('are told with the row of the first, over many doublings', () => {
    const seen = new SeenNumbers();
    for (let i = 0; i < 300_000; i += 1)
      expect(seen.see(`+5255${10_000_000 + i * 7}`, i + 2).kind).toBe('new');
    expect(seen.see('+525510000000', 9)).toEqual({ kind: 'repeated', firstRow: 2 });
    expect(seen.see(`+5255${10_000_000 + 299_999 * 7}`, 9)).toEqual({ kind: 'repeated', firstRow: 300_001 });
  });

  it('are unknown beyond the limit, and the early ones still known', () => {
    const seen = new SeenNumbers(2);
    expect(seen.see('+1', 1).kind).toBe('new');
    expect(seen.see('+2', 2).kind).toBe('new');
    expect(seen.see('+3', 3).kind).toBe('unknown');
    expect(seen.see('+1', 4)).toEqual({ kind: 'repeated', firstRow: 1 });
  });

  it('are what a Map would say', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: 1n, max: 999_999_999_999_999n }), { maxLength: 300 }),
        (numbers) => {
          const seen = new SeenNumbers();
          const rows = new Map<bigint, number>();
          [...numbers, ...numbers].forEach((number, row) => {
            const first = rows.get(number);
            const sighting = seen.see(`+${number}`, row);
            expect(sighting).toEqual(
              first === undefined ? { kind: 'new' } : { kind: 'repeated', firstRow: first },
            );
            if (first === undefined) rows.set(number, row);
          });
        },
      ),
    );
  });
});
