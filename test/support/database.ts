import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

export interface TestRedis {
  url: string;
  /** Of this call alone: every key of a spec begins with it, so that specs share one Redis and no key. */
  prefix: string;
}

/** A migrated, empty database of the caller's own. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${uniqueSuffix()}`;
  await asAdmin(`CREATE DATABASE ${name} TEMPLATE ${inject('templateDatabase')}`);
  const url = new URL(inject('adminUrl'));
  url.pathname = `/${name}`;
  return {
    url: url.href,
    // FORCE: a spec that killed a worker leaves connections that nobody closes.
    drop: () => asAdmin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

export function testRedis(): TestRedis {
  return { url: inject('redisUrl'), prefix: `test-${uniqueSuffix()}` };
}

function uniqueSuffix(): string {
  return randomBytes(6).toString('hex');
}

async function asAdmin(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('adminUrl') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
