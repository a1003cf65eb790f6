import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { LEASE_MS, LedgerFixture, recipients, settlement } from '../../support/ledger-fixture.js';

describe('what the barrier knows of suppressions without looking each of them up', () => {
  let database: TestDatabase;
  let ledger: LedgerFixture;

  beforeAll(async () => {
    database = await createTestDatabase();
    ledger = LedgerFixture.connect(database.url);
  });

  afterAll(async () => {
    await ledger.close();
    await database.drop();
  });

  const suppression = (recipient: string, workspaceId = ledger.workspaceId) => ({
    workspaceId,
    recipients: [recipient],
    category: 'all' as const,
    reason: 'STOP',
    source: 'inbound',
  });

  const states = async (id: string): Promise<string[]> =>
    (await ledger.rowsOf(id)).map((row) => String(row.state));

  it('sees the opt-out of a transaction that was open when the dispatch was made', async () => {
    const people = recipients(3);
    await ledger.sql.withClient(async (client) => {
      await client.query('BEGIN');
      const open = {
        query: async (text: string, values: unknown[]) => (await client.query(text, values)).rows,
      };
      await ledger.suppressions.suppress(open as never, suppression(people[1]!));
      const id = await ledger.openDispatch(people);
      await client.query('COMMIT');
      await ledger.begin(id, 3);
      expect(await states(id)).toEqual(['inflight', 'skipped', 'inflight']);
    });
    await ledger.suppressions.lift(ledger.sql, ledger.workspaceId, people);
  });

  it('sees an opt-out between two barriers of one batch', async () => {
    const people = recipients(3);
    const id = await ledger.openDispatch(people);
    const { batch } = await ledger.begin(id, 1);
    await ledger.suppressions.suppress(ledger.sql, suppression(people[2]!));
    await ledger.barrier.pass(batch, [2, 3], 'marketing', LEASE_MS);
    expect(await states(id)).toEqual(['inflight', 'inflight', 'skipped']);
    expect(await ledger.progress.of(id)).toEqual(await ledger.progress.recount(id));
    await ledger.suppressions.lift(ledger.sql, ledger.workspaceId, people);
  });

  it('is not misled by the opt-outs of another workspace', async () => {
    const people = recipients(2);
    const id = await ledger.openDispatch(people);
    await ledger.suppressions.suppress(ledger.sql, suppression(people[0]!, randomUUID()));
    await ledger.begin(id, 2);
    expect(await states(id)).toEqual(['inflight', 'inflight']);
  });

  it('looks everybody up again after any start of Postgres, when transactions may be counted anew', async () => {
    const people = recipients(2);
    const id = await ledger.openDispatch(people);
    await ledger.suppressions.suppress(ledger.sql, suppression(people[0]!));
    // As on a copy whose transactions have lower numbers than those that the dispatch was made under.
    await ledger.sql.query(
      `UPDATE dispatches SET suppressions_seen = '900000000:900000000:', seen_on = seen_on - interval '1 day' WHERE id = $1`,
      [id],
    );
    await ledger.begin(id, 2);
    expect(await states(id)).toEqual(['skipped', 'inflight']);
    await ledger.suppressions.lift(ledger.sql, ledger.workspaceId, people);
  });

  it('keeps what the provider called two hundred messages in one row, and those of a careful settle one by one', async () => {
    const id = await ledger.openDispatch(recipients(200));
    const { batch } = await ledger.begin(id, 200);
    const all = Array.from({ length: 200 }, (_, index) => settlement(index + 1, 1));
    expect(await ledger.settles.settle(batch, all.slice(0, 199), 'receipts')).toBe(199);
    const receipts = await ledger.sql.query<{ seqs: number[]; provider_ids: string[] }>(
      'SELECT seqs, provider_ids FROM receipts WHERE dispatch_id = $1',
      [id],
    );
    expect(receipts).toHaveLength(1);
    expect(receipts[0]!.provider_ids[receipts[0]!.seqs.indexOf(42)]).toMatch(/^wamid\.42\.1\./);
    // Written again, as after a commit that was not heard, with one more: nothing is counted twice.
    expect(await ledger.settles.settle(batch, all, 'receipts')).toBe(1);
    expect(await ledger.progress.of(id)).toEqual(await ledger.progress.recount(id));
    const refs = await ledger.sql.query('SELECT FROM provider_refs WHERE dispatch_id = $1', [id]);
    expect(refs).toHaveLength(200);
  });
});
