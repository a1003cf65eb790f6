import { describe, expect, it } from 'vitest';
import { isNestedDeeper } from './nesting.js';

const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

describe('isNestedDeeper', () => {
  it('counts lists and objects, and nothing else', () => {
    for (const flat of [null, undefined, 7, 'x', true]) expect(isNestedDeeper(flat, 0)).toBe(false);
    expect(isNestedDeeper({}, 0)).toBe(true);
    expect(isNestedDeeper({ a: 1, b: 'x', c: null }, 1)).toBe(false);
    expect(isNestedDeeper([1, { a: { b: 1 } }, 2], 3)).toBe(false);
    expect(isNestedDeeper([1, { a: { b: 1 } }, 2], 2)).toBe(true);
  });

  it('is exact at its limit, and survives what no recursion would', () => {
    expect(isNestedDeeper(nested(100), 100)).toBe(false);
    expect(isNestedDeeper(nested(101), 100)).toBe(true);
    expect(isNestedDeeper(nested(200_000), 100)).toBe(true);
  });
});
