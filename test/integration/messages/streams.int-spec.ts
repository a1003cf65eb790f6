import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Clock } from '../../../src/common/clock.js';
import { loadConfig } from '../../../src/config/load-config.js';
import type { StreamKey, StreamRow } from '../../../src/ledger/stream.js';
import { StreamAppendRepository } from '../../../src/ledger/stream-append.repository.js';
import { StreamRepository } from '../../../src/ledger/stream.repository.js';
import { StreamClosing } from '../../../src/messages/stream-closing.js';
import { StreamWriter } from '../../../src/ledger/stream-writer.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { LedgerFixture, recipients, settlement } from '../../support/ledger-fixture.js';

class MovedClock extends Clock {
  instant = new Date('2026-11-21T23:59:59Z');

  override now(): Date {
    return this.instant;
  }
}

const POLICY = { maxTries: 4, retryBaseMs: 5000, retryMaxMs: 5000, isSteady: true };
const BATCH_SIZE = 8;

describe('the streams of single messages', () => {
  let database: TestDatabase;
  let ledger: LedgerFixture;
  let streams: StreamRepository;
  let clock: MovedClock;
  let writer: StreamWriter;
  let closing: StreamClosing;
  const channels = Array.from({ length: 30 }, () => randomUUID());

  const makeWriter = (): StreamWriter =>
    new StreamWriter(
      new StreamAppendRepository(ledger.sql, ledger.suppressions),
      streams,
      clock,
      loadConfig({ BATCH_SIZE: String(BATCH_SIZE) }),
    );

  beforeAll(async () => {
    database = await createTestDatabase();
    ledger = LedgerFixture.connect(database.url);
    await ledger.sql.query(`INSERT INTO workspaces (id, name) VALUES ($1, 'streams')`, [ledger.workspaceId]);
    await ledger.sql.query(
      `INSERT INTO channels (id, workspace_id, name, provider, sealed_settings)
       SELECT id, $2, id::text, 'simulator', '' FROM unnest($1::uuid[]) AS id`,
      [channels, ledger.workspaceId],
    );
    streams = new StreamRepository(ledger.sql, ledger.dispatches, ledger.gates, ledger.progress);
    clock = new MovedClock();
    writer = makeWriter();
    closing = new StreamClosing(streams, clock);
  });

  afterAll(async () => {
    await ledger.close();
    await database.drop();
  });

  const nextChannel = (): string => {
    const id = channels.pop();
    if (id === undefined) throw new Error('the spec needs more channels');
    return id;
  };
  const streamOn = (channelId: string = nextChannel(), over: Partial<StreamKey> = {}): StreamKey => ({
    workspaceId: ledger.workspaceId,
    channelId,
    category: 'utility',
    policy: POLICY,
    ...over,
  });
  const rows = (count: number): StreamRow[] =>
    recipients(count).map((recipient) => ({ recipient, content: { type: 'text', text: `a ${recipient}` } }));
  const batchesOf = (dispatchId: string) =>
    ledger.sql.query<{ batch_no: number; first_seq: number; last_seq: number; state: string }>(
      'SELECT batch_no, first_seq, last_seq, state FROM batches WHERE dispatch_id = $1 ORDER BY batch_no',
      [dispatchId],
    );
  const isFinished = async (dispatchId: string): Promise<boolean> => {
    const [row] = await ledger.sql.query<{ finished: boolean; open: boolean }>(
      `SELECT d.finished_at IS NOT NULL AS finished, g.open
       FROM dispatches d JOIN dispatch_gates g ON g.dispatch_id = d.id WHERE d.id = $1`,
      [dispatchId],
    );
    expect(row!.open).toBe(!row!.finished);
    return row!.finished;
  };
  /** Takes a ready batch of a stream and settles all that is in it as accepted. */
  const sendBatch = async (dispatchId: string, channelId: string): Promise<number> => {
    const batch = (await ledger.batches.lease(dispatchId, channelId, ledger.workerId, 20_000))!;
    const pending = await ledger.batches.pending(batch);
    const passed = await ledger.barrier.pass(
      batch,
      pending.map((row) => row.seq),
      'utility',
      20_000,
    );
    if (passed.kind !== 'passed') throw new Error(`the barrier said ${passed.kind}`);
    const done = [...passed.attempts].map(([seq, attempt]) =>
      settlement(seq, attempt, { providerId: `wamid.${dispatchId}.${seq}` }),
    );
    await ledger.settles.settle(batch, done);
    await ledger.batches.release(batch, null);
    return done.length;
  };

  it('numbers what is posted on, with the content on the row', async () => {
    const stream = streamOn();
    const first = await writer.write(stream, rows(2));
    const second = await writer.write(stream, rows(1));
    expect([first.firstSeq, second.firstSeq]).toEqual([1, 3]);
    expect(second.dispatchId).toBe(first.dispatchId);
    const batch = (await ledger.batches.lease(first.dispatchId, stream.channelId, ledger.workerId, 20_000))!;
    const [row] = await ledger.batches.pending(batch);
    expect(row?.content).toEqual({ type: 'text', text: `a ${row?.recipient}` });
    expect((await ledger.dispatches.find(first.dispatchId))?.content).toBeNull();
  });

  it('widens the last batch until it is full or somebody works at it', async () => {
    const stream = streamOn();
    const { dispatchId } = await writer.write(stream, rows(3));
    await writer.write(stream, rows(5));
    await writer.write(stream, rows(1));
    await ledger.batches.lease(dispatchId, stream.channelId, ledger.workerId, 20_000);
    await ledger.batches.lease(dispatchId, stream.channelId, ledger.workerId, 20_000);
    await writer.write(stream, rows(2));
    expect((await batchesOf(dispatchId)).map(({ first_seq, last_seq }) => [first_seq, last_seq])).toEqual([
      [1, 8],
      [9, 9],
      [10, 11],
    ]);
  });

  it('starts another batch where the last one waits for a retry', async () => {
    const stream = streamOn();
    const { dispatchId } = await writer.write(stream, rows(1));
    const batch = (await ledger.batches.lease(dispatchId, stream.channelId, ledger.workerId, 20_000))!;
    await ledger.batches.release(batch, 60_000);
    await writer.write(stream, rows(1));
    expect(await batchesOf(dispatchId)).toHaveLength(2);
    expect(await sendBatch(dispatchId, stream.channelId)).toBe(1);
  });

  it('skips suppressed people at once, and leaves nothing to do for them', async () => {
    const stream = streamOn();
    const [row] = rows(1);
    const suppressed = { ...row!, recipient: '+525599999999' };
    await ledger.suppressions.suppress(ledger.sql, {
      workspaceId: ledger.workspaceId,
      recipients: [suppressed.recipient],
      category: 'all',
      reason: 'spec',
      source: 'api',
    });
    const alone = await writer.write(stream, [suppressed]);
    expect(alone.skipped).toBe(1);
    expect(await batchesOf(alone.dispatchId)).toMatchObject([{ state: 'done' }]);
    await writer.write(stream, [row!, suppressed]);
    expect(await ledger.progress.of(alone.dispatchId)).toMatchObject({ total: 3, skipped: 2, pending: 1 });
    expect(await ledger.progress.recount(alone.dispatchId)).toEqual(
      await ledger.progress.of(alone.dispatchId),
    );
  });

  it('keeps apart what differs in channel, category or retries', async () => {
    const channelId = nextChannel();
    const keys = [
      streamOn(channelId),
      streamOn(channelId, { category: 'authentication' }),
      streamOn(channelId, { policy: { ...POLICY, maxTries: 2 } }),
      streamOn(),
    ];
    const ids = await Promise.all(keys.map(async (key) => (await writer.write(key, rows(1))).dispatchId));
    expect(new Set(ids).size).toBe(4);
  });

  it('stores nothing for a channel that was removed, before its first message or after', async () => {
    const used = streamOn();
    await writer.write(used, rows(1));
    for (const stream of [used, streamOn()]) {
      await ledger.sql.query('DELETE FROM channels WHERE id = $1', [stream.channelId]);
      await expect(writer.write(stream, rows(1))).rejects.toThrow('open_streams_channel');
    }
  });

  it('gives streams even numbers and all other dispatches odd ones, both growing', async () => {
    const ids = [
      await ledger.openDispatch(recipients(1)),
      (await writer.write(streamOn(), rows(1))).dispatchId,
      await ledger.openDispatch(recipients(1)),
      (await writer.write(streamOn(), rows(1))).dispatchId,
    ].map(Number);
    expect(ids.map((id) => id % 2)).toEqual([1, 0, 1, 0]);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  });

  it('gives many writers at once numbers without gaps in one dispatch', async () => {
    const stream = streamOn();
    const writers = Array.from({ length: 6 }, makeWriter);
    const written = await Promise.all(
      writers.flatMap((one) => Array.from({ length: 20 }, (_, n) => one.write(stream, rows((n % 5) + 1)))),
    );
    const [dispatchId, ...others] = new Set(written.map((one) => one.dispatchId));
    expect(others).toEqual([]);
    const seqs = (await ledger.rowsOf(dispatchId!)).map((row) => row.seq);
    expect(seqs).toEqual(Array.from({ length: 360 }, (_, index) => index + 1));
    const batches = await batchesOf(dispatchId!);
    expect(batches.map((batch) => batch.batch_no)).toEqual(batches.map((_, index) => index + 1));
    const covered = batches.flatMap(({ first_seq: first, last_seq: last }) =>
      Array.from({ length: last - first + 1 }, (_, index) => first + index),
    );
    expect(covered).toEqual(seqs);
    expect(await ledger.progress.of(dispatchId!)).toEqual(await ledger.progress.recount(dispatchId!));
  });

  it('loses and repeats nothing while workers lease what is being widened', async () => {
    const stream = streamOn();
    const { dispatchId } = await writer.write(stream, rows(1));
    let isPosting = true;
    const posting = (async () => {
      for (let n = 0; n < 60; n += 1) await writer.write(stream, rows((n % 3) + 1));
      isPosting = false;
    })();
    const work = async (): Promise<number> => {
      let sent = 0;
      for (;;) {
        const wasPosting = isPosting;
        const batch = await ledger.batches.lease(dispatchId, stream.channelId, randomUUID(), 20_000);
        if (batch === null) {
          if (!wasPosting) return sent;
          continue;
        }
        const pending = (await ledger.batches.pending(batch)).map((row) => row.seq);
        const passed = await ledger.barrier.pass(batch, pending, 'utility', 20_000);
        if (passed.kind !== 'passed') throw new Error(`the barrier said ${passed.kind}`);
        const done = [...passed.attempts].map(([seq, attempt]) =>
          settlement(seq, attempt, { providerId: `wamid.${dispatchId}.${seq}` }),
        );
        await ledger.settles.settle(batch, done);
        sent += done.length;
        await ledger.batches.release(batch, null);
      }
    };
    const [sent] = await Promise.all([Promise.all([work(), work(), work()]), posting]);
    expect(sent.reduce((sum, n) => sum + n, 0)).toBe(121);
    expect(await ledger.progress.of(dispatchId)).toMatchObject({ total: 121, accepted: 121, pending: 0 });
    expect(await ledger.progress.recount(dispatchId)).toEqual(await ledger.progress.of(dispatchId));
  });

  it('begins a new dispatch with the UTC day, and closes the old one when all of it is settled', async () => {
    clock.instant = new Date('2026-11-21T23:59:59Z');
    const stream = streamOn();
    const before = await writer.write(stream, rows(2));
    await closing.run();
    expect(await isFinished(before.dispatchId)).toBe(false);

    clock.instant = new Date('2026-11-22T00:00:00Z');
    const after = await writer.write(stream, rows(1));
    expect(after).toMatchObject({ firstSeq: 1 });
    expect(after.dispatchId).not.toBe(before.dispatchId);
    await closing.run();
    expect(await isFinished(before.dispatchId)).toBe(false);

    expect(await sendBatch(before.dispatchId, stream.channelId)).toBe(2);
    await closing.run();
    expect(await isFinished(before.dispatchId)).toBe(true);
    expect(await isFinished(after.dispatchId)).toBe(false);
  });

  it('closes the stream of a channel that has nothing to send the next day', async () => {
    clock.instant = new Date('2026-11-22T12:00:00Z');
    const stream = streamOn();
    const { dispatchId } = await writer.write(stream, rows(1));
    await sendBatch(dispatchId, stream.channelId);
    clock.instant = new Date('2026-11-23T00:00:01Z');
    await Promise.all([closing.run(), closing.run()]);
    expect(await isFinished(dispatchId)).toBe(true);
  });

  it('writes on where a process whose clock is behind comes after the roll-over', async () => {
    clock.instant = new Date('2026-11-24T00:00:00Z');
    const stream = streamOn();
    const ahead = await writer.write(stream, rows(1));
    clock.instant = new Date('2026-11-23T23:59:59Z');
    expect(await writer.write(stream, rows(1))).toMatchObject({ dispatchId: ahead.dispatchId, firstSeq: 2 });
  });

  it('makes one dispatch of a day even if many processes post its first message at once', async () => {
    const stream = streamOn();
    const written = await Promise.all(Array.from({ length: 10 }, () => makeWriter().write(stream, rows(1))));
    expect(new Set(written.map((one) => one.dispatchId)).size).toBe(1);
    expect(written.map((one) => one.firstSeq).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 10 }, (_, index) => index + 1),
    );
  });
});
