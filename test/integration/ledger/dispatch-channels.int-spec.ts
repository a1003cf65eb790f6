import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BatchMoves } from '../../../src/ledger/batch-move.repository.js';
import { DispatchChannels } from '../../../src/ledger/dispatch-channels.repository.js';
import type { LeasedBatch } from '../../../src/ledger/dispatch.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { LEASE_MS, LedgerFixture, recipients, settlement } from '../../support/ledger-fixture.js';

const PAUSE = { by: 'spec', at: '2026-11-22T00:00:00.000Z' };

describe('the channels of a dispatch that is being sent', () => {
  let database: TestDatabase;
  let ledger: LedgerFixture;
  let channels: DispatchChannels;
  let other: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    ledger = LedgerFixture.connect(database.url, 20);
    channels = new DispatchChannels(ledger.sql);
    other = randomUUID();
  });

  afterAll(async () => {
    await ledger?.close();
    await database?.drop();
  });

  /** `count` messages, every second batch on the other channel. */
  async function pool(count: number, batchSize = 10): Promise<string> {
    const id = await ledger.openDispatch(recipients(count), batchSize);
    await new BatchMoves(ledger.sql).allow(ledger.sql, id, [ledger.channelId, other]);
    await ledger.sql.query('UPDATE batches SET channel_id = $2 WHERE dispatch_id = $1 AND batch_no % 2 = 0', [
      id,
      other,
    ]);
    return id;
  }

  const pause = (id: string, channelId: string) =>
    ledger.sql.transaction(async (tx) => {
      await channels.lock(tx, id);
      await channels.pause(tx, id, channelId, PAUSE);
    });
  const resume = (id: string, channelId: string) =>
    ledger.sql.transaction(async (tx) => {
      await channels.lock(tx, id);
      await channels.resume(tx, id, channelId);
    });
  const remove = (id: string, channelId: string, to: readonly string[]) =>
    ledger.sql.transaction(async (tx) => {
      await channels.lock(tx, id);
      const parts = to.map((one) => ({ channelId: one, weight: 1 }));
      return channels.change(tx, id, { all: to, removed: [channelId] }, parts);
    });

  const lease = (id: string, channelId: string, leaseMs = LEASE_MS) =>
    ledger.batches.lease(id, channelId, ledger.workerId, leaseMs);

  async function pass(batch: LeasedBatch, most = 200) {
    const rows = (await ledger.batches.pending(batch)).slice(0, most);
    return ledger.barrier.pass(
      batch,
      rows.map(({ seq }) => seq),
      'marketing',
      LEASE_MS,
    );
  }

  const batchesOf = (id: string) =>
    ledger.sql.query<{ no: number; isOther: boolean; state: string }>(
      `SELECT batch_no AS no, channel_id = $2 AS "isOther", state FROM batches WHERE dispatch_id = $1 ORDER BY batch_no`,
      [id, other],
    );

  async function settle(batch: LeasedBatch, attempts: ReadonlyMap<number, number>): Promise<void> {
    const settlements = [...attempts].map(([seq, attempt]) =>
      settlement(seq, attempt, { providerId: `${batch.dispatchId}.${seq}.${attempt}` }),
    );
    await ledger.settles.settle(batch, settlements, 'refs');
  }

  /** A worker at full speed on one channel; says of each group on which channel it passed, and since when it tried. */
  async function engine(
    id: string,
    channelId: string,
    isOver: () => boolean,
    passed: { readonly channelId: string; readonly askedMs: number; readonly seqs: number }[],
  ): Promise<void> {
    while (!isOver()) {
      const batch = await lease(id, channelId);
      if (batch === null) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        continue;
      }
      for (let more = true; more;) {
        const askedMs = performance.now();
        const result = await pass(batch, 7);
        more = result.kind === 'passed' && result.attempts.size > 0;
        if (result.kind !== 'passed' || result.attempts.size === 0) break;
        passed.push({ channelId, askedMs, seqs: result.attempts.size });
        await settle(batch, result.attempts);
      }
      await ledger.batches.release(batch, null);
    }
  }

  async function expectCounted(id: string): Promise<void> {
    const [counted, recounted] = await ledger.sql.transaction(async (tx) => {
      await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      return [await ledger.progress.of(id, tx), await ledger.progress.recount(id, tx)];
    });
    expect(counted).toEqual(recounted);
  }

  it('lets nothing pass over a paused channel after the answer, with engines at full speed', async () => {
    const id = await pool(6000, 50);
    const passed: { channelId: string; askedMs: number; seqs: number }[] = [];
    let isOver = false;
    const engines = [ledger.channelId, other, ledger.channelId, other, ledger.channelId, other].map((one) =>
      engine(id, one, () => isOver, passed),
    );
    await expect.poll(() => passed.length, { timeout: 10_000 }).toBeGreaterThan(30);
    await pause(id, ledger.channelId);
    const answeredMs = performance.now();
    await expectCounted(id);
    await expect
      .poll(() => passed.filter((group) => group.channelId === other && group.askedMs > answeredMs).length)
      .toBeGreaterThan(20);
    const late = passed.filter((group) => group.channelId === ledger.channelId && group.askedMs > answeredMs);
    expect(late).toEqual([]);
    await expect.poll(() => channels.inFlight(id, ledger.channelId)).toBe(0);
    await expect
      .poll(async () => (await batchesOf(id)).filter(({ state }) => state === 'leased').length, {
        timeout: 20_000,
      })
      .toBe(0);
    const waiting = (await batchesOf(id)).filter(({ state }) => state !== 'done');
    expect(waiting.length).toBeGreaterThan(0);
    expect(waiting.every(({ isOther, state }) => !isOther && state === 'parked')).toBe(true);

    await resume(id, ledger.channelId);
    await expect.poll(async () => (await ledger.progress.of(id)).pending, { timeout: 20_000 }).toBe(0);
    isOver = true;
    await Promise.all(engines);
    expect(await ledger.progress.of(id)).toMatchObject({ total: 6000, accepted: 6000 });
    await expectCounted(id);
  });

  it('settles what is in flight, refuses the next barrier and parks the batch with its lease', async () => {
    const id = await pool(20);
    const batch = (await lease(id, ledger.channelId))!;
    const first = await pass(batch, 4);
    await pause(id, ledger.channelId);
    expect(await channels.inFlight(id, ledger.channelId)).toBe(4);
    expect(await pass(batch)).toEqual({ kind: 'lease-lost' });
    await settle(batch, first.kind === 'passed' ? first.attempts : new Map());
    expect(await ledger.batches.release(batch, null)).toEqual({ readyInMs: null });
    expect((await batchesOf(id)).map(({ state }) => state)).toEqual(['parked', 'ready']);
    expect(await lease(id, ledger.channelId)).toBeNull();
    expect(await ledger.progress.batches(id)).toEqual({ total: 2, leased: 0, waiting: 2, done: 0 });
    expect(await ledger.progress.of(id)).toMatchObject({ accepted: 4, pending: 16 });
    await expectCounted(id);
    await resume(id, ledger.channelId);
    expect((await lease(id, ledger.channelId))?.batchNo).toBe(1);
  });

  it('ends a lease that was shut and opened again before a worker noticed', async () => {
    const id = await pool(10);
    const batch = (await lease(id, ledger.channelId))!;
    await pause(id, ledger.channelId);
    await resume(id, ledger.channelId);
    expect(await pass(batch)).toEqual({ kind: 'lease-lost' });
    expect((await ledger.batches.release(batch, null)).readyInMs).not.toBeNull();
    expect((await pass((await lease(id, ledger.channelId))!)).kind).toBe('passed');
  });

  it('parks the batch of a worker that went silent, with its open calls unknown', async () => {
    const id = await pool(20);
    const batch = (await lease(id, ledger.channelId))!;
    await pass(batch, 3);
    await ledger.sql.query(
      `UPDATE batches SET lease_until = now() - interval '1 s' WHERE dispatch_id = $1 AND state = 'leased'`,
      [id],
    );
    await pause(id, ledger.channelId);
    await ledger.reaper.reap(10);
    expect((await batchesOf(id)).map(({ state }) => state)).toEqual(['parked', 'ready']);
    expect(await ledger.progress.of(id)).toMatchObject({ unknown: 3, pending: 17 });
    await expectCounted(id);
  });

  it('parks what is prepared for a paused channel later', async () => {
    const id = await pool(10);
    await pause(id, ledger.channelId);
    await ledger.sql.transaction((tx) =>
      ledger.writer.append(
        tx,
        { id, workspaceId: ledger.workspaceId, category: 'marketing' },
        {
          text: `SELECT n::bigint AS position, NULL::bigint AS contact_id, '+5215599' || n AS recipient,
                        CASE WHEN n % 2 = 0 THEN $1::uuid ELSE $2::uuid END AS channel_id, '{}'::jsonb AS variables,
                        NULL::text AS reject
                 FROM generate_series(100000, 100009) AS n`,
          values: [ledger.channelId, other],
        },
        10,
      ),
    );
    const late = (await batchesOf(id)).slice(1);
    expect(late.toSorted((a, b) => Number(a.isOther) - Number(b.isOther))).toMatchObject([
      { isOther: false, state: 'parked' },
      { isOther: true, state: 'ready' },
    ]);
  });

  it('cancels what is parked when the dispatch is stopped', async () => {
    const id = await pool(20);
    await pause(id, ledger.channelId);
    await ledger.gates.close({ dispatchId: id, changedBy: 'spec', reason: 'stop' });
    await ledger.cancels.unpark(id);
    expect(await ledger.cancels.cancelReady(id, 20)).toBe(2);
    expect(await ledger.progress.of(id)).toMatchObject({ cancelled: 20, pending: 0 });
    await expectCounted(id);
  });

  it('keeps a paused channel out of the pool, so that nothing is moved to it or from it', async () => {
    const id = await pool(40);
    await pause(id, ledger.channelId);
    const open = await ledger.sql.transaction((tx) => new BatchMoves(ledger.sql).lock(tx, id));
    expect(open?.channelIds).toEqual([other]);
    expect(open?.groups.map(({ channelId, ready }) => [channelId, ready])).toEqual([[other, 20]]);
  });

  it('moves all that a removed channel has, leased and parked too, and begins nothing there any more', async () => {
    const id = await pool(60);
    const batch = (await lease(id, ledger.channelId))!;
    const first = await pass(batch, 4);
    const fresh = randomUUID();
    expect(await remove(id, ledger.channelId, [other, fresh])).toBe(30);
    expect(await pass(batch)).toEqual({ kind: 'lease-lost' });
    expect(await channels.inFlight(id, ledger.channelId)).toBe(4);
    expect(await lease(id, ledger.channelId)).toBeNull();
    await settle(batch, first.kind === 'passed' ? first.attempts : new Map());
    await ledger.batches.release(batch, null);

    const moved = await ledger.sql.query<{ channel_id: string; state: string }>(
      'SELECT channel_id, state FROM batches WHERE dispatch_id = $1 AND batch_no % 2 = 1 ORDER BY batch_no',
      [id],
    );
    expect(moved.map(({ state }) => state)).toEqual(['ready', 'ready', 'ready']);
    expect(new Set(moved.map((one) => one.channel_id))).toEqual(new Set([other, fresh]));
    const rows = await ledger.sql.query<{ channel_id: string }>(
      `SELECT DISTINCT channel_id FROM messages WHERE dispatch_id = $1 AND state = 'accepted'`,
      [id],
    );
    expect(rows).toEqual([{ channel_id: ledger.channelId }]);
    await expectCounted(id);
  });

  it('moves to a paused channel what has nowhere else to go, where it waits', async () => {
    const id = await pool(20);
    await pause(id, other);
    expect(await remove(id, ledger.channelId, [other])).toBe(10);
    expect((await batchesOf(id)).every(({ isOther, state }) => isOther && state === 'parked')).toBe(true);
    await resume(id, other);
    expect((await batchesOf(id)).every(({ state }) => state === 'ready')).toBe(true);
  });

  it('loses nothing and sends nothing twice while channels come, go and pause under engines at full speed', async () => {
    const id = await pool(4000, 40);
    const third = randomUUID();
    const passed: { channelId: string; askedMs: number; seqs: number }[] = [];
    let isOver = false;
    const engines = [ledger.channelId, other, third, ledger.channelId, other].map((one) =>
      engine(id, one, () => isOver, passed),
    );
    const all = [ledger.channelId, other, third];
    for (let round = 0; round < 12; round += 1) {
      const gone = all[round % 3]!;
      const left = all.filter((one) => one !== gone);
      await remove(id, gone, left);
      const answeredMs = performance.now();
      await pause(id, left[0]!);
      await new Promise((resolve) => setImmediate(resolve));
      await expectCounted(id);
      await resume(id, left[0]!);
      const late = passed.filter((group) => group.channelId === gone && group.askedMs > answeredMs);
      expect(late).toEqual([]);
    }
    await expect.poll(async () => (await ledger.progress.of(id)).pending, { timeout: 30_000 }).toBe(0);
    isOver = true;
    await Promise.all(engines);
    expect(await ledger.progress.of(id)).toMatchObject({ total: 4000, accepted: 4000 });
    expect(passed.reduce((sum, { seqs }) => sum + seqs, 0)).toBe(4000);
    await expectCounted(id);
  });
});
