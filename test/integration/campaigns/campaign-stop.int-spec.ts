import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHUNK_ROWS } from '../../../src/campaigns/preparation/chunk-progress.js';
import { ChunkWriting, type Chunk } from '../../../src/campaigns/preparation/chunk-writing.js';
import { PreparationService } from '../../../src/campaigns/preparation/preparation.service.js';
import { BarrierRepository } from '../../../src/ledger/barrier.repository.js';
import { BatchRepository } from '../../../src/ledger/batch.repository.js';
import { ProgressRepository } from '../../../src/ledger/progress.repository.js';
import { SettleRepository } from '../../../src/ledger/settle.repository.js';
import { SuppressionRepository } from '../../../src/ledger/suppression.repository.js';
import { settlement } from '../../support/ledger-fixture.js';
import { CampaignsFixture, type Reply } from './campaigns-app.js';

const COUNT = CHUNK_ROWS + 500;
const LEASE_MS = 60_000;

describe('stopping a campaign that is being prepared', () => {
  let fixture: CampaignsFixture;
  let channelId: string;
  let id: string;

  beforeAll(async () => {
    fixture = await CampaignsFixture.start();
    channelId = await fixture.createChannel();
    await fixture.addContacts(COUNT, { tags: ['muchos'] });
  });

  afterAll(() => fixture?.stop());

  async function start(fields: object = {}): Promise<void> {
    const all = { message: 'Hola', channelIds: [channelId], audience: { tags: ['muchos'] }, ...fields };
    id = await fixture.createCampaign(all);
    const { status, text } = await fixture.start(id);
    expect(status, text).toBe(202);
  }

  const order = (what: 'pause' | 'stop'): Promise<Reply> =>
    fixture.call('POST', `/api/campaigns/${id}/queue-${what}`);

  /** Prepares; `onChunk` stands around the writing of each chunk, inside its transaction. */
  async function prepareWith(
    onChunk: (nth: number, write: () => Promise<Chunk>) => Promise<Chunk>,
  ): Promise<string> {
    const writing = fixture.get(ChunkWriting);
    const write = writing.write.bind(writing);
    let nth = 0;
    writing.write = (tx, work) => onChunk((nth += 1), () => write(tx, work));
    try {
      return await fixture.prepare(id);
    } finally {
      writing.write = write;
    }
  }

  /** What a worker does up to the call. */
  async function begin(count: number) {
    const batches = fixture.get(BatchRepository);
    const batch = await batches.lease(await fixture.dispatchOf(id), channelId, randomUUID(), LEASE_MS);
    if (batch === null) throw new Error('no batch may be leased');
    const seqs = (await batches.pending(batch)).slice(0, count).map((row) => row.seq);
    return { batch, passed: await fixture.get(BarrierRepository).pass(batch, seqs, 'marketing', LEASE_MS) };
  }

  async function gate(): Promise<{ open: boolean; epoch: number }> {
    const [row] = await fixture.sql.query<{ open: boolean; epoch: number }>(
      'SELECT open, epoch::int AS epoch FROM dispatch_gates WHERE dispatch_id = $1',
      [await fixture.dispatchOf(id)],
    );
    return row!;
  }

  /** As if whoever prepared it had died so long ago that its lease is over. */
  async function resumed(): Promise<void> {
    await fixture.sql.query('UPDATE campaigns SET prepare_lease_until = now() WHERE id = $1', [id]);
    expect(await fixture.get(PreparationService).resumeStalled()).toBe(true);
    await expect.poll(async () => (await stateOf()).is_prepared, { timeout: 20_000 }).toBe(true);
  }

  async function stateOf() {
    const [row] = await fixture.sql.query<{ status: string; status_reason: string; is_prepared: boolean }>(
      'SELECT status, status_reason, is_prepared FROM campaigns WHERE id = $1',
      [id],
    );
    return row!;
  }

  async function expectAllExplained(counts: object = { cancelled: COUNT }): Promise<void> {
    await fixture.tick();
    expect(await fixture.statusOf(id)).toBe('stopped');
    expect(await fixture.progressOf(id)).toMatchObject({ total: COUNT, pending: 0, inflight: 0, ...counts });
    const [rows] = await fixture.sql.query<{ contacts: number; unsettled: number }>(
      `SELECT count(DISTINCT m.contact_id)::int AS contacts,
              (SELECT count(*)::int FROM batches b WHERE b.dispatch_id = $1 AND b.state <> 'done') AS unsettled
       FROM messages m WHERE m.dispatch_id = $1`,
      [await fixture.dispatchOf(id)],
    );
    expect(rows).toEqual({ contacts: COUNT, unsettled: 0 });
  }

  it('before its first chunk never opens the gate, and is stopped when everybody is cancelled', async () => {
    await start();
    expect((await order('stop')).body).toEqual({ success: true, status: 'stopping', inFlight: 0 });
    await fixture.tick();
    expect(await fixture.statusOf(id)).toBe('stopping');
    expect(await fixture.prepare(id)).toBe('prepared');
    expect(await gate()).toEqual({ open: false, epoch: 0 });
    await expectAllExplained();
    const { body } = await fixture.call('GET', `/api/campaigns/${id}/messages?state=cancelled&limit=1`);
    expect(body.items[0]).toMatchObject({ code: 'stopped', reason: expect.stringContaining('stopped') });
  });

  it('keeps the reasons of those who would have been skipped', async () => {
    const [, optedOut, lacking] = await fixture.addContacts(4, { tags: ['pocos'] });
    await start({ message: 'Debes {{saldo}}', audience: { tags: ['pocos'] } });
    const [contact] = await fixture.sql.query<{ recipient: string }>(
      'SELECT recipient FROM contacts WHERE id = $1',
      [optedOut],
    );
    await fixture.get(SuppressionRepository).suppress(fixture.sql, {
      workspaceId: await fixture.workspaceId(),
      recipients: [contact!.recipient],
      category: 'all',
      reason: 'asked',
      source: 'api',
    });
    await fixture.sql.query(`UPDATE contacts SET attributes = '{}' WHERE id = $1`, [lacking]);
    await order('stop');
    await fixture.prepare(id);
    const codes = (await fixture.messagesOf(id)).map((row) => row.last_code);
    expect(codes).toEqual(['stopped', 'suppressed', 'missing_variable', 'stopped']);
    expect(await fixture.progressOf(id)).toMatchObject({ total: 4, cancelled: 2, skipped: 2 });
  });

  it('between two chunks cancels what is written and what is not, and the counters agree at any moment', async () => {
    await start();
    const dispatchId = await fixture.dispatchOf(id);
    const progress = fixture.get(ProgressRepository);
    const recounts: unknown[] = [];
    let isDone = false;
    const watch = async () => {
      while (!isDone) {
        await fixture.sql.transaction(async (tx) => {
          await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
          const counted = await progress.of(dispatchId, tx);
          expect(counted).toEqual(await progress.recount(dispatchId, tx));
          recounts.push(counted);
        });
      }
    };
    const cancel = async () => {
      while (!isDone) await fixture.tick();
    };
    const watching = Promise.all([watch(), cancel()]);
    const prepared = await prepareWith(async (nth, write) => {
      if (nth === 2) expect((await order('stop')).body).toMatchObject({ status: 'stopping', inFlight: 0 });
      return write();
    });
    isDone = true;
    await watching;
    expect(prepared).toBe('prepared');
    expect(recounts.length).toBeGreaterThan(1);
    expect(await gate()).toEqual({ open: false, epoch: 2 });
    await expectAllExplained();
  });

  it('in the middle of a chunk is answered when that one is written, whatever is written behind it', async () => {
    await start();
    let answer: Promise<Reply> | undefined;
    await prepareWith(async (nth, write) => {
      if (nth === 2) await expect.poll(async () => (await stateOf()).status).toBe('stopping');
      const chunk = await write();
      if (nth === 1) answer = order('stop');
      // The second holds the campaign until the stop is answered.
      if (nth === 2) expect((await answer)?.body).toMatchObject({ status: 'stopping', inFlight: 0 });
      return chunk;
    });
    expect(await fixture.progressOf(id)).toMatchObject({ pending: CHUNK_ROWS, cancelled: 500 });
    await expectAllExplained();
  });

  it('after its last chunk cancels what was not begun', async () => {
    await start();
    await fixture.prepare(id);
    await order('stop');
    expect(await fixture.prepare(id)).toBe('left');
    await expectAllExplained();
  });

  it('waits both for what is in flight and for what is not prepared', async () => {
    await start();
    const prepared = prepareWith(async (nth, write) => {
      if (nth === 1) return write();
      const { batch, passed } = await begin(3);
      if (passed.kind !== 'passed') throw new Error(`the barrier said ${passed.kind}`);
      expect((await order('stop')).body).toMatchObject({ inFlight: 3 });
      const rows = [...passed.attempts].map(([seq, attempt]) => settlement(seq, attempt));
      await fixture.get(SettleRepository).settle(batch, rows);
      await fixture.get(BatchRepository).release(batch, null);
      await fixture.tick();
      expect(await fixture.statusOf(id)).toBe('stopping');
      return write();
    });
    expect(await prepared).toBe('prepared');
    await expectAllExplained({ accepted: 3, cancelled: COUNT - 3 });
  });

  it('goes on behind the stop where a crash left it', async () => {
    await start();
    await expect(
      prepareWith(async (nth, write) => {
        if (nth === 2) await order('stop');
        const chunk = await write();
        if (nth === 2) throw new Error('the process died here');
        return chunk;
      }),
    ).rejects.toThrow('died here');
    await fixture.tick();
    expect(await fixture.statusOf(id)).toBe('stopping');
    expect(await fixture.progressOf(id)).toMatchObject({ total: CHUNK_ROWS, cancelled: CHUNK_ROWS });
    await resumed();
    await expectAllExplained();
  });

  it('works from paused, and without the channel that it would have been sent from', async () => {
    const gone = await fixture.createChannel();
    await start({ channelIds: [gone] });
    await order('pause');
    await fixture.tick();
    expect(await fixture.statusOf(id)).toBe('paused');
    await fixture.sql.query('DELETE FROM channels WHERE id = $1', [gone]);
    await order('stop');
    await resumed();
    await expectAllExplained();
  });

  it('by itself, where preparing failed too often, lets nothing begin and writes down the rest', async () => {
    await start();
    const failing = prepareWith(async (nth, write) => {
      if (nth === 1) return write();
      await fixture.sql.query('UPDATE campaigns SET prepare_failures = 4 WHERE id = $1', [id]);
      throw new Error('this chunk broke for the fifth time');
    });
    await expect(failing).rejects.toThrow('broke');
    expect(await stateOf()).toMatchObject({ status: 'stopping', is_prepared: false });
    const { batch, passed } = await begin(1);
    expect(passed).toEqual({ kind: 'gate-closed' });
    await fixture.get(BatchRepository).release(batch, null);
    await fixture.tick();
    await resumed();
    await expectAllExplained();
  });

  it('ends where the rest cannot be prepared at all, and says so', async () => {
    await start();
    await order('stop');
    for (let run = 0; run < 5; run += 1) {
      expect(await fixture.statusOf(id)).toBe('stopping');
      await fixture.sql.query('UPDATE campaigns SET prepare_lease_until = NULL WHERE id = $1', [id]);
      const prepared = prepareWith(() => Promise.reject(new Error('this audience breaks the statement')));
      await expect(prepared).rejects.toThrow('breaks');
    }
    await fixture.tick();
    expect(await stateOf()).toMatchObject({
      status: 'stopped',
      status_reason: expect.stringContaining('not all of its recipients'),
    });
  });
});
