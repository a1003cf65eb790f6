import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BatchMoves } from '../../../src/ledger/batch-move.repository.js';
import { DispatchStages } from '../../../src/ledger/dispatch-stages.repository.js';
import type { LeasedBatch } from '../../../src/ledger/dispatch.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { LEASE_MS, LedgerFixture, recipients, settlement } from '../../support/ledger-fixture.js';

const OTHER = '00000000-0000-4000-8000-000000000002';

describe('a dispatch that goes stage by stage', () => {
  let database: TestDatabase;
  let ledger: LedgerFixture;
  let stages: DispatchStages;

  beforeAll(async () => {
    database = await createTestDatabase();
    ledger = LedgerFixture.connect(database.url);
    stages = new DispatchStages(ledger.sql);
  });

  afterAll(async () => {
    await ledger?.close();
    await database?.drop();
  });

  const make = async (ends: readonly number[]): Promise<string> => {
    const dispatchId = await ledger.dispatches.create(ledger.sql, {
      workspaceId: ledger.workspaceId,
      kind: 'run',
      campaignId: null,
      category: 'marketing',
      content: { type: 'text', text: 'hola' },
      policy: { maxTries: 5, retryBaseMs: 1000, retryMaxMs: 60_000 },
      createdBy: 'spec',
    });
    await stages.begin(ledger.sql, dispatchId, ends);
    await ledger.gates.open(ledger.sql, { dispatchId, changedBy: 'spec', reason: null });
    return dispatchId;
  };

  /** `rejected`: every so manieth cannot be sent. */
  const write = (dispatchId: string, ends: readonly number[], people: readonly string[], rejected = 0) =>
    ledger.sql.transaction((tx) =>
      ledger.writer.append(
        tx,
        { id: dispatchId, workspaceId: ledger.workspaceId, category: 'marketing', stageEnds: ends },
        {
          text: `SELECT r.position::bigint, NULL::bigint AS contact_id, r.recipient, $2::uuid AS channel_id,
                        '{}'::jsonb AS variables,
                        CASE WHEN $3 > 0 AND r.position % greatest($3::int, 1) = 0 THEN 'invalid' END AS reject
                 FROM unnest($1::text[]) WITH ORDINALITY AS r (recipient, position)`,
          values: [people, ledger.channelId, rejected],
        },
        10,
      ),
    );

  const lease = (dispatchId: string, channelId = ledger.channelId) =>
    ledger.batches.lease(dispatchId, channelId, ledger.workerId, LEASE_MS);

  const send = async (batch: LeasedBatch): Promise<number> => {
    const seqs = (await ledger.batches.pending(batch)).map(({ seq }) => seq);
    const passed = await ledger.barrier.pass(batch, seqs, 'marketing', LEASE_MS);
    if (passed.kind !== 'passed') throw new Error(passed.kind);
    const sent = [...passed.attempts].map(([seq, attempt]) =>
      settlement(seq, attempt, { providerId: `${batch.dispatchId}.${seq}.${attempt}` }),
    );
    await ledger.settles.settle(batch, sent);
    await ledger.batches.release(batch, null);
    return sent.length;
  };

  /** All that may be leased now, however many workers want it at once. */
  const sendAll = async (dispatchId: string, channelId = ledger.channelId): Promise<number> => {
    const worker = async (): Promise<number> => {
      let sent = 0;
      for (let batch = await lease(dispatchId, channelId); batch !== null;) {
        sent += await send(batch);
        batch = await lease(dispatchId, channelId);
      }
      return sent;
    };
    const counts = await Promise.all([worker(), worker(), worker()]);
    return counts.reduce((sum, one) => sum + one, 0);
  };

  const stagesOf = (dispatchId: string) =>
    ledger.sql.query<{ stage: number; rows: number; skipped: number }>(
      `SELECT b.stage, count(*)::int AS rows, (count(*) FILTER (WHERE m.state = 'skipped'))::int AS skipped
       FROM batches b JOIN messages m ON m.dispatch_id = b.dispatch_id AND m.seq BETWEEN b.first_seq AND b.last_seq
       WHERE b.dispatch_id = $1 GROUP BY b.stage ORDER BY b.stage`,
      [dispatchId],
    );

  it('has as many in each stage as it was to have, over chunks and those who are skipped', async () => {
    const ends = [25, 60];
    const dispatchId = await make(ends);
    const people = recipients(90);
    for (const [from, to] of [
      [0, 20],
      [20, 50],
      [50, 90],
    ] as const) {
      await write(dispatchId, ends, people.slice(from, to), 10);
    }
    expect(await stagesOf(dispatchId)).toEqual([
      { stage: 0, rows: 25, skipped: 0 },
      { stage: 1, rows: 35, skipped: 0 },
      { stage: 2, rows: 30, skipped: 9 },
    ]);
    const progress = await ledger.progress.of(dispatchId);
    expect(progress).toEqual(await ledger.progress.recount(dispatchId));
    expect(progress).toMatchObject({ total: 90, pending: 81, skipped: 9 });
  });

  it('draws who is in the first stage, and others for the next dispatch', async () => {
    const people = recipients(200);
    const drawn = async () => {
      const dispatchId = await make([20]);
      await write(dispatchId, [20], people);
      const rows = await ledger.sql.query<{ recipient: string }>(
        'SELECT recipient FROM messages WHERE dispatch_id = $1 AND seq <= 20 ORDER BY recipient',
        [dispatchId],
      );
      return rows.map(({ recipient }) => recipient);
    };
    const [first, second] = [await drawn(), await drawn()];
    expect(first).not.toEqual(people.slice(0, 20));
    expect(first).not.toEqual(second);
  });

  it('sends its first stage and not one more, with three workers, until somebody lets the next begin', async () => {
    const ends = [25, 60];
    const dispatchId = await make(ends);
    await write(dispatchId, ends, recipients(90));
    expect(await stages.settled(dispatchId, true)).toBeNull();
    expect(await sendAll(dispatchId)).toBe(25);
    expect(await stages.settled(dispatchId, true)).toBe(0);
    expect((await ledger.dispatches.readyWork()).filter((work) => work.dispatchId === dispatchId)).toEqual(
      [],
    );

    const twice = await Promise.all([0, 0].map((stage) => stages.advance(ledger.sql, { dispatchId, stage })));
    expect(twice.toSorted()).toEqual([false, true]);
    expect(await stages.settled(dispatchId, true)).toBeNull();
    expect(await sendAll(dispatchId)).toBe(35);
    await stages.advance(ledger.sql, { dispatchId, stage: 1 });
    expect(await sendAll(dispatchId)).toBe(30);
    expect(await stages.settled(dispatchId, true)).toBeNull();
    expect(await ledger.progress.of(dispatchId)).toMatchObject({ total: 90, accepted: 90, pending: 0 });
  });

  it('is settled only once all of the stage is written, and nobody holds a batch of it', async () => {
    const ends = [25];
    const dispatchId = await make(ends);
    await write(dispatchId, ends, recipients(20));
    expect(await sendAll(dispatchId)).toBe(20);
    expect(await stages.settled(dispatchId, false)).toBeNull();
    await write(dispatchId, ends, recipients(40).slice(20));
    const held = (await lease(dispatchId))!;
    expect(await stages.settled(dispatchId, false)).toBeNull();
    await ledger.batches.release(held, null);
    expect(await sendAll(dispatchId)).toBe(5);
    expect(await stages.settled(dispatchId, false)).toBe(0);
  });

  it('keeps its stages when batches move to another channel, and cancels all of them when it is stopped', async () => {
    const ends = [25];
    const dispatchId = await make(ends);
    await write(dispatchId, ends, recipients(60));
    const moves = new BatchMoves(ledger.sql);
    await moves.allow(ledger.sql, dispatchId, [ledger.channelId, OTHER]);
    const [open] = (await moves.open()).filter((one) => one.dispatchId === dispatchId);
    expect(open?.groups).toMatchObject([{ ready: 25 }]);
    const move = { dispatchId, from: ledger.channelId, to: OTHER, messages: 13, which: 'any' } as const;
    expect(await ledger.sql.transaction((tx) => moves.move(tx, move))).toBe(13);
    expect(await sendAll(dispatchId, OTHER)).toBe(13);
    expect(await sendAll(dispatchId)).toBe(12);

    await ledger.gates.close({ dispatchId, changedBy: 'spec', reason: 'stop' });
    expect(await ledger.cancels.cancelReady(dispatchId, 100)).toBe(4);
    expect(await ledger.progress.of(dispatchId)).toMatchObject({ accepted: 25, cancelled: 35, pending: 0 });
  });
});
