import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INT_ARRAY_OID, pgReaderOf, readerOf } from './type-readers.js';

const TEXT_OID = 25;

describe('lists of numbers that Postgres answers', () => {
  const read = readerOf(INT_ARRAY_OID);

  it('are read as pg reads them, missing ones and lists of lists as well', () => {
    const numbers = fc.array(fc.option(fc.integer()));
    fc.assert(
      fc.property(fc.oneof(numbers, fc.array(numbers, { minLength: 1 })), (list) => {
        const literal = JSON.stringify(list)
          .replaceAll('[', '{')
          .replaceAll(']', '}')
          .replaceAll('null', 'NULL');
        expect(read(literal)).toEqual(pgReaderOf(INT_ARRAY_OID)(literal));
      }),
    );
  });

  it('keep their order and their signs', () => {
    expect(read('{3,-1,2147483647}')).toEqual([3, -1, 2_147_483_647]);
    expect(read('{}')).toEqual([]);
  });
});

describe('what is no list of numbers', () => {
  it('is left to pg', () => {
    expect(readerOf(TEXT_OID)).toBe(pgReaderOf(TEXT_OID));
  });
});
