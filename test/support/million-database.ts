import pg from 'pg';
import { inject } from 'vitest';
import { Keyring } from '../../src/common/keyring.js';
import { SuppressionRepository } from '../../src/ledger/suppression.repository.js';
import { fillingOf, FILLING_FRESH, MILLION } from './million-rows.js';

/** What the planner knows of the rows: all that ANALYZE takes, or nothing, as when autovacuum has not come by yet. */
export type Knowledge = 'analysed' | 'never analysed';

const NAMES: Record<Knowledge, string> = {
  analysed: 'caudal_million',
  'never analysed': 'caudal_million_never_analysed',
};
/** "mill" in ASCII. */
const BUILD_LOCK = 0x6d_69_6c_6c;

export const millionSuppressions = new SuppressionRepository(
  new Keyring('a master key for tests, long enough'),
);

/**
 * The address of a database with a million messages, 200,000 suppressions, 300,000 contacts and all that goes with
 * them. Built by the first spec of a run that asks; the others wait for it. Nobody commits anything to it.
 */
export async function millionDatabase(knowledge: Knowledge): Promise<string> {
  const admin = new pg.Client({ connectionString: inject('adminUrl') });
  await admin.connect();
  try {
    await admin.query('SELECT pg_advisory_lock($1)', [BUILD_LOCK]);
    const { rows } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [NAMES[knowledge]]);
    if (rows.length === 0) await build(admin);
    return urlOf(NAMES[knowledge]);
  } finally {
    await admin.end();
  }
}

/** Under its final name only when it is whole. */
async function build(admin: pg.Client): Promise<void> {
  const raw = 'caudal_million_filling';
  await admin.query(`DROP DATABASE IF EXISTS ${raw} WITH (FORCE)`);
  await admin.query(`CREATE DATABASE ${raw} TEMPLATE ${inject('templateDatabase')}`);
  await on(raw, prepare);
  const indexes = await dropIndexes(raw);
  await Promise.all(fillingOf(millionSuppressions.pepper).map((statements) => runAll(raw, statements)));
  const odd = indexes.filter((_, index) => index % 2 === 1);
  const even = indexes.filter((_, index) => index % 2 === 0);
  await Promise.all([odd, even].map((statements) => runAll(raw, statements)));
  const copy = NAMES['never analysed'];
  await admin.query(`DROP DATABASE IF EXISTS ${copy} WITH (FORCE)`);
  await admin.query(`CREATE DATABASE ${copy} TEMPLATE ${raw} STRATEGY FILE_COPY`);
  await on(copy, (client) => client.query(FILLING_FRESH));
  await on(raw, async (client) => {
    await client.query('VACUUM (ANALYZE)');
    await client.query(FILLING_FRESH);
  });
  await admin.query(`ALTER DATABASE ${raw} RENAME TO ${NAMES.analysed}`);
}

/** Those that no constraint needs: to sort a million rows once is quicker than to insert them one by one. */
async function dropIndexes(database: string): Promise<readonly string[]> {
  return on(database, async (client) => {
    const { rows } = await client.query<{ name: string; definition: string }>(
      `SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
       FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
       WHERE t.relnamespace = 'public'::regnamespace
         AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
       ORDER BY t.relname`,
    );
    for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
    return rows.map(({ definition }) => definition);
  });
}

/** Autovacuum would come by at a moment of its own; what is made here needs no neighbours in other tables. */
async function prepare(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
  );
  for (const { name } of rows) await client.query(`ALTER TABLE ${name} SET (autovacuum_enabled = false)`);
  await client.query(`INSERT INTO workspaces (id, name) VALUES ($1, 'one'), ($2, 'other')`, [
    MILLION.workspaceId,
    MILLION.otherWorkspaceId,
  ]);
  await client.query(
    `INSERT INTO channels (id, workspace_id, name, provider, sealed_settings)
     VALUES ($1, $3, 'one', 'simulator', ''), ($2, $3, 'other', 'simulator', '')`,
    [MILLION.channelId, MILLION.otherChannelId, MILLION.workspaceId],
  );
  await client.query(
    `INSERT INTO imports (id, workspace_id, status, file_name, file_path, options, fence)
     VALUES ($1, $2, 'running', 'spec.csv', 'spec.csv', '{}', 1)`,
    [MILLION.importId, MILLION.workspaceId],
  );
  await client.query(
    `INSERT INTO campaigns (id, workspace_id, name, content, audience, status_by) VALUES ($1, $2, 'file', '{}', '{}', 'spec')`,
    [MILLION.campaignId, MILLION.workspaceId],
  );
}

async function runAll(database: string, statements: readonly string[]): Promise<void> {
  await on(database, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}

async function on<T>(database: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: urlOf(database) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function urlOf(database: string): string {
  const url = new URL(inject('adminUrl'));
  url.pathname = `/${database}`;
  return url.href;
}
