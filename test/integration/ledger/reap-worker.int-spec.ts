import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { LEASE_MS, LedgerFixture, recipients } from '../../support/ledger-fixture.js';

describe('reaping a worker that is proved to be dead', () => {
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

  it('gives back what it never began and calls the rest unknown, without waiting for the lease', async () => {
    const id = await ledger.openDispatch(recipients(6));
    const { batch } = await ledger.begin(id, 4);
    const reaped = await ledger.reaper.reapWorker(ledger.workerId, (row) => row.seq <= 2);
    expect(reaped).toEqual({ batches: 1, unknown: 2, givenBack: 2, isMoreLeft: false });
    expect((await ledger.rowsOf(id)).map((row) => [row.state, row.attempt])).toEqual([
      ['unknown', 1],
      ['unknown', 1],
      ['pending', 1],
      ['pending', 1],
      ['pending', 0],
      ['pending', 0],
    ]);
    expect(await ledger.progress.of(id)).toEqual(await ledger.progress.recount(id));
    // Whatever the dead worker still had on its way meets a higher fence.
    expect(await ledger.barrier.pass(batch, [3], 'marketing', LEASE_MS)).toEqual({ kind: 'lease-lost' });
    const again = await ledger.begin(id, 4);
    expect([...again.attempts.entries()].toSorted()).toEqual([
      [3, 2],
      [4, 2],
      [5, 1],
      [6, 1],
    ]);
  });

  it('touches no batch of another worker', async () => {
    const id = await ledger.openDispatch(recipients(2));
    await ledger.begin(id, 2);
    const reaped = await ledger.reaper.reapWorker(randomUUID(), () => false);
    expect(reaped).toMatchObject({ batches: 0, givenBack: 0 });
    expect(await ledger.progress.of(id)).toMatchObject({ inflight: 2 });
  });
});
