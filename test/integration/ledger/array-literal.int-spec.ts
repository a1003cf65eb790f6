import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intArray, textArray } from '../../../src/database/array-literal.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { LedgerFixture } from '../../support/ledger-fixture.js';

describe('an array literal', () => {
  let database: TestDatabase;
  let ledger: LedgerFixture;

  beforeAll(async () => {
    database = await createTestDatabase();
    ledger = LedgerFixture.connect(database.url, 2);
  });

  afterAll(async () => {
    await ledger.close();
    await database.drop();
  });

  const read = async (type: string, literal: string): Promise<unknown> => {
    const [row] = await ledger.sql.query<{ value: unknown }>(`SELECT $1::${type}[] AS value`, [literal]);
    return row!.value;
  };

  it('comes back from Postgres as the texts that went in, whatever they hold', async () => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));
    const special = fc.constantFrom(
      'NULL',
      'null',
      '',
      ' ',
      '{}',
      '"',
      '\\',
      ',',
      'a,b',
      'wamid.x=',
      '\n',
      "'",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(text, special, fc.constant(null)), { maxLength: 20 }),
        async (values) => {
          expect(await read('text', textArray(values))).toEqual(values);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('comes back as the numbers that went in', async () => {
    expect(await read('int', intArray([1, null, -7]))).toEqual([1, null, -7]);
    expect(await read('float8', intArray([0.5, null]))).toEqual([0.5, null]);
  });
});
