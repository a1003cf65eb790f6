import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LeasedBatch } from '../../../src/ledger/dispatch.js';
import { FailureWatches } from '../../../src/ledger/failure-watch.repository.js';
import type { Settlement } from '../../../src/ledger/settlement.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { LEASE_MS, LedgerFixture, recipients, settlement } from '../../support/ledger-fixture.js';

type Word = 'ok' | 'failed' | 'unknown' | 'again';

const FAULT = { outcome: 'rejected', code: '131026', reason: 'not on WhatsApp' };

describe('a dispatch that stops itself when too much of it fails', () => {
  let database: TestDatabase;
  let ledger: LedgerFixture;
  let watches: FailureWatches;

  beforeAll(async () => {
    database = await createTestDatabase();
    ledger = LedgerFixture.connect(database.url, 20);
    watches = new FailureWatches(ledger.sql);
  });

  afterAll(async () => {
    await ledger?.close();
    await database?.drop();
  });

  const watched = async (people: number, mostFailures: number, outcomes: number, batchSize = 500) => {
    const dispatchId = await ledger.openDispatch(recipients(people), batchSize);
    await ledger.sql.query(`UPDATE dispatches SET policy = policy || '{"isWatched":true}' WHERE id = $1`, [
      dispatchId,
    ]);
    await watches.begin(ledger.sql, dispatchId, { mostFailures, outcomes });
    return dispatchId;
  };

  const pass = async (batch: LeasedBatch, count: number) => {
    const seqs = (await ledger.batches.pending(batch)).slice(0, count).map(({ seq }) => seq);
    return ledger.barrier.pass(batch, seqs, 'marketing', LEASE_MS);
  };

  const outcomeOf = (word: Word, dispatchId: string, seq: number, attempt: number): Settlement => {
    if (word === 'ok') return settlement(seq, attempt, { providerId: `${dispatchId}.${seq}.${attempt}` });
    const state = word === 'again' ? 'pending' : word;
    return settlement(seq, attempt, { state, providerId: null, trail: FAULT });
  };

  const settle = (batch: LeasedBatch, attempts: ReadonlyMap<number, number>, words: readonly Word[]) =>
    ledger.settles.settle(
      batch,
      [...attempts].map(([seq, attempt], index) => outcomeOf(words[index]!, batch.dispatchId, seq, attempt)),
      'refs',
      'watched',
    );

  /** These outcomes, all of one group. */
  const group = async (batch: LeasedBatch, words: readonly Word[]): Promise<void> => {
    const passed = await pass(batch, words.length);
    if (passed.kind !== 'passed') throw new Error(passed.kind);
    await settle(batch, passed.attempts, words);
  };

  const isOpen = (dispatchId: string): Promise<boolean> =>
    ledger.sql.transaction((tx) => ledger.gates.lock(tx, dispatchId));

  const many = (count: number, word: Word): Word[] => Array.from({ length: count }, () => word);

  it('goes on at its limit, and ends with the failure that is one too many', async () => {
    const dispatchId = await watched(60, 3, 20);
    const batch = await ledger.lease(dispatchId);
    await group(batch, [...many(10, 'ok'), 'failed', 'unknown', ...many(4, 'ok'), 'failed']);
    expect(await isOpen(dispatchId)).toBe(true);
    await group(batch, ['failed']);
    expect(await isOpen(dispatchId)).toBe(false);
    expect(await pass(batch, 5)).toEqual({ kind: 'gate-closed' });
    const [gate] = await ledger.sql.query(
      'SELECT changed_by, reason FROM dispatch_gates WHERE dispatch_id = $1',
      [dispatchId],
    );
    expect(gate).toEqual({ changed_by: 'Caudal', reason: 'failure_rate' });
    expect(await ledger.progress.of(dispatchId)).toEqual(await ledger.progress.recount(dispatchId));
  });

  it('forgets failures that lie further back, and looks at each outcome inside a group', async () => {
    const dispatchId = await watched(200, 2, 10);
    const batch = await ledger.lease(dispatchId);
    // Two, and the third when the first is the eleventh but last.
    await group(batch, ['failed', 'failed', ...many(8, 'ok'), 'failed', ...many(20, 'ok')]);
    await group(batch, many(20, 'ok'));
    expect(await isOpen(dispatchId)).toBe(true);
    // At the end of this group its last ten are all good.
    await group(batch, ['failed', 'ok', 'failed', 'ok', 'unknown', ...many(15, 'ok')]);
    expect(await isOpen(dispatchId)).toBe(false);
  });

  it('counts neither what is tried again nor an outcome twice', async () => {
    const dispatchId = await watched(50, 1, 10);
    const batch = await ledger.lease(dispatchId);
    await group(batch, many(20, 'again'));
    const passed = await pass(batch, 2);
    if (passed.kind !== 'passed') throw new Error(passed.kind);
    for (let time = 0; time < 3; time += 1) await settle(batch, passed.attempts, ['failed', 'ok']);
    const [watch] = await ledger.sql.query(
      'SELECT seen, counted FROM failure_watches WHERE dispatch_id = $1',
      [dispatchId],
    );
    expect(watch).toEqual({ seen: '2', counted: 1 });
    expect(await isOpen(dispatchId)).toBe(true);
  });

  it('lets nothing pass behind the outcome too many, however many settle and press through at once', async () => {
    const dispatchId = await watched(3000, 20, 100, 100);
    let isPassing = true;
    let settledFailures = 0;
    const worker = async (nth: number): Promise<void> => {
      while (isPassing) {
        const batch = await ledger.batches.lease(dispatchId, ledger.channelId, randomUUID(), LEASE_MS);
        if (batch === null) return;
        for (let turn = 0; turn < 10; turn += 1) {
          const passed = await pass(batch, 10);
          if (passed.kind !== 'passed') {
            isPassing = false;
            break;
          }
          const bad = nth === 0 ? 3 : 2;
          await settle(batch, passed.attempts, [...many(bad, 'failed'), ...many(10 - bad, 'ok')]);
          settledFailures += bad;
        }
      }
    };
    await Promise.all(Array.from({ length: 6 }, (_, nth) => worker(nth)));
    expect(await isOpen(dispatchId)).toBe(false);
    const [facts] = await ledger.sql.query<{ late: number; crossed: boolean }>(
      `SELECT (SELECT count(*)::int FROM messages m WHERE m.dispatch_id = w.dispatch_id
                 AND m.inflight_at > w.crossed_at) AS late, w.crossed_at IS NOT NULL AS crossed
       FROM failure_watches w WHERE w.dispatch_id = $1`,
      [dispatchId],
    );
    expect(facts).toMatchObject({ crossed: true });
    const progress = await ledger.progress.of(dispatchId);
    expect(progress).toEqual(await ledger.progress.recount(dispatchId));
    expect(progress).toMatchObject({ inflight: 0, failed: settledFailures });
    // What was past the gate when it closed: one group a worker.
    expect(settledFailures).toBeLessThanOrEqual(21 + 6 * 3);
  });

  it('counts failures that webhooks report and those of a silent worker when they become known', async () => {
    const dispatchId = await watched(40, 2, 100);
    const { batch, attempts } = await ledger.begin(dispatchId, 4, 1);
    await settle(batch, new Map([...attempts].slice(0, 1)), ['ok']);
    const at = { sent: null, delivered: null, read: null, failed: new Date() };
    const failure = { status: 'failed', code: '131049', reason: 'not delivered', at } as const;
    await ledger.sql.transaction((tx) =>
      ledger.statuses.apply(tx, [
        { dispatchId, seq: 1, attempt: 1, channelId: ledger.channelId, ...failure },
      ]),
    );
    expect(await watches.takeLate()).toEqual([]);
    await ledger.sql.query(`UPDATE batches SET lease_until = now() - interval '1 s' WHERE dispatch_id = $1`, [
      dispatchId,
    ]);
    expect(await ledger.reaper.reap(10)).toEqual({ batches: 1, unknown: 3 });
    const both = await Promise.all([watches.takeLate(), watches.takeLate()]);
    expect(both.flat()).toEqual([dispatchId]);
    expect(await isOpen(dispatchId)).toBe(false);
    expect(await watches.takeLate()).toEqual([]);

    await ledger.sql.transaction((tx) => watches.restart(tx, dispatchId));
    await ledger.gates.open(ledger.sql, { dispatchId, changedBy: 'spec', reason: null });
    expect(await watches.takeLate()).toEqual([]);
    const next = await ledger.lease(dispatchId);
    await group(next, ['failed', 'failed', 'ok']);
    expect(await isOpen(dispatchId)).toBe(true);
    await group(next, ['failed']);
    expect(await isOpen(dispatchId)).toBe(false);
  });
});
