import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { excerpt } from './table-row.js';

describe('what a reject shows of a value', () => {
  it('is its start, without half a character at the end', () => {
    expect(excerpt('Ana', 3)).toBe('Ana');
    expect(excerpt('Anabel', 3)).toBe('Ana');
    expect(excerpt('An𝕏bel', 3)).toBe('An\ufffd');
  });

  it('does not keep the rest in memory', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    collect();
    const before = process.memoryUsage().heapUsed;
    const kept = Array.from({ length: 200 }, (_, i) =>
      excerpt(Buffer.alloc(250_000, 65 + (i % 20)).toString(), 200),
    );
    collect();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(10_000_000);
    expect(kept).toHaveLength(200);
  });
});
