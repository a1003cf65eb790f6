import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IntakeSql, ReportSql, SendSql } from '../../../src/database/pools.js';
import { Sql } from '../../../src/database/sql.js';
import { LedgerFixture, recipients, settlement } from '../../support/ledger-fixture.js';
import { CampaignsFixture } from '../campaigns/campaigns-app.js';

const REPORT_CONNECTIONS = 2;

describe('the pools of a process', () => {
  let fixture: CampaignsFixture;

  beforeAll(async () => {
    fixture = await CampaignsFixture.start({
      CAUDAL_REPORT_POOL: String(REPORT_CONNECTIONS),
      CAUDAL_REPORT_TIMEOUT_MS: '500',
      CAUDAL_LEASE_MS: '14000',
    });
  });

  afterAll(() => fixture.stop());

  /** Reports that run and run, as many as there are connections and one more, which waits for one of theirs. */
  async function hangingReports(): Promise<{ end(): Promise<void> }> {
    const running = Array.from({ length: REPORT_CONNECTIONS + 1 }, () =>
      fixture
        .get(ReportSql)
        .transaction(async (tx) => {
          await tx.query('SET LOCAL statement_timeout = 0');
          await tx.query('SELECT pg_sleep(600)');
        })
        .catch((error: { code?: string }) => error.code),
    );
    const asleep = () =>
      fixture.sql.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'caudal-report' AND query = 'SELECT pg_sleep(600)'
           AND state = 'active'`,
      );
    await expect.poll(async () => (await asleep()).length, { timeout: 10_000 }).toBe(REPORT_CONNECTIONS);
    return {
      end: async () => {
        let left = running.length;
        for (const one of running) void one.then(() => (left -= 1));
        await expect
          .poll(
            async () => {
              for (const { pid } of await asleep())
                await fixture.sql.query('SELECT pg_cancel_backend($1)', [pid]);
              return left;
            },
            { timeout: 10_000 },
          )
          .toBe(0);
      },
    };
  }

  it('each says what it is for, and ends what takes too long for that', async () => {
    const said = async (pool: Sql) => {
      const [row] = await pool.query<Record<string, string>>(
        `SELECT current_setting('application_name') AS name, current_setting('statement_timeout') AS statement,
                current_setting('lock_timeout') AS lock,
                current_setting('idle_in_transaction_session_timeout') AS idle`,
      );
      return Object.values(row!);
    };
    expect(await said(fixture.get(Sql))).toEqual(['caudal-work', '30s', '10s', '30s']);
    expect(await said(fixture.get(SendSql))).toEqual(['caudal-send', '7s', '7s', '7s']);
    expect(await said(fixture.get(IntakeSql))).toEqual(['caudal-intake', '10s', '5s', '10s']);
    expect(await said(fixture.get(ReportSql))).toEqual(['caudal-report', '500ms', '2s', '10s']);
  });

  it('reports that hang hold up neither a barrier nor a settle nor the state of a campaign', async () => {
    const reports = await hangingReports();
    const ledger = new LedgerFixture(fixture.get(SendSql));
    const dispatchId = await ledger.openDispatch(recipients(3));
    const { batch, attempts } = await ledger.begin(dispatchId, 3);
    expect([...attempts.keys()]).toEqual([1, 2, 3]);
    const outcomes = [...attempts].map(([seq, attempt]) => settlement(seq, attempt));
    expect(await ledger.settles.settle(batch, outcomes)).toBe(3);
    expect((await fixture.call('GET', '/api/campaigns')).status).toBe(200);
    await reports.end();
  });

  it('a list that the database cannot give in time is a 504 that says so', async () => {
    const reply = await fixture.sql.transaction(async (tx) => {
      await tx.query('LOCK TABLE contacts IN ACCESS EXCLUSIVE MODE');
      return fixture.call('GET', '/api/contacts');
    });
    expect(reply).toMatchObject({
      status: 504,
      body: { code: 'database_too_slow', type: '/docs/errors#database_too_slow' },
    });
    expect((await fixture.call('GET', '/api/contacts')).status).toBe(200);
  });

  it('a list for which no connection is free is a 503 that says when to come again', async () => {
    const reports = await hangingReports();
    const reply = await fixture.call('GET', '/api/contacts');
    expect(reply).toMatchObject({ status: 503, body: { code: 'database_busy' } });
    await reports.end();
  }, 30_000);
});
