import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StatusEvidence } from '../../../src/ledger/status.repository.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { LEASE_MS, LedgerFixture, recipients, settlement } from '../../support/ledger-fixture.js';

const TRAIL = { outcome: 'unknown', code: 'timeout', reason: 'No answer in time.' };

describe('settling', () => {
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

  const expectCountersToEqualARecount = async (id: string): Promise<void> => {
    expect(await ledger.progress.of(id)).toEqual(await ledger.progress.recount(id));
  };

  const evidence = (id: string, seq: number, status: StatusEvidence['status']): StatusEvidence => ({
    dispatchId: id,
    seq,
    attempt: 1,
    channelId: ledger.channelId,
    status,
    at: { sent: null, delivered: null, read: null, failed: null, [status]: new Date() },
    code: status === 'failed' ? '131026' : null,
    reason: status === 'failed' ? 'Not on WhatsApp.' : null,
  });

  const apply = (...all: StatusEvidence[]) => ledger.sql.transaction((tx) => ledger.statuses.apply(tx, all));

  it('writes every kind of outcome with its counters, references and trail', async () => {
    const id = await ledger.openDispatch(recipients(4));
    const { batch } = await ledger.begin(id, 4);
    await ledger.settles.settle(batch, [
      settlement(1, 1),
      settlement(2, 1, {
        state: 'failed',
        providerId: null,
        trail: { outcome: 'rejected', code: '131026', reason: 'x' },
      }),
      settlement(3, 1, { state: 'unknown', providerId: null, trail: TRAIL }),
      settlement(4, 1, {
        state: 'pending',
        providerId: null,
        triesSpent: 1,
        againInMs: 60_000,
      }),
    ]);
    expect((await ledger.rowsOf(id)).map((row) => [row.state, row.tries])).toEqual([
      ['accepted', 0],
      ['failed', 0],
      ['unknown', 0],
      ['pending', 1],
    ]);
    await expectCountersToEqualARecount(id);
    const trail = await ledger.sql.query(
      'SELECT seq, code FROM attempts WHERE dispatch_id = $1 ORDER BY seq',
      [id],
    );
    expect(trail).toEqual([
      { seq: 2, code: '131026' },
      { seq: 3, code: 'timeout' },
    ]);
    const refs = await ledger.sql.query('SELECT provider_id FROM provider_refs WHERE dispatch_id = $1', [id]);
    expect(refs).toEqual([{ provider_id: expect.stringMatching(/^wamid\.1\.1\./) }]);
  });

  it('does nothing for an attempt that is not the current one, nor when it is repeated', async () => {
    const id = await ledger.openDispatch(recipients(1));
    const { batch } = await ledger.begin(id, 1);
    expect(await ledger.settles.settle(batch, [settlement(1, 7)])).toBe(0);
    expect(await ledger.settles.settle(batch, [settlement(1, 1)])).toBe(1);
    expect(await ledger.settles.settle(batch, [settlement(1, 1, { state: 'unknown', trail: TRAIL })])).toBe(
      0,
    );
    expect((await ledger.rowsOf(id))[0]!.state).toBe('accepted');
    await expectCountersToEqualARecount(id);
  });

  it('takes no late answer of an earlier attempt for one of the attempt that is out', async () => {
    const id = await ledger.openDispatch(recipients(1));
    const { batch } = await ledger.begin(id, 1);
    await ledger.settles.settle(batch, [settlement(1, 1, { state: 'pending', triesSpent: 1, trail: TRAIL })]);
    const again = await ledger.barrier.pass(batch, [1], 'marketing', LEASE_MS);
    expect(again.kind === 'passed' && [...again.attempts]).toEqual([[1, 2]]);
    expect(await ledger.settles.settle(batch, [settlement(1, 1, { providerId: 'wamid.late' })])).toBe(0);
    expect((await ledger.rowsOf(id))[0]).toMatchObject({ state: 'inflight', attempt: 2 });
    await expectCountersToEqualARecount(id);
  });

  it('takes an id for the first message that had it, and calls the others unknown', async () => {
    const id = await ledger.openDispatch(recipients(6));
    const { batch } = await ledger.begin(id, 6);
    const called = (seq: number, providerId: string) => settlement(seq, 1, { providerId });
    await ledger.settles.settle(batch, [called(1, 'wamid.one'), called(2, 'wamid.two')]);
    // One id of a message from before, and one twice among the new ones.
    const shared = ['wamid.one', 'wamid.three', 'wamid.three', 'wamid.four'];
    const settled = shared.map((providerId, index) => called(index + 3, providerId));
    expect(await ledger.settles.settle(batch, settled)).toBe(4);
    const accepted = ['accepted', 'accepted'];
    const states = [...accepted, 'unknown', 'accepted', 'unknown', 'accepted'];
    expect((await ledger.rowsOf(id)).map((row) => row.state)).toEqual(states);
    const trail = await ledger.sql.query(
      'SELECT seq, code FROM attempts WHERE dispatch_id = $1 ORDER BY seq',
      [id],
    );
    expect(trail).toEqual([
      { seq: 3, code: 'shared_id' },
      { seq: 5, code: 'shared_id' },
    ]);
    // The same once more, as after a commit that was not heard: each has its own id.
    expect(await ledger.settles.settle(batch, [called(1, 'wamid.one'), called(2, 'wamid.two')])).toBe(0);
    expect((await ledger.rowsOf(id)).map((row) => row.state)).toEqual(states);
    await expectCountersToEqualARecount(id);
  });

  it('calls open calls unknown when their lease ends, never pending, and frees the rest of the batch', async () => {
    const id = await ledger.openDispatch(recipients(6));
    const { batch } = await ledger.begin(id, 2, 0);
    const reaped = await ledger.reaper.reap(10);
    expect(reaped.unknown).toBeGreaterThanOrEqual(2);
    expect((await ledger.rowsOf(id)).map((row) => row.state)).toEqual([
      'unknown',
      'unknown',
      'pending',
      'pending',
      'pending',
      'pending',
    ]);
    await expectCountersToEqualARecount(id);
    // The worker wakes up: its evidence for the same attempt lifts the unknown, but gives nothing back to pending.
    await ledger.settles.settle(batch, [
      settlement(1, 1),
      settlement(2, 1, { state: 'pending', providerId: null }),
    ]);
    expect((await ledger.rowsOf(id)).slice(0, 2).map((row) => row.state)).toEqual(['accepted', 'unknown']);
    await expectCountersToEqualARecount(id);
  });

  it('keeps a batch from its worker while an answer is not written', async () => {
    const id = await ledger.openDispatch(recipients(2));
    const { batch } = await ledger.begin(id, 1);
    expect(await ledger.batches.release(batch, null)).toEqual({ readyInMs: null });
    expect(await ledger.progress.batches(id)).toMatchObject({ leased: 1, done: 0 });
    await ledger.settles.settle(batch, [settlement(1, 1)]);
    expect((await ledger.batches.release(batch, null)).readyInMs).toBeTypeOf('number');
    expect(await ledger.progress.batches(id)).toMatchObject({ waiting: 1, leased: 0 });
  });

  it('ends a batch with nothing pending, and gives one back not before its earliest retry', async () => {
    const id = await ledger.openDispatch(recipients(2), 1);
    const first = await ledger.begin(id, 1);
    await ledger.settles.settle(first.batch, [settlement(1, 1)]);
    await ledger.batches.release(first.batch, null);
    const second = await ledger.begin(id, 1);
    await ledger.settles.settle(second.batch, [
      settlement(2, 1, { state: 'pending', providerId: null, triesSpent: 1, againInMs: 30_000 }),
    ]);
    const { readyInMs } = await ledger.batches.release(second.batch, null);
    expect(readyInMs).toBeLessThanOrEqual(30_000);
    expect(readyInMs).toBeGreaterThan(25_000);
    expect(await ledger.batches.lease(id, ledger.channelId, ledger.workerId, 1000)).toBeNull();
    expect(await ledger.progress.batches(id)).toEqual({ total: 2, leased: 0, waiting: 1, done: 1 });
  });

  it('carries a message forward by statuses in any order, counted once', async () => {
    const id = await ledger.openDispatch(recipients(3));
    const { batch } = await ledger.begin(id, 3);
    await apply(evidence(id, 1, 'read'));
    await ledger.settles.settle(batch, [settlement(1, 1), settlement(2, 1), settlement(3, 1)]);
    await apply(evidence(id, 1, 'sent'), evidence(id, 2, 'delivered'), evidence(id, 3, 'failed'));
    await apply(evidence(id, 2, 'failed'), evidence(id, 3, 'delivered'));
    await apply(evidence(id, 1, 'delivered'));
    expect((await ledger.rowsOf(id)).map((row) => row.state)).toEqual(['read', 'delivered', 'delivered']);
    await expectCountersToEqualARecount(id);
    const [first] = await ledger.sql.query<{ sent_at: Date; delivered_at: Date; read_at: Date }>(
      'SELECT sent_at, delivered_at, read_at FROM messages WHERE dispatch_id = $1 AND seq = 1',
      [id],
    );
    expect(Object.values(first!).every((at) => at instanceof Date)).toBe(true);
  });

  it('leaves a message alone when the status comes from another channel or names an attempt that was never made', async () => {
    const id = await ledger.openDispatch(recipients(1));
    const { batch } = await ledger.begin(id, 1);
    await ledger.settles.settle(batch, [settlement(1, 1)]);
    expect(await apply({ ...evidence(id, 1, 'read'), channelId: ledger.workspaceId })).toEqual([]);
    expect(await apply({ ...evidence(id, 1, 'read'), attempt: 2 })).toEqual([]);
    expect((await ledger.rowsOf(id))[0]!.state).toBe('accepted');
  });

  it('cancels what is pending behind a closed gate, batch by batch, and nothing behind an open one', async () => {
    const id = await ledger.openDispatch(recipients(25), 10);
    const { batch } = await ledger.begin(id, 3);
    expect(await ledger.cancels.cancelReady(id, 10)).toBe(0);
    await ledger.gates.close({ dispatchId: id, changedBy: 'spec', reason: null });
    expect(await ledger.cancels.cancelReady(id, 10)).toBe(2);
    await ledger.settles.settle(batch, [settlement(1, 1), settlement(2, 1), settlement(3, 1)]);
    await ledger.batches.release(batch, null);
    expect(await ledger.cancels.cancelReady(id, 10)).toBe(1);
    expect(await ledger.progress.of(id)).toMatchObject({
      accepted: 3,
      cancelled: 22,
      pending: 0,
      inflight: 0,
    });
    await expectCountersToEqualARecount(id);
  });
});
