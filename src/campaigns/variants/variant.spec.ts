import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundsOf, contentsOf, dispatchContentOf, variantNameOf, type Variant } from './variant.js';

const weights = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 5 });

/** What Postgres does with the bounds, and a part of 0 to 1. */
const bucketOf = (part: number, bounds: readonly number[]): number =>
  bounds.filter((bound) => part >= bound).length;

describe('the parts of variants', () => {
  it('are as large as their weights', () => {
    fc.assert(
      fc.property(weights, (given) => {
        const total = given.reduce((sum, weight) => sum + weight, 0);
        const ends = [...boundsOf(given), 1];
        const sizes = ends.map((end, index) => end - (ends[index - 1] ?? 0));
        sizes.forEach((size, index) => expect(size).toBeCloseTo(given[index]! / total, 9));
      }),
    );
  });

  it('rise, so that every recipient has one variant, and each variant has somebody', () => {
    fc.assert(
      fc.property(weights, fc.double({ min: 0, max: 1, noNaN: true }), (given, part) => {
        const bounds = boundsOf(given);
        expect(bounds).toHaveLength(given.length - 1);
        expect(bounds.toSorted((a, b) => a - b)).toEqual(bounds);
        expect(bounds.every((bound) => bound > 0 && bound < 1)).toBe(true);
        const bucket = bucketOf(part, bounds);
        expect(bucket >= 0 && bucket < given.length).toBe(true);
      }),
    );
  });
});

describe('what a campaign says', () => {
  const text = (words: string) => ({ type: 'text', text: words }) as const;
  const variants: Variant[] = [
    { name: 'A', content: text('uno'), weight: 1 },
    { name: 'B', content: text('dos'), weight: 3 },
  ];

  it('is one content, several, or none of its own', () => {
    expect(contentsOf({ content: text('uno') })).toEqual([text('uno')]);
    expect(contentsOf({ content: text('uno'), variants })).toEqual([text('uno'), text('dos')]);
    expect(contentsOf({ content: null, variants: null })).toEqual([]);
  });

  it('goes to its dispatch as a list where there are several', () => {
    expect(dispatchContentOf({ content: text('uno'), variants: null })).toEqual(text('uno'));
    expect(dispatchContentOf({ content: text('uno'), variants })).toEqual([text('uno'), text('dos')]);
    expect(dispatchContentOf({ content: null })).toBeNull();
  });

  it('has names for what a message holds the place of', () => {
    expect([0, 1, null].map((variant) => variantNameOf(variant, variants))).toEqual(['A', 'B', null]);
    expect(variantNameOf(null, null)).toBeNull();
  });
});
