import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { LedgerFixture, recipients, settlement } from '../../support/ledger-fixture.js';

const REFUSED = { outcome: 'rejected', code: '131026', reason: 'Not on WhatsApp.' };
const LOST = { outcome: 'unknown', code: 'read_timeout', reason: 'No answer came in time.' };
const LONG_AGO = new Date(Date.now() + 60_000);

describe('a resend', () => {
  let database: TestDatabase;
  let ledger: LedgerFixture;
  let campaignId: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    ledger = LedgerFixture.connect(database.url);
  });

  afterAll(async () => {
    await ledger.close();
    await database.drop();
  });

  beforeEach(() => {
    campaignId = randomUUID();
  });

  type Outcome = 'accepted' | 'failed' | 'unknown';

  /** A run in which the message with each number came to what is said, in turn. */
  async function run(outcomes: readonly Outcome[], count = outcomes.length): Promise<string> {
    const id = await ledger.openDispatch(recipients(count), count, campaignId);
    await send(id, (seq) => outcomes[(seq - 1) % outcomes.length]!);
    return id;
  }

  async function send(id: string, outcomeOf: (seq: number) => Outcome): Promise<void> {
    const { batch, attempts } = await ledger.begin(id, 100_000);
    await ledger.settles.settle(
      batch,
      [...attempts].map(([seq, attempt]) => {
        const state = outcomeOf(seq);
        if (state === 'accepted') return settlement(seq, attempt, { providerId: `wamid.${id}.${seq}` });
        return settlement(seq, attempt, {
          state,
          providerId: null,
          trail: state === 'failed' ? REFUSED : LOST,
        });
      }),
    );
    await ledger.batches.release(batch, null);
  }

  const status = (id: string, seq: number, word: 'delivered' | 'failed', over: object = {}) => ({
    dispatchId: id,
    seq,
    attempt: 1,
    channelId: ledger.channelId,
    status: word,
    at: { sent: null, delivered: null, read: null, failed: null, [word]: new Date() },
    code: word === 'failed' ? '131026' : null,
    reason: null,
    ...over,
  });
  const apply = (evidence: ReturnType<typeof status>) =>
    ledger.sql.transaction((tx) => ledger.statuses.apply(tx, [evidence]));
  const statesOf = async (id: string) => (await ledger.rowsOf(id)).map((row) => row.state);

  /** The totals, having made sure that they and the counters of each dispatch equal a recount. */
  async function totals() {
    for (const id of await ledger.resends.dispatchesOf(campaignId)) {
      expect(await ledger.progress.of(id)).toEqual(await ledger.progress.recount(id));
    }
    const whole = await ledger.whole.of(campaignId);
    expect(whole).toEqual(await ledger.whole.recount(campaignId));
    return whole;
  }

  it('is a dispatch of its own; the old rows keep their state and evidence, and totals count the newest', async () => {
    const first = await run(['accepted', 'failed', 'unknown'], 9);
    const second = await ledger.resend(campaignId);
    expect(await statesOf(second)).toEqual(['pending', 'pending', 'pending']);
    expect((await statesOf(first)).filter((state) => state === 'failed')).toHaveLength(3);
    expect(await totals()).toMatchObject({ total: 9, accepted: 3, failed: 0, unknown: 3, pending: 3 });
    const rows = await ledger.sql.query(
      'SELECT resend_of AS "resendOf", origin_seq AS "originSeq" FROM messages WHERE dispatch_id = $1 ORDER BY seq',
      [second],
    );
    expect(rows).toEqual([2, 5, 8].map((originSeq) => ({ resendOf: first, originSeq })));
    await send(second, (seq) => (seq === 1 ? 'failed' : 'accepted'));
    expect(await totals()).toMatchObject({ total: 9, accepted: 5, failed: 1, unknown: 3, pending: 0 });
  });

  it('of a resend takes what failed again, and counts each recipient once', async () => {
    await run(['failed'], 4);
    const second = await ledger.resend(campaignId);
    await send(second, (seq) => (seq <= 2 ? 'failed' : 'accepted'));
    const third = await ledger.resend(campaignId);
    expect(await statesOf(third)).toEqual(['pending', 'pending']);
    await send(third, () => 'accepted');
    expect(await totals()).toMatchObject({ total: 4, accepted: 4, failed: 0 });
    const origins = await ledger.sql.query<{ n: number }>(
      'SELECT origin_seq AS n FROM messages WHERE dispatch_id = $1 ORDER BY seq',
      [third],
    );
    expect(origins.map(({ n }) => n)).toEqual([1, 2]);
  });

  it('takes what has one of the codes, and nothing else', async () => {
    const first = await run(['failed'], 4);
    await ledger.sql.query(
      `UPDATE messages SET last_code = '130472' WHERE dispatch_id = $1 AND seq IN (1, 3)`,
      [first],
    );
    await ledger.sql.query(`UPDATE attempts SET code = '130472' WHERE dispatch_id = $1 AND seq IN (1, 3)`, [
      first,
    ]);
    const count = (codes: string[]) => ledger.resends.countWithCodes(ledger.sql, [first], ['failed'], codes);
    expect(await Promise.all([count(['130472']), count(['130472', '131026']), count(['1'])])).toEqual([
      2, 4, 0,
    ]);
    const second = await ledger.resend(campaignId, { codes: ['130472'] });
    expect(await statesOf(second)).toHaveLength(2);
    expect(await totals()).toMatchObject({ total: 4, failed: 2, pending: 2 });
  });

  it('takes unknown ones only once they are old enough, and from then on they are unconfirmed', async () => {
    const first = await run(['unknown'], 3);
    await ledger.sql.query(
      `UPDATE unknowns SET since = now() - interval '2 days' WHERE dispatch_id = $1 AND seq = 2`,
      [first],
    );
    const second = await ledger.resend(campaignId, {
      states: ['unknown', 'unconfirmed'],
      unknownBefore: new Date(Date.now() - 86_400_000),
    });
    expect(await statesOf(second)).toEqual(['pending']);
    expect(await statesOf(first)).toEqual(['unknown', 'unconfirmed', 'unknown']);
    expect(await totals()).toMatchObject({ total: 3, unknown: 2, unconfirmed: 0, pending: 1 });
    expect(await ledger.resends.youngestUnknown(ledger.sql, [first], null)).toBeInstanceOf(Date);
    expect(await ledger.resends.youngestUnknown(ledger.sql, [first], ['other'])).toBeNull();
  });

  it('is skipped for whom the first message turns out to have arrived, before the second began', async () => {
    const first = await run(['unknown', 'failed'], 6);
    const second = await ledger.resend(campaignId, {
      states: ['failed', 'unknown'],
      unknownBefore: LONG_AGO,
    });
    const { batch, attempts } = await ledger.begin(second, 1);
    await apply(status(first, 1, 'delivered'));
    await apply(status(first, 2, 'delivered'));
    await apply(status(first, 3, 'failed'));
    expect((await statesOf(first)).slice(0, 3)).toEqual(['delivered', 'delivered', 'failed']);
    // The newest row counts, whatever the older one came to.
    expect(await totals()).toMatchObject({ total: 6, delivered: 0, inflight: 1, pending: 5 });
    const proved = { state: 'pending', providerId: null } as const;
    await ledger.settles.settle(batch, [settlement(1, attempts.get(1)!, proved)]);
    await ledger.batches.release(batch, null);
    await send(second, () => 'accepted');
    // The first was proved not to have been taken the second time, and is not tried a third.
    const sent = ['accepted', 'accepted', 'accepted', 'accepted'];
    expect(await statesOf(second)).toEqual(['skipped', 'skipped', ...sent]);
    expect((await ledger.rowsOf(second))[1]!.last_code).toBe('arrived');
    expect(await totals()).toMatchObject({ total: 6, accepted: 4, skipped: 2, pending: 0 });
  });

  it('is skipped too when it was resent twice and the very first arrived', async () => {
    const first = await run(['failed'], 2);
    const second = await ledger.resend(campaignId);
    await send(second, () => 'failed');
    const third = await ledger.resend(campaignId);
    await apply(status(first, 1, 'delivered'));
    await send(third, () => 'failed');
    expect(await statesOf(third)).toEqual(['skipped', 'failed']);
    await apply(status(first, 2, 'delivered'));
    // Arrived by the first, failed by the third: nobody gets a fourth.
    expect(await statesOf(await ledger.resend(campaignId))).toEqual([]);
    await totals();
  });

  it('takes nobody whose message arrives while it is written, in either order', async () => {
    for (let round = 0; round < 5; round += 1) {
      campaignId = randomUUID();
      const first = await run(['failed'], 40);
      const statuses = Array.from({ length: 40 }, (_, index) => apply(status(first, index + 1, 'delivered')));
      const [second] = await Promise.all([ledger.resend(campaignId, {}, 500, 7), ...statuses]);
      expect(new Set(await statesOf(first))).toEqual(new Set(['delivered']));
      if ((await statesOf(second)).length > 0) await send(second, () => 'accepted');
      expect((await statesOf(second)).filter((state) => state !== 'skipped')).toEqual([]);
      expect(await totals()).toMatchObject({ total: 40, pending: 0, inflight: 0 });
    }
  });

  it('skips those who opted out meanwhile', async () => {
    await run(['failed'], 3);
    await ledger.suppressions.suppress(ledger.sql, {
      workspaceId: ledger.workspaceId,
      recipients: [recipients(2)[1]!],
      category: 'all',
      reason: 'STOP',
      source: 'inbound',
    });
    const second = await ledger.resend(campaignId);
    expect(await statesOf(second)).toEqual(['pending', 'skipped', 'pending']);
    expect(await totals()).toMatchObject({ total: 3, failed: 0, skipped: 1, pending: 2 });
  });
});
