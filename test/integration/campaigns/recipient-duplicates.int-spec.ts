import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RecipientRepository } from '../../../src/campaigns/audience/recipient.repository.js';
import { Sql } from '../../../src/database/sql.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';

const ROWS = 20_000;

let database: TestDatabase;
let sql: Sql;

beforeAll(async () => {
  database = await createTestDatabase();
  sql = new Sql({
    url: database.url,
    size: 2,
    name: 'spec',
    statementTimeoutMs: 20_000,
    onError: () => undefined,
  });
});

afterAll(async () => {
  await sql.end();
  await database.drop();
});

async function upload(): Promise<string> {
  const campaignId = randomUUID();
  await sql.query(
    `WITH workspace AS (INSERT INTO workspaces (name) VALUES ($1::text) RETURNING id)
     INSERT INTO campaigns (id, workspace_id, name, content, audience, status_by)
     SELECT $1::uuid, id, 'lista', '{}', '{}', 'spec' FROM workspace`,
    [campaignId],
  );
  await sql.query(
    `INSERT INTO campaign_recipients (campaign_id, workspace_id, row_number, recipient)
     SELECT $1, $1, n, '+52155' || (n % 15000) FROM generate_series(1, $2::int) AS n`,
    [campaignId, ROWS],
  );
  return campaignId;
}

it('marks the repeated rows of a big file at once, also when statistics know other campaigns only', async () => {
  await upload();
  await upload();
  await sql.query('ANALYZE campaign_recipients');
  const campaignId = await upload();
  const marked = await new RecipientRepository().markDuplicates(sql, campaignId);
  const [first] = await sql.query<{ first: number; n: number }>(
    `SELECT min(row_number)::int AS first, count(*)::int AS n FROM campaign_recipients WHERE reject = 'duplicate'`,
  );
  expect(marked).toBe(5000);
  expect(first).toEqual({ first: 15_001, n: 5000 });
});
