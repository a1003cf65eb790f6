import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AskingPace } from '../../../src/ledger/unknown.repository.js';
import type { LookedUp } from '../../../src/ledger/unknown-evidence.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { LedgerFixture, recipients, settlement } from '../../support/ledger-fixture.js';

const TRAIL = { outcome: 'unknown', code: 'read_timeout', reason: 'No answer came in time.' };
const PACE: AskingPace = { most: 100, perMs: 5000, firstWaitMs: 60_000, longestWaitMs: 3_600_000 };
const HOUR_MS = 3_600_000;

describe('messages whose outcome is unknown', () => {
  let database: TestDatabase;
  let ledger: LedgerFixture;

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  // A channel of its own for each test.
  beforeEach(() => {
    ledger = LedgerFixture.connect(database.url);
  });

  afterEach(() => ledger.close());

  afterAll(() => database.drop());

  /** `count` messages, all begun and none of their answers understood. */
  async function lost(count: number): Promise<string> {
    const id = await ledger.openDispatch(recipients(count));
    const { batch, attempts } = await ledger.begin(id, count);
    await ledger.settles.settle(
      batch,
      [...attempts].map(([seq, attempt]) =>
        settlement(seq, attempt, { state: 'unknown', providerId: null, trail: TRAIL }),
      ),
    );
    await ledger.batches.release(batch, null);
    await ledger.sql.query('UPDATE unknowns SET look_at = now() WHERE dispatch_id = $1', [id]);
    return id;
  }

  const unknownsOf = (id: string) =>
    ledger.sql.query<{ seq: number }>('SELECT seq FROM unknowns WHERE dispatch_id = $1 ORDER BY seq', [id]);
  const statesOf = async (id: string) => (await ledger.rowsOf(id)).map((row) => row.state);
  const answer = (
    id: string,
    seq: number,
    state: LookedUp['state'],
    over: Partial<LookedUp> = {},
  ): LookedUp => ({
    dispatchId: id,
    seq,
    attempt: 1,
    channelId: ledger.channelId,
    state,
    at: new Date(),
    providerId: state === 'failed' ? null : `wamid.found.${id}.${seq}`,
    code: state === 'failed' ? 'not_taken' : null,
    reason: state === 'failed' ? 'It was not taken.' : null,
    ...over,
  });
  const delivered = (id: string, seq: number) => ({
    dispatchId: id,
    seq,
    attempt: 1,
    channelId: ledger.channelId,
    status: 'delivered' as const,
    at: { sent: null, delivered: new Date(), read: null, failed: null },
    code: null,
    reason: null,
  });

  async function expectCountersToEqualARecount(id: string): Promise<void> {
    expect(await ledger.progress.of(id)).toEqual(await ledger.progress.recount(id));
  }

  it('are asked for with a word on whether another message went to the person at about that time', async () => {
    const aloneOf = async () =>
      (await ledger.unknowns.take(ledger.channelId, { ...PACE, perMs: 0 }))
        .map(
          ({ dispatchId, seq, isAlone }) => `${dispatchId === first ? 'first' : 'second'} ${seq} ${isAlone}`,
        )
        .sort();
    const first = await lost(2);
    expect(await aloneOf()).toEqual(['first 1 true', 'first 2 true']);
    const second = await lost(1);
    await ledger.sql.query('UPDATE unknowns SET look_at = now()');
    expect(await aloneOf()).toEqual(['first 1 false', 'first 2 true', 'second 1 false']);
    await ledger.sql.query(
      "UPDATE messages SET inflight_at = inflight_at - interval '11 minutes' WHERE dispatch_id = $1",
      [second],
    );
    await ledger.sql.query('UPDATE unknowns SET look_at = now() WHERE dispatch_id = $1', [first]);
    expect(await aloneOf()).toEqual(['first 1 true', 'first 2 true']);
  });

  it('are listed when they are settled so, and when a worker dies', async () => {
    const id = await lost(3);
    expect(await unknownsOf(id)).toHaveLength(3);
    const dying = await ledger.openDispatch(recipients(4));
    await ledger.begin(dying, 4, 1);
    await expect.poll(async () => (await ledger.reaper.reap(10)).unknown, { timeout: 5000 }).toBe(4);
    expect(await unknownsOf(dying)).toHaveLength(4);
    expect((await ledger.unknowns.ofChannel(ledger.channelId)).messages).toBe(7);
  });

  it('are asked for when they are due, each again after twice as long, never faster than the pace', async () => {
    const id = await lost(5);
    expect(await ledger.unknowns.channelsToAsk()).toContain(ledger.channelId);
    const first = await ledger.unknowns.take(ledger.channelId, { ...PACE, most: 3 });
    expect(first).toHaveLength(3);
    expect(first[0]).toMatchObject({ dispatchId: id, attempt: 1, recipient: expect.stringMatching(/^\+52/) });
    expect(first[0]!.begunAt.getTime()).toBeLessThanOrEqual(first[0]!.since.getTime());
    // The pace is that of the channel, whoever asks.
    expect(await ledger.unknowns.take(ledger.channelId, { ...PACE, most: 3 })).toEqual([]);
    expect(await ledger.unknowns.take(ledger.channelId, PACE)).toHaveLength(2);
    const waits = async () => {
      const rows = await ledger.sql.query<{ s: number }>(
        'SELECT round(extract(epoch FROM look_at - looked_at))::int AS s FROM unknowns WHERE dispatch_id = $1',
        [id],
      );
      return [...new Set(rows.map(({ s }) => s))];
    };
    expect(await waits()).toEqual([60]);
    await ledger.sql.query(
      `UPDATE unknowns SET look_at = now(), looked_at = now() - interval '1 minute' WHERE dispatch_id = $1`,
      [id],
    );
    await ledger.unknowns.take(ledger.channelId, PACE);
    expect(await waits()).toEqual([120]);
  });

  it('are asked for by one process at a time, each message by one of many', async () => {
    const id = await lost(40);
    const taken = await Promise.all(
      Array.from({ length: 6 }, () => ledger.unknowns.take(ledger.channelId, { ...PACE, most: 10 })),
    );
    expect(taken.flat().length).toBeLessThanOrEqual(10);
    expect(taken.flat().filter((one) => one.dispatchId !== id)).toEqual([]);
  });

  it('are not asked for any more where the driver cannot, or once a status has settled them', async () => {
    const id = await lost(2);
    await ledger.sql.transaction((tx) => ledger.statuses.apply(tx, [delivered(id, 1)]));
    expect(await unknownsOf(id)).toEqual([{ seq: 2 }]);
    expect((await ledger.unknowns.take(ledger.channelId, PACE)).map(({ seq }) => seq)).toEqual([2]);
    await ledger.unknowns.stopAsking(ledger.channelId);
    expect(await ledger.unknowns.channelsToAsk()).not.toContain(ledger.channelId);
  });

  it('are settled by what the provider answers, with counters, ids and a trail', async () => {
    const id = await lost(5);
    const moved = await ledger.unknowns.apply([
      answer(id, 1, 'accepted'),
      answer(id, 2, 'delivered'),
      answer(id, 3, 'failed'),
      answer(id, 4, 'read', { attempt: 2 }),
    ]);
    expect(moved).toBe(3);
    expect(await statesOf(id)).toEqual(['accepted', 'delivered', 'failed', 'unknown', 'unknown']);
    await expectCountersToEqualARecount(id);
    expect(await unknownsOf(id)).toEqual([{ seq: 4 }, { seq: 5 }]);
    const refs = await ledger.sql.query('SELECT seq FROM provider_refs WHERE dispatch_id = $1 ORDER BY seq', [
      id,
    ]);
    expect(refs).toEqual([{ seq: 1 }, { seq: 2 }]);
    expect((await ledger.rowsOf(id))[2]).toMatchObject({ attempt: 1, last_code: 'not_taken' });
    const trail = await ledger.sql.query(
      `SELECT source, outcome, code FROM attempts WHERE dispatch_id = $1 AND seq = 3 AND source = 'look-up'`,
      [id],
    );
    expect(trail).toEqual([{ source: 'look-up', outcome: 'failed', code: 'not_taken' }]);
  });

  it('come to the same whether a webhook or an answer is first, or both at once', async () => {
    const id = await lost(60);
    const seqs = Array.from({ length: 60 }, (_, index) => index + 1);
    await Promise.all(
      seqs.flatMap((seq) => [
        ledger.sql.transaction((tx) => ledger.statuses.apply(tx, [delivered(id, seq)])),
        ledger.unknowns.apply([answer(id, seq, seq % 2 === 0 ? 'accepted' : 'failed')]),
      ]),
    );
    expect(new Set(await statesOf(id))).toEqual(new Set(['delivered']));
    await expectCountersToEqualARecount(id);
  });

  it('are unconfirmed at the horizon, and not before; evidence that comes later still counts', async () => {
    const id = await lost(4);
    await ledger.sql.query(
      `UPDATE unknowns SET since = now() - interval '2 hours' WHERE dispatch_id = $1 AND seq <= 3`,
      [id],
    );
    await ledger.sql.transaction((tx) => ledger.statuses.apply(tx, [delivered(id, 1)]));
    const due = await ledger.sql.query(`SELECT 1 FROM unknowns WHERE since < now() - interval '1 hour'`);
    expect(await ledger.horizon.giveUp(HOUR_MS, 100)).toEqual({ due: due.length, unconfirmed: 2 });
    expect(await statesOf(id)).toEqual(['delivered', 'unconfirmed', 'unconfirmed', 'unknown']);
    await expectCountersToEqualARecount(id);
    expect(await ledger.horizon.giveUp(HOUR_MS, 100)).toEqual({ due: 0, unconfirmed: 0 });
    await ledger.sql.transaction((tx) => ledger.statuses.apply(tx, [delivered(id, 2)]));
    await ledger.unknowns.apply([answer(id, 3, 'sent')]);
    expect(await statesOf(id)).toEqual(['delivered', 'delivered', 'sent', 'unknown']);
    await expectCountersToEqualARecount(id);
  });

  it('are given up in small transactions, by many processes at once, each once', async () => {
    const id = await lost(300);
    await ledger.sql.query(`UPDATE unknowns SET since = now() - interval '2 hours' WHERE dispatch_id = $1`, [
      id,
    ]);
    const statuses = Array.from({ length: 50 }, (_, index) => delivered(id, index * 6 + 1));
    const [given] = await Promise.all([
      Promise.all(Array.from({ length: 8 }, () => ledger.horizon.giveUp(HOUR_MS, 40))),
      ...statuses.map((status) => ledger.sql.transaction((tx) => ledger.statuses.apply(tx, [status]))),
    ]);
    expect(given.every(({ due }) => due <= 40)).toBe(true);
    while ((await ledger.horizon.giveUp(HOUR_MS, 40)).due > 0) continue;
    expect(await ledger.progress.of(id)).toMatchObject({ unknown: 0, delivered: 50, unconfirmed: 250 });
    await expectCountersToEqualARecount(id);
    expect(await unknownsOf(id)).toEqual([]);
  });
});
