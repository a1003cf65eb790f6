import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Housekeeping } from '../../../src/database/housekeeping.js';
import { BudgetRetention } from '../../../src/ledger/budget-retention.js';
import { BudgetRepository } from '../../../src/ledger/budget.repository.js';
import { ContactBarrier } from '../../../src/ledger/contact-barrier.repository.js';
import { placed, type ContactBudget, type ContactTerms } from '../../../src/ledger/contact-terms.js';
import type { LeasedBatch } from '../../../src/ledger/dispatch.js';
import type { FrequencyCap } from '../../../src/ledger/frequency-cap.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { LEASE_MS, LedgerFixture, recipients, settlement } from '../../support/ledger-fixture.js';

describe('the barrier under a budget of contacts', () => {
  let database: TestDatabase;
  let ledger: LedgerFixture;
  let budgets: BudgetRepository;
  let workers: ContactBarrier[];
  let channel: ContactBudget;
  let people: string[];
  let next = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    ledger = LedgerFixture.connect(database.url, 12);
    budgets = new BudgetRepository(ledger.sql, ledger.suppressions);
    workers = [1, 2, 3].map(() => new ContactBarrier(ledger.sql, budgets, ledger.suppressions));
  });

  beforeEach(() => {
    channel = { scopeId: randomUUID(), limit: 10, channelIds: [randomUUID()] };
    people = recipients(1000).map((phone) => phone.replace('+52155', `+5215${next}`));
    next += 1;
  });

  afterAll(async () => {
    await ledger.close();
    await database.drop();
  });

  const open = async (...all: ContactBudget[]): Promise<void> => {
    await ledger.sql.query(
      `INSERT INTO budgets (scope_id, opens_at, filled_at) SELECT id, now(), now() FROM unnest($1::uuid[]) AS s (id)
       ON CONFLICT (scope_id) DO UPDATE SET opens_at = now()`,
      [all.map(({ scopeId }) => scopeId)],
    );
  };
  const terms = (over: Partial<ContactTerms> & { wide?: ContactBudget } = {}): ContactTerms => ({
    budgets: { wide: over.wide ?? null, own: channel },
    mayWait: true,
    cap: null,
    ...over,
  });
  const capped = (cap: FrequencyCap): ContactTerms => ({
    budgets: { wide: null, own: null },
    mayWait: true,
    cap,
  });
  const passAll = async (id: string, by: ContactTerms, worker = workers[0]!, size = 500) => {
    const begun: number[] = [];
    let skipped = 0;
    for (let batch: LeasedBatch | null; (batch = await leaseOf(id)) !== null;) {
      const rows = await ledger.batches.pending(batch);
      for (let from = 0; from < rows.length; from += size) {
        const seqs = rows.slice(from, from + size).map(({ seq }) => seq);
        const result = await worker.pass(batch, seqs, 'marketing', LEASE_MS, by);
        if (result.kind !== 'passed') throw new Error(`the barrier said ${result.kind}`);
        begun.push(...result.attempts.keys());
        skipped += result.skipped;
      }
    }
    return { begun: begun.toSorted((a, b) => a - b), skipped };
  };
  const leaseOf = (id: string) => ledger.batches.lease(id, ledger.channelId, ledger.workerId, LEASE_MS);
  const used = async (budget: ContactBudget): Promise<number> => (await budgets.statesOf([budget]))[0]!.used;
  /** As if this budget had counted what it counts so long ago. */
  const age = async (budget: ContactBudget, by: string): Promise<void> => {
    for (const table of ['touches', 'budget_minutes']) {
      await ledger.sql.query(`UPDATE ${table} SET minute = minute - $2::interval WHERE scope_id = $1`, [
        budget.scopeId,
        by,
      ]);
    }
  };

  it('lets exactly as many contacts through as it has places, with three workers over two dispatches', async () => {
    await open(channel);
    const ids = [
      await ledger.openDispatch(people.slice(0, 120), 20),
      await ledger.openDispatch(people.slice(200, 320), 20),
    ];
    const limited = { ...terms(), budgets: { wide: null, own: { ...channel, limit: 37 } } };
    const runs = await Promise.all(
      workers.flatMap((worker) => ids.map((id) => passAll(id, limited, worker, 7))),
    );
    expect(runs.flatMap(({ begun }) => begun)).toHaveLength(37);
    const progress = await Promise.all(ids.map((id) => ledger.progress.of(id)));
    expect(progress.reduce((sum, { inflight }) => sum + inflight, 0)).toBe(37);
    expect(progress.reduce((sum, { pending }) => sum + pending, 0)).toBe(203);
    expect(await used(channel)).toBe(37);
  });

  it('charges nobody twice within the day, and moves whoever is written to again to the newest minute', async () => {
    await open(channel);
    const ten = people.slice(0, 10);
    expect((await passAll(await ledger.openDispatch(ten), terms())).begun).toHaveLength(10);
    await age(channel, '20 hours');
    const again = await ledger.openDispatch([...people.slice(20, 25), ...ten.slice(0, 4)]);
    expect((await passAll(again, terms())).begun).toEqual([6, 7, 8, 9]);
    expect(await used(channel)).toBe(10);
    await age(channel, '5 hours');
    expect(await used(channel)).toBe(4);
  });

  it('frees a place a day and at most a minute later, never earlier, and says when', async () => {
    await open(channel);
    await passAll(await ledger.openDispatch(people.slice(0, 10)), terms());
    await age(channel, '23 hours 59 minutes');
    expect(await used(channel)).toBe(10);
    const [state] = await budgets.statesOf([channel]);
    expect(state!.freeMs! - Date.now()).toBeGreaterThan(0);
    expect(state!.freeMs! - Date.now()).toBeLessThanOrEqual(122_000);
    await age(channel, '3 minutes');
    expect(await used(channel)).toBe(0);
    expect((await budgets.statesOf([channel]))[0]!.freeMs).toBeNull();
  });

  it('keeps to the budget of the portfolio and to that of the channel at once', async () => {
    const wide: ContactBudget = { scopeId: randomUUID(), limit: 6, channelIds: [] };
    await open(channel, wide);
    const first = await passAll(await ledger.openDispatch(people.slice(0, 4)), terms({ wide }));
    const second = await passAll(await ledger.openDispatch(people.slice(4, 30)), terms({ wide }));
    expect([first.begun.length, second.begun.length]).toEqual([4, 2]);
    const other = { wide: { ...wide, limit: 100 }, own: { ...channel, limit: 7 } };
    const third = await passAll(await ledger.openDispatch(people.slice(30, 60)), {
      ...terms(),
      budgets: other,
    });
    expect(third.begun).toEqual([1]);
    expect([await used(wide), await used(channel)]).toEqual([7, 7]);
  });

  it('never keeps back what does not wait, and counts it', async () => {
    await open(channel);
    await passAll(await ledger.openDispatch(people.slice(0, 10)), terms());
    const posted = await passAll(await ledger.openDispatch(people.slice(10, 15)), terms({ mayWait: false }));
    expect(posted.begun).toHaveLength(5);
    expect(await used(channel)).toBe(15);
    expect((await passAll(await ledger.openDispatch(people.slice(15, 17)), terms())).begun).toEqual([]);
  });

  it('neither keeps back nor counts what is said within a day of what the person wrote', async () => {
    await open(channel);
    await ledger.sql.transaction(async (tx) => {
      await tx.query('SET LOCAL session_replication_role = replica');
      await tx.query(
        `INSERT INTO conversations (workspace_id, channel_id, contact_id, recipient, last_inbound_at, last_message_at, last_text)
         SELECT $1, $2, n, recipient, now() - n * interval '20 hours', now(), 'Hola'
         FROM unnest($3::text[]) WITH ORDINALITY AS p (recipient, n)`,
        [ledger.workspaceId, ledger.channelId, people.slice(0, 2)],
      );
    });
    const none = { ...terms(), budgets: { wide: null, own: { ...channel, limit: 0 } } };
    expect((await passAll(await ledger.openDispatch(people.slice(0, 3)), none)).begun).toEqual([1]);
    expect(await used(channel)).toBe(0);
  });

  it('says beforehand who costs a place, by the same rule', async () => {
    await open(channel);
    await passAll(await ledger.openDispatch(people.slice(0, 3)), terms());
    const id = await ledger.openDispatch(people.slice(2, 6));
    const batch = (await leaseOf(id))!;
    const costs = await budgets.costsOf(batch, [1, 2, 3, 4], { wide: null, own: channel });
    expect(placed(costs, { wide: 0, own: 2 })).toEqual([1, 2, 3]);
    const own = { ...channel, limit: 5 };
    const result = await workers[0]!.pass(batch, [1, 2, 3, 4], 'marketing', LEASE_MS, {
      ...terms(),
      budgets: { wide: null, own },
    });
    expect(result.kind === 'passed' && [...result.attempts.keys()].toSorted()).toEqual([1, 2, 3]);
  });

  it('counts what was sent before there was a budget, and lets nothing of a campaign pass until all workers know of it', async () => {
    const id = await ledger.openDispatch(people.slice(0, 12));
    await ledger.begin(id, 8);
    const fresh: ContactBudget = { ...channel, channelIds: [ledger.channelId] };
    const by = { ...terms(), budgets: { wide: null, own: fresh } };
    await ledger.sql.query(
      `UPDATE messages SET inflight_at = now() - interval '2 days' WHERE dispatch_id <> $1`,
      [id],
    );
    const other = await ledger.openDispatch(people.slice(20, 40));
    const batch = (await leaseOf(other))!;
    const seqs = Array.from({ length: 20 }, (_, index) => index + 1);
    expect(await workers[0]!.pass(batch, seqs, 'marketing', LEASE_MS, by)).toMatchObject({
      attempts: new Map(),
    });
    expect((await budgets.statesOf([fresh]))[0]).toMatchObject({ used: 0, isNew: true });
    await open(fresh);
    const result = await workers[0]!.pass(batch, seqs, 'marketing', LEASE_MS, by);
    expect(result.kind === 'passed' && [...result.attempts.keys()].toSorted()).toEqual([1, 2]);
    expect(await used(fresh)).toBe(10);
  });

  it('lets go of what counts no more, and of nothing else', async () => {
    await open(channel);
    await passAll(await ledger.openDispatch(people.slice(0, 4)), terms());
    await age(channel, '26 hours');
    await passAll(await ledger.openDispatch(people.slice(4, 6)), terms());
    const housekeeping = new Housekeeping(ledger.sql);
    new BudgetRetention(housekeeping).onModuleInit();
    await housekeeping.run();
    const left = async (table: string): Promise<number> =>
      (await ledger.sql.query(`SELECT 1 FROM ${table} WHERE scope_id = $1`, [channel.scopeId])).length;
    expect([await left('touches'), await left('budget_minutes')]).toEqual([2, 1]);
  });

  it('lets nothing through a closed gate, and gives back what it was not heard of', async () => {
    await open(channel);
    const id = await ledger.openDispatch(people.slice(0, 3));
    const batch = (await leaseOf(id))!;
    await workers[0]!.pass(batch, [1, 2], 'marketing', LEASE_MS, terms());
    expect(await ledger.barrier.undo(batch, [1, 2])).toBe(2);
    const again = await workers[0]!.pass(batch, [1], 'marketing', LEASE_MS, terms());
    expect(again.kind === 'passed' && again.attempts.get(1)).toBe(2);
    expect(await used(channel)).toBe(2);
    await ledger.gates.close({ dispatchId: id, changedBy: 'spec', reason: 'test' });
    expect(await workers[0]!.pass(batch, [2, 3], 'marketing', LEASE_MS, terms())).toEqual({
      kind: 'gate-closed',
    });
  });

  it('skips whoever got as many marketing messages as the cap allows, whichever dispatch they were of', async () => {
    const [one, two, three] = people as [string, string, string];
    // Of a campaign without a cap, by the barrier that counts nothing.
    await ledger.begin(await ledger.openDispatch([one, two]), 2);
    await ledger.begin(await ledger.openDispatch([one]), 1);
    const id = await ledger.openDispatch([one, two, three]);
    expect(await passAll(id, capped({ messages: 2, days: 7 }))).toEqual({ begun: [2, 3], skipped: 1 });
    expect((await ledger.rowsOf(id))[0]).toMatchObject({
      state: 'skipped',
      last_code: 'over_cap',
      attempt: 0,
    });
    expect(await ledger.progress.of(id)).toEqual(await ledger.progress.recount(id));
    await ledger.sql.query(
      `UPDATE messages SET inflight_at = now() - interval '8 days' WHERE recipient = $1`,
      [one],
    );
    const later = await passAll(await ledger.openDispatch([one, two]), capped({ messages: 2, days: 7 }));
    expect(later).toEqual({ begun: [1], skipped: 1 });
  });

  it('caps three dispatches that come to the same people at once at exactly as many messages each', async () => {
    const crowd = people.slice(0, 60);
    const ids = [];
    for (let nth = 0; nth < 3; nth += 1) ids.push(await ledger.openDispatch(crowd.toReversed(), 10));
    const runs = await Promise.all(
      ids.flatMap((id) => workers.map((worker) => passAll(id, capped({ messages: 2, days: 1 }), worker, 6))),
    );
    const counts = await ledger.sql.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM messages
       WHERE recipient = ANY($1) AND state = 'inflight' GROUP BY recipient`,
      [crowd],
    );
    expect(counts.map(({ n }) => n)).toEqual(crowd.map(() => 2));
    expect(runs.reduce((sum, { skipped }) => sum + skipped, 0)).toBe(60);
  });

  it('does not count a message that was refused, and one that is tried again counts once', async () => {
    const [one, two] = people as [string, string];
    const { batch, attempts } = await ledger.begin(await ledger.openDispatch([one, two]), 2);
    expect(attempts.size).toBe(2);
    const trail = { outcome: 'rejected', code: '131026', reason: 'no' };
    await ledger.settles.settle(batch, [
      settlement(1, 1, { state: 'failed', providerId: null, trail }),
      settlement(2, 1, { state: 'pending', providerId: null, trail }),
    ]);
    const id = await ledger.openDispatch([one, two]);
    expect((await passAll(id, capped({ messages: 1, days: 7 }))).begun).toEqual([1, 2]);
    const retried = await workers[0]!.pass(
      batch,
      [2],
      'marketing',
      LEASE_MS,
      capped({ messages: 1, days: 7 }),
    );
    expect(retried).toMatchObject({ kind: 'passed', skipped: 1 });
  });
});
