import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { HealthIndicators } from '../../../src/common/health-indicators.js';
import type { Config } from '../../../src/config/config.js';
import { OldSnapshots } from '../../../src/database/old-snapshots.js';
import { Sql } from '../../../src/database/sql.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';

const OLD_MS = 200;

describe('a transaction that stays open', () => {
  let database: TestDatabase;
  let sql: Sql;

  beforeAll(async () => {
    database = await createTestDatabase();
    sql = new Sql({
      url: database.url,
      size: 3,
      name: 'psql',
      statementTimeoutMs: 5000,
      onError: () => undefined,
    });
  });

  afterAll(async () => {
    await sql.end();
    await database.drop();
  });

  afterEach(() => vi.restoreAllMocks());

  function watch() {
    const indicators = new HealthIndicators();
    const snapshots = new OldSnapshots(indicators, sql, { database: { oldSnapshotMs: OLD_MS } } as Config);
    snapshots.onModuleInit();
    const health = async () => (await indicators.report()).components['snapshots'];
    const warnings = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    return { snapshots, health, warnings };
  }

  it('degrades the health while it is old and holds a snapshot, and is told of once with whose it is', async () => {
    const { snapshots, health, warnings } = watch();
    await sql.transaction(async (tx) => {
      await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      await tx.query('SELECT 1');
      await snapshots.run();
      expect(await health()).toMatchObject({ status: 'ok' });
      expect(warnings).not.toHaveBeenCalled();
      await expect.poll(health).toMatchObject({ status: 'degraded', reason: expect.stringContaining('0 s') });
      await snapshots.run();
      await snapshots.run();
      expect(warnings.mock.calls).toEqual([
        [
          expect.stringContaining('cleaned away'),
          {
            pid: expect.any(Number),
            application: 'psql',
            state: 'idle in transaction',
            since: expect.any(String),
          },
        ],
      ]);
    });
    expect(await health()).toMatchObject({ status: 'ok' });
  });

  it('holds nothing up as long as it has neither a snapshot nor a row of its own', async () => {
    const { health } = watch();
    await sql.transaction(async (tx) => {
      await tx.query('SELECT pg_sleep(0.3)');
      expect(await health()).toMatchObject({ status: 'ok' });
      await tx.query(`UPDATE chores SET position = position`);
      await tx.query(`INSERT INTO chores (name, subject, position) VALUES ('spec', '0', 0)`);
      expect(await health()).toMatchObject({ status: 'degraded' });
    });
  });
});
