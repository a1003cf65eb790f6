import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BarrierRepository } from '../../../src/ledger/barrier.repository.js';
import type { Sql } from '../../../src/database/sql.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { LEASE_MS, LedgerFixture, recipients } from '../../support/ledger-fixture.js';

/** Of this database: others share the server. */
const LOCK_WAITS = `
  SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;

describe('the barrier', () => {
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

  it('moves pending messages to inflight with the next attempt, and no message twice', async () => {
    const id = await ledger.openDispatch(recipients(5));
    const { batch, attempts } = await ledger.begin(id, 3);
    expect([...attempts.entries()].toSorted()).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
    const again = await ledger.barrier.pass(batch, [1, 2, 3, 4], 'marketing', LEASE_MS);
    expect(again.kind === 'passed' && [...again.attempts.keys()]).toEqual([4]);
    expect(await ledger.progress.of(id)).toMatchObject({ total: 5, inflight: 4, pending: 1 });
  });

  it('lets two workers that race for the same messages begin each of them once', async () => {
    const id = await ledger.openDispatch(recipients(200));
    const batch = await ledger.lease(id);
    const seqs = Array.from({ length: 200 }, (_, index) => index + 1);
    const results = await Promise.all(
      Array.from({ length: 8 }, () => ledger.barrier.pass(batch, seqs, 'marketing', LEASE_MS)),
    );
    const begun = results.flatMap((result) => (result.kind === 'passed' ? [...result.attempts.keys()] : []));
    expect(begun.toSorted((a, b) => a - b)).toEqual(seqs);
  });

  it('lets nothing through a closed gate', async () => {
    const id = await ledger.openDispatch(recipients(3));
    const batch = await ledger.lease(id);
    await ledger.gates.close({ dispatchId: id, changedBy: 'spec', reason: 'test' });
    expect(await ledger.barrier.pass(batch, [1, 2, 3], 'marketing', LEASE_MS)).toEqual({
      kind: 'gate-closed',
    });
    expect(await ledger.batches.lease(id, ledger.channelId, ledger.workerId, LEASE_MS)).toBeNull();
  });

  it('refuses a worker whose lease was taken over', async () => {
    const id = await ledger.openDispatch(recipients(3));
    const old = await ledger.lease(id, 0);
    await ledger.reaper.reap(10);
    const fresh = await ledger.lease(id);
    expect(fresh.fence).toBeGreaterThan(old.fence);
    expect(await ledger.barrier.pass(old, [1], 'marketing', LEASE_MS)).toEqual({ kind: 'lease-lost' });
    expect((await ledger.barrier.pass(fresh, [1], 'marketing', LEASE_MS)).kind).toBe('passed');
  });

  it('skips a recipient who opted out after the dispatch had started, and counts it', async () => {
    const people = recipients(4);
    const id = await ledger.openDispatch(people);
    await ledger.suppressions.suppress(ledger.sql, {
      workspaceId: ledger.workspaceId,
      recipients: [people[1]!],
      category: 'all',
      reason: 'STOP',
      source: 'inbound',
    });
    const { attempts } = await ledger.begin(id, 4);
    expect([...attempts.keys()].toSorted()).toEqual([1, 3, 4]);
    expect((await ledger.rowsOf(id))[1]).toMatchObject({
      state: 'skipped',
      last_code: 'suppressed',
      attempt: 0,
    });
    expect(await ledger.progress.of(id)).toMatchObject({ skipped: 1, inflight: 3, pending: 0 });
    await ledger.suppressions.lift(ledger.sql, ledger.workspaceId, people);
  });

  it('skips the suppressed already while the dispatch is prepared, and the second of two equal recipients', async () => {
    const [one, two] = recipients(2) as [string, string];
    await ledger.suppressions.suppress(ledger.sql, {
      workspaceId: ledger.workspaceId,
      recipients: [two],
      category: 'marketing',
      reason: '131050',
      source: 'provider',
    });
    const id = await ledger.openDispatch([one, two, one]);
    const rows = await ledger.rowsOf(id);
    expect(rows.map((row) => [row.state, row.last_code])).toEqual([
      ['pending', null],
      ['skipped', 'suppressed'],
      ['skipped', 'duplicate'],
    ]);
    expect(await ledger.progress.of(id)).toEqual(await ledger.progress.recount(id));
    await ledger.suppressions.lift(ledger.sql, ledger.workspaceId, [two]);
  });

  it('counts what it lets through as spent by the channel', async () => {
    const id = await ledger.openDispatch(recipients(7));
    const before = await ledger.usage.since(ledger.channelId, 0);
    await ledger.begin(id, 7);
    const after = await ledger.usage.since(ledger.channelId, 0);
    const sum = (usage: { sends: number }[]): number => usage.reduce((total, one) => total + one.sends, 0);
    expect(sum(after) - sum(before)).toBe(7);
  });

  it.each([
    ['', null],
    [', in its long form too', 'all'],
  ])('commits durably even where the server does not by default%s', async (_, optedOut) => {
    const people = recipients(2);
    const id = await ledger.openDispatch(people);
    const batch = await ledger.lease(id);
    if (optedOut !== null) {
      await ledger.suppressions.suppress(ledger.sql, {
        workspaceId: ledger.workspaceId,
        recipients: [people[1]!],
        category: 'all',
        reason: 'STOP',
        source: 'inbound',
      });
    }
    await ledger.sql.transaction(async (tx) => {
      await tx.query('SET LOCAL synchronous_commit = off');
      const { kind } = await new BarrierRepository(tx as Sql, ledger.suppressions).pass(
        batch,
        [1],
        'marketing',
        LEASE_MS,
      );
      expect(kind).toBe('passed');
      expect(await tx.query('SHOW synchronous_commit')).toEqual([{ synchronous_commit: 'on' }]);
    });
    await ledger.suppressions.lift(ledger.sql, ledger.workspaceId, people);
  });

  it('keeps a gate from being closed until it is committed', async () => {
    const id = await ledger.openDispatch(recipients(1));
    const batch = await ledger.lease(id);
    let isClosed = false;
    let closing: Promise<void> | undefined;
    await ledger.sql.transaction(async (tx) => {
      await new BarrierRepository(tx as Sql, ledger.suppressions).pass(batch, [1], 'marketing', LEASE_MS);
      closing = ledger.gates
        .close({ dispatchId: id, changedBy: 'spec', reason: null })
        .then(() => void (isClosed = true));
      await expect.poll(async () => isClosed || (await ledger.sql.query(LOCK_WAITS)).length > 0).toBe(true);
      expect(isClosed).toBe(false);
    });
    await closing;
    expect(await ledger.barrier.pass(batch, [1], 'marketing', LEASE_MS)).toEqual({ kind: 'gate-closed' });
  });

  it('is closed within a moment while many workers press through it, and lets nothing pass afterwards', async () => {
    const id = await ledger.openDispatch(recipients(4000), 100);
    let isClosed = false;
    const press = async (): Promise<void> => {
      for (let batch = await ledger.batches.lease(id, ledger.channelId, ledger.workerId, LEASE_MS); batch;) {
        for (const row of await ledger.batches.pending(batch)) {
          const wasClosed = isClosed;
          const result = await ledger.barrier.pass(batch, [row.seq], 'marketing', LEASE_MS);
          if (result.kind !== 'passed') return;
          expect(wasClosed).toBe(false);
        }
        batch = await ledger.batches.lease(id, ledger.channelId, ledger.workerId, LEASE_MS);
      }
    };
    const workers = Array.from({ length: 6 }, press);
    await expect.poll(async () => (await ledger.progress.of(id)).inflight).toBeGreaterThan(20);
    await ledger.gates.close({ dispatchId: id, changedBy: 'spec', reason: null });
    isClosed = true;
    const { inflight } = await ledger.progress.of(id);
    await Promise.all(workers);
    expect(inflight).toBeLessThan(4000);
    expect((await ledger.progress.of(id)).inflight).toBe(inflight);
  });

  it('that was passed unheard is undone by its own worker, and by it alone', async () => {
    const id = await ledger.openDispatch(recipients(4));
    const batch = await ledger.lease(id);
    await ledger.barrier.pass(batch, [1, 2], 'marketing', LEASE_MS);
    expect(await ledger.barrier.undo({ ...batch, fence: batch.fence + 1 }, [1, 2])).toBe(0);
    expect(await ledger.barrier.undo(batch, [2, 3])).toBe(1);
    expect(await ledger.progress.of(id)).toMatchObject({ total: 4, inflight: 1, pending: 3 });
    const again = await ledger.barrier.pass(batch, [2], 'marketing', LEASE_MS);
    expect(again.kind === 'passed' && [...again.attempts]).toEqual([[2, 2]]);
  });

  it('that is still running is waited for by the one that undoes it', async () => {
    const id = await ledger.openDispatch(recipients(3));
    const batch = await ledger.lease(id);
    let undone: Promise<number> | undefined;
    await ledger.sql.transaction(async (tx) => {
      const late = new BarrierRepository(tx as Sql, ledger.suppressions);
      await late.pass(batch, [1, 2, 3], 'marketing', LEASE_MS);
      undone = ledger.barrier.undo(batch, [1, 2, 3]);
      await expect.poll(() => ledger.sql.query(LOCK_WAITS)).not.toEqual([]);
    });
    expect(await undone).toBe(3);
    expect(await ledger.progress.of(id)).toMatchObject({ total: 3, inflight: 0, pending: 3 });
  });
});
