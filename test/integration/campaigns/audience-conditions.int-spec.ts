import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttributeCondition, Selection } from '../../../src/campaigns/audience/audience-condition.js';
import { filterConditions } from '../../../src/campaigns/audience/audience-filter.js';
import { parseConditions } from '../../../src/campaigns/audience/parse-conditions.js';
import { SqlParameters } from '../../../src/campaigns/sql-parameters.js';
import { isMatch } from '../../support/condition-judge.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { LedgerFixture } from '../../support/ledger-fixture.js';

const TODAY = '2026-03-01';

const words = [
  ...'Lima,LIMA ,límá,San José,san jose,JOSÉ,ñandú,Año,ﬁn,a,%,_,\',\\,{},"'.split(','),
  ...'true,Sí,NO,não,1,0,12,12.0,-3.5,+.5,5.,1e5,1 250,0x1f,NaN,.,-'.split(','),
  ...'2026-02-28,2026-02-29,2026-02-30,2026-03-01T10:00:00Z,2026-03-01 23:59,2026-03-011,01/03/2026'.split(
    ',',
  ),
  ...'2026-13-01,0000-01-01,2025-12-31,9999-12-31'.split(','),
  '1,250.50',
];
const number = fc.oneof(
  fc.integer({ min: -20, max: 20 }),
  fc.integer({ min: -2000, max: 2000 }).map((hundredths) => hundredths / 100),
);
const word = fc.oneof(fc.constantFrom(...words), number.map(String));
const stored = fc.oneof(
  { weight: 6, arbitrary: word },
  { weight: 2, arbitrary: number },
  fc.boolean(),
  fc.constantFrom('', ' \t', undefined, null, [], {}),
);
const day = fc.oneof(
  fc.constantFrom('2026-02-28', '2026-03-01', '2025-12-31').map((date) => ({ date })),
  fc.integer({ min: 0, max: 2 }).map((daysAgo) => ({ daysAgo })),
  fc.integer({ min: 0, max: 2 }).map((daysAhead) => ({ daysAhead })),
);
const scalar = fc.oneof(word, number, fc.boolean());
const condition = fc.oneof(
  fc.record({ op: fc.constantFrom('eq', 'ne'), value: fc.oneof(scalar, day) }),
  fc.record({ op: fc.constantFrom('in', 'notIn'), value: fc.array(scalar, { minLength: 1, maxLength: 4 }) }),
  fc.record({ op: fc.constantFrom('contains', 'startsWith'), value: word }),
  fc.record({ op: fc.constantFrom('gt', 'gte', 'lt', 'lte'), value: fc.oneof(number, day) }),
  fc.record({
    op: fc.constant('between'),
    value: fc.oneof(
      fc.tuple(number, number).map(([a, b]) => (a <= b ? [a, b] : [b, a])),
      fc.integer({ min: 0, max: 3 }).map((daysAgo) => [{ daysAgo }, { daysAhead: 1 }]),
    ),
  }),
  fc.record({ op: fc.constantFrom('exists', 'missing', 'isTrue', 'isFalse') }),
);

describe('conditions on attributes in Postgres', () => {
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

  /** Which of the contacts match, by their place in the list. */
  async function matching(
    contacts: readonly Readonly<Record<string, unknown>>[],
    attributes: readonly AttributeCondition[],
  ): Promise<number[]> {
    const p = new SqlParameters();
    const rows = p.add(contacts.map((contact) => JSON.stringify(contact)));
    const selection: Selection = {
      tags: [],
      anyTags: [],
      notTags: [],
      attributes,
      seenWithinDays: null,
      notSeenSinceDays: null,
      excludeCampaigns: [],
    };
    const spellings = new Map([
      ['valor', ['Valor', 'valor']],
      ['name', ['Nombre']],
    ]);
    const filter = {
      selections: [selection],
      at: new Date(),
      today: TODAY,
      spellings,
      excludedDispatches: [],
    };
    const where = filterConditions(filter, 'none', 'c', p).join(' AND ');
    const found = await ledger.sql.query<{ n: number }>(
      `SELECT (n - 1)::int AS n FROM unnest(${rows}::text[]) WITH ORDINALITY AS row (text, n)
       CROSS JOIN LATERAL (
         SELECT row.text::jsonb AS attributes, row.text::jsonb ->> 'ownName' AS name, '+5215512345678' AS recipient
       ) AS c
       WHERE ${where} ORDER BY n`,
      p.values,
    );
    return found.map(({ n }) => n);
  }

  it('choose whom the rules choose, whatever is stored and whatever is asked', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(stored, { minLength: 5, maxLength: 40 }),
        fc.array(condition, { minLength: 1, maxLength: 3 }),
        async (values, asked) => {
          const conditions = parseConditions(
            asked.map((one) => ({ key: 'VALOR', ...one })),
            'audience/attributes',
          );
          const expected = values.flatMap((value, n) =>
            conditions.every((one) => isMatch(value, one, TODAY)) ? [n] : [],
          );
          expect(
            await matching(
              values.map((valor) => ({ valor })),
              conditions,
            ),
          ).toEqual(expected);
        },
      ),
      { numRuns: 250 },
    );
  });

  it('find a value under any spelling of its name, the first that is not empty', async () => {
    const contacts = [{ Valor: 'x' }, { valor: 'x' }, { Valor: ' ', valor: 'x' }, { Valor: 'y', valor: 'x' }];
    expect(await matching(contacts, [{ key: 'VALOR', op: 'eq', value: 'X' }])).toEqual([0, 1, 2]);
  });

  it('know the name and the number that every contact has', async () => {
    const contacts = [{ ownName: 'Ana' }, { Nombre: 'ana' }, { ownName: 'Beto', Nombre: 'Ana' }];
    expect(await matching(contacts, [{ key: 'nombre', op: 'eq', value: 'ANA' }])).toEqual([0, 1]);
    expect(await matching(contacts, [{ key: 'Teléfono', op: 'startsWith', value: '+52' }])).toEqual([
      0, 1, 2,
    ]);
  });

  it('match nobody where the attribute has no spelling, but for what a missing one matches', async () => {
    expect(await matching([{ valor: 1 }], [{ key: 'otro', op: 'exists' }])).toEqual([]);
    expect(await matching([{ valor: 1 }], [{ key: 'otro', op: 'gt', value: 0 }])).toEqual([]);
    expect(await matching([{ valor: 1 }], [{ key: 'otro', op: 'missing' }])).toEqual([0]);
    expect(await matching([{ valor: 1 }], [{ key: 'otro', op: 'notIn', value: ['1'] }])).toEqual([0]);
  });

  it('take no number for one that Postgres has no room for', async () => {
    const contacts = [
      { valor: '9'.repeat(200_000) },
      { valor: `0.${'1'.repeat(20_000)}` },
      { valor: '9'.repeat(99) },
    ];
    expect(await matching(contacts, [{ key: 'valor', op: 'gt', value: 0 }])).toEqual([2]);
  });
});
