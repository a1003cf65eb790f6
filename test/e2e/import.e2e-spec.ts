import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workbookOfRows } from '../integration/import-workbook.js';
import { startCaudal, type CaudalProcess } from '../support/caudal-process.js';
import { createTestDatabase, testRedis, type TestDatabase } from '../support/database.js';

const ROWS = 100_000;
const KILLS = 3;
const ADMIN_KEY = 'cdl_a_key_for_tests_that_is_long_enough';
const WAIT = { timeout: 60_000, interval: 20 };

/** Every hundredth number is none, every fiftieth that of the row before. */
function rowsFrom(first: number): (string | number)[][] {
  const rows = Array.from({ length: ROWS }, (_, i) => [
    i % 100 === 7 ? 'none' : first + (i % 50 === 1 ? i - 1 : i),
    `Persona ${i}`,
  ]);
  return [['telefono', 'nombre'], ...rows];
}

const CREATED = 97_000;
const FAILED = 3000;

interface ImportState {
  readonly status: string;
  readonly rows: Readonly<Record<'read' | 'created' | 'updated' | 'unchanged' | 'failed', number>>;
}

describe('an import in a process that is killed', () => {
  let database: TestDatabase;
  let client: pg.Client;
  let dataDir: string;
  let caudal: CaudalProcess;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    dataDir = await mkdtemp(join(tmpdir(), 'caudal-import-'));
    caudal = await start();
  });
  afterAll(async () => {
    caudal?.signal('SIGKILL');
    await caudal?.ended;
    await client?.end();
    await database?.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function start(): Promise<CaudalProcess> {
    const redis = testRedis();
    return startCaudal({
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      CAUDAL_REDIS_PREFIX: redis.prefix,
      CAUDAL_MASTER_KEY: 'a master key of thirty-two letters',
      CAUDAL_ADMIN_KEY: ADMIN_KEY,
      CAUDAL_DEFAULT_COUNTRY: 'MX',
      CAUDAL_DATA_DIR: dataDir,
      CAUDAL_LOG_LEVEL: 'warn',
    });
  }

  async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
    const headers = { authorization: `Bearer ${ADMIN_KEY}` };
    const answer = await fetch(`${caudal.baseUrl}/api/contacts/imports${path}`, { ...init, headers });
    return (await answer.json()) as T;
  }

  async function upload(file: Buffer): Promise<string> {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(file)]), 'lista.csv');
    return (await call<{ id: string }>('', { method: 'POST', body: form })).id;
  }

  const stateOf = (id: string) => call<ImportState>(`/${id}`);

  it.each([
    [
      'text',
      Buffer.from(
        rowsFrom(5_510_000_000)
          .map((row) => row.join(';'))
          .join('\n'),
      ),
    ],
    ['a workbook', workbookOfRows(rowsFrom(5_520_000_000))],
  ])('goes on from its last chunk in the next one, with nothing doubled: %s', async (_what, file) => {
    const id = await upload(file);
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const least = (kill * ROWS) / (KILLS + 2);
      await expect.poll(async () => (await stateOf(id)).rows.read, WAIT).toBeGreaterThanOrEqual(least);
      caudal.signal('SIGKILL');
      await caudal.ended;
      // Half a minute later in truth: the lease is not what is shown here.
      await client.query('UPDATE imports SET lease_until = now() WHERE id = $1', [id]);
      caudal = await start();
    }
    await expect.poll(async () => (await stateOf(id)).status, WAIT).toBe('done');
    const { rows } = await stateOf(id);
    expect(rows).toEqual({ read: ROWS, created: CREATED, updated: 0, unchanged: 0, failed: FAILED });
    const count = await client.query(
      `SELECT (SELECT count(*) FROM import_rejects WHERE import_id = $1)::int AS rejects,
              (SELECT count(*) FROM contacts WHERE created_at >= i.created_at)::int AS contacts,
              (SELECT count(DISTINCT recipient) FROM contacts WHERE created_at >= i.created_at)::int AS numbers
       FROM imports i WHERE id = $1`,
      [id],
    );
    expect(count.rows).toEqual([{ rejects: FAILED, contacts: CREATED, numbers: CREATED }]);
    expect(await readdir(join(dataDir, 'uploads'))).toEqual([]);
  });
});
