import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BatchMoves, type BatchMove } from '../../../src/ledger/batch-move.repository.js';
import type { LeasedBatch } from '../../../src/ledger/dispatch.js';
import { MessageTargetRepository } from '../../../src/router/application/message-target.repository.js';
import { StatusApplication } from '../../../src/router/application/status-application.js';
import type { StatusElement } from '../../../src/router/application/webhook-body.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { LEASE_MS, LedgerFixture, recipients, settlement } from '../../support/ledger-fixture.js';

describe('moving batches between channels', () => {
  let database: TestDatabase;
  let ledger: LedgerFixture;
  let moves: BatchMoves;
  let other: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    ledger = LedgerFixture.connect(database.url);
    moves = new BatchMoves(ledger.sql);
    other = randomUUID();
  });

  afterAll(async () => {
    await ledger?.close();
    await database?.drop();
  });

  async function pool(count: number, batchSize = 10): Promise<string> {
    const dispatchId = await ledger.openDispatch(recipients(count), batchSize);
    await moves.allow(ledger.sql, dispatchId, [ledger.channelId, other]);
    return dispatchId;
  }

  function move(dispatchId: string, messages: number, over: Partial<BatchMove> = {}): Promise<number> {
    const order: BatchMove = {
      dispatchId,
      from: ledger.channelId,
      to: other,
      messages,
      which: 'any',
      ...over,
    };
    return ledger.sql.transaction((tx) => moves.move(tx, order));
  }

  function batchesOf(dispatchId: string) {
    return ledger.sql.query<{ no: number; isOther: boolean; first: number; last: number; fence: number }>(
      `SELECT batch_no AS no, channel_id = $2 AS "isOther", first_seq AS first, last_seq AS last, fence
       FROM batches WHERE dispatch_id = $1 ORDER BY first_seq`,
      [dispatchId, other],
    );
  }

  async function leaseOf(dispatchId: string, channelId: string): Promise<LeasedBatch> {
    const batch = await ledger.batches.lease(dispatchId, channelId, ledger.workerId, LEASE_MS);
    if (batch === null) throw new Error('no batch was ready');
    return batch;
  }

  async function beginOn(dispatchId: string, channelId: string) {
    const batch = await leaseOf(dispatchId, channelId);
    const rows = await ledger.batches.pending(batch);
    const seqs = rows.map(({ seq }) => seq);
    const passed = await ledger.barrier.pass(batch, seqs, 'marketing', LEASE_MS);
    if (passed.kind !== 'passed') throw new Error(`the barrier said ${passed.kind}`);
    return { batch, attempts: passed.attempts };
  }

  const sent = (dispatchId: string, seq: number, attempt: number) =>
    settlement(seq, attempt, { providerId: `${dispatchId}.${seq}.${attempt}` });

  it('takes whole batches from the end, and cuts one for the rest', async () => {
    const dispatchId = await pool(50);
    expect(await move(dispatchId, 23)).toBe(23);
    const batches = await batchesOf(dispatchId);
    expect(batches.map(({ isOther, first, last }) => [isOther, first, last])).toEqual([
      [false, 1, 10],
      [false, 11, 20],
      [false, 21, 27],
      [true, 28, 30],
      [true, 31, 40],
      [true, 41, 50],
    ]);
    expect(batches.map(({ no }) => no)).toEqual([1, 2, 3, 6, 4, 5]);
    expect(batches.slice(2).every(({ fence }) => fence === 1)).toBe(true);
    expect(await ledger.progress.batches(dispatchId)).toEqual({ total: 6, leased: 0, waiting: 6, done: 0 });
  });

  it('never moves a batch that somebody has leased', async () => {
    const dispatchId = await pool(20);
    const leased = await leaseOf(dispatchId, ledger.channelId);
    expect(await move(dispatchId, 20)).toBe(10);
    const batches = await batchesOf(dispatchId);
    expect(batches.find(({ no }) => no === leased.batchNo)?.isOther).toBe(false);
  });

  it('cuts by what is pending, however much of a batch was sent', async () => {
    const dispatchId = await pool(10);
    const { batch, attempts } = await ledger.begin(dispatchId, 7);
    await ledger.settles.settle(
      batch,
      [...attempts].map(([seq, attempt]) =>
        seq === 2
          ? settlement(seq, attempt, { state: 'pending', providerId: null })
          : settlement(seq, attempt),
      ),
    );
    await ledger.batches.release(batch, null);
    const [group] = (await moves.open()).find((one) => one.dispatchId === dispatchId)!.groups;
    expect(group).toMatchObject({ ready: 4, leased: 0, stickyTo: null, movable: true });
    expect(await move(dispatchId, 2)).toBe(2);
    expect((await batchesOf(dispatchId)).map(({ isOther, first, last }) => [isOther, first, last])).toEqual([
      [false, 1, 8],
      [true, 9, 10],
    ]);
  });

  it('refuses an old barrier on a batch that has moved since', async () => {
    const dispatchId = await pool(10);
    const before = await ledger.lease(dispatchId);
    await ledger.batches.release(before, null);
    await move(dispatchId, 10);
    expect(await ledger.barrier.pass(before, [1, 2], 'marketing', LEASE_MS)).toEqual({ kind: 'lease-lost' });
    const now = await leaseOf(dispatchId, other);
    expect(now.fence).toBeGreaterThan(before.fence + 1);
    expect(await ledger.barrier.pass(before, [1, 2], 'marketing', LEASE_MS)).toEqual({ kind: 'lease-lost' });
  });

  it('gives a message its channel at the barrier, and leaves those that were sent before on theirs', async () => {
    const dispatchId = await pool(10);
    const { batch, attempts } = await ledger.begin(dispatchId, 4);
    await ledger.settles.settle(
      batch,
      [...attempts].map(([seq, attempt]) => sent(dispatchId, seq, attempt)),
    );
    await ledger.batches.release(batch, null);
    expect(await move(dispatchId, 6)).toBe(6);
    const moved = await beginOn(dispatchId, other);
    expect(moved.attempts.size).toBe(6);
    await ledger.settles.settle(
      moved.batch,
      [...moved.attempts].map(([seq, attempt]) => sent(dispatchId, seq, attempt)),
    );
    const rows = await ledger.sql.query<{ isOther: boolean; n: number; refs: number; sends: number }>(
      `SELECT m.channel_id = $2 AS "isOther", count(*)::int AS n,
              (SELECT count(*)::int FROM provider_refs r WHERE r.dispatch_id = $1 AND r.channel_id = m.channel_id) AS refs
       FROM messages m WHERE m.dispatch_id = $1 GROUP BY m.channel_id ORDER BY 1`,
      [dispatchId, other],
    );
    expect(rows).toEqual([
      { isOther: false, n: 4, refs: 4 },
      { isOther: true, n: 6, refs: 6 },
    ]);
    const spent = await ledger.usage.since(other, Date.now() - 120_000);
    expect(spent.reduce((sum, { sends }) => sum + sends, 0)).toBeGreaterThanOrEqual(6);
    expect(await ledger.progress.of(dispatchId)).toEqual(await ledger.progress.recount(dispatchId));
  });

  it('applies what both channels say of a message that the first could not send', async () => {
    const dispatchId = await pool(2);
    const first = await ledger.begin(dispatchId, 2);
    const trail = { outcome: 'throttled', code: '130429', reason: 'too fast' };
    await ledger.settles.settle(
      first.batch,
      [...first.attempts].map(([seq, attempt]) =>
        settlement(seq, attempt, { state: 'pending', providerId: null, trail }),
      ),
    );
    await ledger.batches.release(first.batch, null);
    await move(dispatchId, 2);
    const second = await beginOn(dispatchId, other);
    await ledger.settles.settle(
      second.batch,
      [...second.attempts].map(([seq, attempt]) => settlement(seq, attempt)),
    );
    const status = (seq: number, attempt: number, channelId: string): StatusElement => ({
      event: { id: '1' } as StatusElement['event'],
      channelIds: [channelId],
      update: {
        kind: 'status',
        element: 0,
        accountRef: 'spec',
        providerId: 'other',
        correlationId: `${dispatchId}:${seq}:${attempt}`,
        status: 'delivered',
        at: new Date(),
      },
    });
    const foreign = status(2, 1, randomUUID());
    const application = new StatusApplication(
      new MessageTargetRepository(),
      ledger.statuses,
      ledger.suppressions,
    );
    const applied = await ledger.sql.transaction((tx) =>
      application.apply(tx, [status(1, 2, other), status(2, 1, ledger.channelId), foreign]),
    );
    expect(applied).toEqual({ unresolved: [], foreign: [foreign] });
    expect((await ledger.rowsOf(dispatchId)).map(({ state }) => state)).toEqual(['delivered', 'delivered']);
    expect(await ledger.progress.of(dispatchId)).toEqual(await ledger.progress.recount(dispatchId));
  });

  it('knows nothing of a dispatch whose gate is shut, and lets one transaction move at a time', async () => {
    const dispatchId = await pool(20);
    await ledger.sql.transaction(async (tx) => {
      expect(await moves.lock(tx, dispatchId)).toMatchObject({
        dispatchId,
        channelIds: [ledger.channelId, other],
      });
      await ledger.sql.transaction(async (rival) => expect(await moves.lock(rival, dispatchId)).toBeNull());
    });
    await ledger.gates.close({ dispatchId, changedBy: 'spec', reason: null });
    await ledger.sql.transaction(async (tx) => expect(await moves.lock(tx, dispatchId)).toBeNull());
  });

  it('keeps every message in exactly one batch while workers lease and others move and cut', async () => {
    const dispatchId = await pool(3000, 50);
    const isOver = async (): Promise<boolean> => (await ledger.progress.of(dispatchId)).pending === 0;
    const work = async (channelId: string): Promise<void> => {
      while (!(await isOver())) {
        const batch = await ledger.batches.lease(dispatchId, channelId, ledger.workerId, LEASE_MS);
        if (batch === null) continue;
        const seqs = (await ledger.batches.pending(batch)).map(({ seq }) => seq).slice(0, 30);
        const passed = await ledger.barrier.pass(batch, seqs, 'marketing', LEASE_MS);
        if (passed.kind === 'passed') {
          const all = [...passed.attempts].map(([seq, attempt]) => sent(dispatchId, seq, attempt));
          await ledger.settles.settle(batch, all);
        }
        await ledger.batches.release(batch, null);
      }
    };
    const shuffle = async (from: string, to: string): Promise<void> => {
      while (!(await isOver())) await move(dispatchId, 77, { from, to });
    };
    await Promise.all([
      work(ledger.channelId),
      work(other),
      work(other),
      shuffle(ledger.channelId, other),
      shuffle(other, ledger.channelId),
    ]);
    const [sound] = await ledger.sql.query<{ batches: number; covered: number; top: number; count: number }>(
      `SELECT count(*)::int AS batches, sum(last_seq - first_seq + 1)::int AS covered, max(batch_no) AS top,
              (SELECT batch_count FROM dispatches WHERE id = $1) AS count
       FROM batches WHERE dispatch_id = $1`,
      [dispatchId],
    );
    expect(sound!.covered).toBe(3000);
    expect(sound!.top).toBe(sound!.count);
    const rows = await ledger.rowsOf(dispatchId);
    expect(rows.every(({ state, attempt }) => state === 'accepted' && attempt === 1)).toBe(true);
    expect(await ledger.progress.of(dispatchId)).toEqual(await ledger.progress.recount(dispatchId));
  });
});
