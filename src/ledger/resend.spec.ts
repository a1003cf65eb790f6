import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { needsConfirmation, positionAsCursor, positionOfCursor } from './resend.js';

const places = fc.record({ source: fc.nat({ max: 1000 }), seq: fc.nat({ max: 2 ** 31 - 1 }) });

describe('the place of a resend that is being written', () => {
  it('comes back from its cursor', () => {
    fc.assert(
      fc.property(places, (place) => {
        expect(positionOfCursor(positionAsCursor(place))).toEqual(place);
      }),
    );
  });

  it('grows from one dispatch to the next, and within each', () => {
    fc.assert(
      fc.property(places, places, (a, b) => {
        const isBefore = a.source < b.source || (a.source === b.source && a.seq < b.seq);
        expect(BigInt(positionAsCursor(a)) < BigInt(positionAsCursor(b))).toBe(isBefore);
      }),
    );
  });
});

describe('what may have arrived', () => {
  it('is sent again on a word only, what failed without', () => {
    expect(needsConfirmation(['failed'])).toBe(false);
    expect(needsConfirmation(['failed', 'unconfirmed'])).toBe(true);
    expect(needsConfirmation(['unknown'])).toBe(true);
  });
});
