import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BarrierRepository } from '../../../src/ledger/barrier.repository.js';
import { BatchRepository } from '../../../src/ledger/batch.repository.js';
import type { LeasedBatch } from '../../../src/ledger/dispatch.js';
import { SettleRepository } from '../../../src/ledger/settle.repository.js';
import { settlement } from '../../support/ledger-fixture.js';
import { CampaignsFixture } from './campaigns-app.js';

const LEASE_MS = 60_000;

describe('the life of a campaign', () => {
  let fixture: CampaignsFixture;
  let channelId: string;
  let contacts: string[];

  beforeAll(async () => {
    fixture = await CampaignsFixture.start({ BATCH_SIZE: '10' });
    channelId = await fixture.createChannel();
    contacts = await fixture.addContacts(25);
  });

  afterAll(() => fixture?.stop());

  async function prepared(): Promise<string> {
    const id = await fixture.createCampaign({ message: 'Hola', contacts, channelIds: [channelId] });
    await fixture.start(id);
    await fixture.prepare(id);
    return id;
  }

  /** What a worker does up to the call: a batch leased, its messages past the barrier. */
  async function begin(id: string, count: number) {
    const batches = fixture.get(BatchRepository);
    const batch = await batches.lease(await fixture.dispatchOf(id), channelId, randomUUID(), LEASE_MS);
    if (batch === null) throw new Error('no batch may be leased');
    const rows = (await batches.pending(batch)).slice(0, count);
    const seqs = rows.map((row) => row.seq);
    const passed = await fixture.get(BarrierRepository).pass(batch, seqs, 'marketing', LEASE_MS);
    if (passed.kind !== 'passed') throw new Error(`the barrier said ${passed.kind}`);
    return { batch, attempts: passed.attempts };
  }

  async function settleAll({ batch, attempts }: Awaited<ReturnType<typeof begin>>): Promise<void> {
    const rows = [...attempts].map(([seq, attempt]) => settlement(seq, attempt));
    await fixture.get(SettleRepository).settle(batch, rows);
    await fixture.get(BatchRepository).release(batch, null);
  }

  async function sendAll(id: string): Promise<void> {
    for (let batch = 0; batch < 3; batch += 1) await settleAll(await begin(id, 10));
  }

  const order = (id: string, what: 'pause' | 'resume' | 'stop') =>
    fixture.call('POST', `/api/campaigns/${id}/queue-${what}`);

  const eventsOf = async (id: string): Promise<string[]> =>
    (
      await fixture.sql.query<{ type: string }>(
        `SELECT type FROM outbox WHERE payload ->> 'campaignId' = $1 ORDER BY id`,
        [id],
      )
    ).map((row) => row.type);

  describe('start', () => {
    it('is answered as the clients of other systems expect it', async () => {
      const limited = await fixture.createChannel({ limits: { perSecond: 10 } });
      const id = await fixture.createCampaign({ message: 'Hola', contacts, channelIds: [limited] });
      const { status, body } = await fixture.start(id);
      expect(status).toBe(202);
      expect(body).toEqual({
        message: 'Campaña encolada exitosamente para envío',
        jobId: expect.any(String),
        estimatedContacts: 25,
        estimatedTime: 2400,
        windowClosed: 0,
        warnings: [],
        campaign: expect.objectContaining({ id, status: 'preparing', startedAt: expect.any(String) }),
      });
    });

    it('makes one run of two that come at once', async () => {
      const id = await fixture.createCampaign({ message: 'Hola', contacts, channelIds: [channelId] });
      const answers = await Promise.all([fixture.start(id), fixture.start(id), fixture.start(id)]);
      expect(answers.map((answer) => answer.status).toSorted()).toEqual([202, 409, 409]);
      const runs = await fixture.sql.query('SELECT id FROM dispatches WHERE campaign_id = $1', [id]);
      expect(runs).toHaveLength(1);
      expect(await eventsOf(id)).toEqual(['campaign.started']);
    });

    it('is answered the same again under the same Idempotency-Key', async () => {
      const id = await fixture.createCampaign({ message: 'Hola', contacts, channelIds: [channelId] });
      const start = () =>
        fixture.call('POST', `/api/campaigns/${id}/start`, undefined, { 'idempotency-key': id });
      const first = await start();
      const again = await start();
      expect([first.status, again.status]).toEqual([202, 202]);
      expect(again.body).toEqual(first.body);
    });

    it('names each variable that somebody lacks, and counts them', async () => {
      const lacking = await fixture.addContacts(3, { saldo: null });
      const empty = await fixture.addContacts(2, { saldo: '  ' });
      const ids = [...contacts, ...lacking, ...empty];
      const id = await fixture.createCampaign({
        message: '{{nombre}} debe {{Saldo}} de {{folio}}, {{ciudad|su ciudad}}',
        contacts: ids,
        channelIds: [channelId],
      });
      const { status, body } = await fixture.start(id);
      expect(status).toBe(422);
      expect(body).toMatchObject({
        code: 'missing_variables',
        recipients: 30,
        missing: [
          { name: 'Saldo', rows: 5 },
          { name: 'folio', rows: 30 },
        ],
      });
      expect(body.detail).toContain('{{Saldo}} is missing or empty for 5 of 30 recipients');
      expect(await fixture.statusOf(id)).toBe('draft');
    });

    it('refuses an audience in which nobody may be written to', async () => {
      const id = await fixture.createCampaign({
        message: 'Hola',
        audience: { tags: ['nobody'] },
        channelIds: [channelId],
      });
      expect((await fixture.start(id)).body).toMatchObject({ status: 422, code: 'empty_audience' });
    });

    it('warns of a channel that is held, and starts', async () => {
      const held = await fixture.createChannel();
      await fixture.sql.query(
        `UPDATE channels SET held_code = '190', held_reason = 'the token expired', held_since = now() WHERE id = $1`,
        [held],
      );
      const id = await fixture.createCampaign({ message: 'Hola', contacts, channelIds: [held] });
      const { status, body } = await fixture.start(id);
      expect(status).toBe(202);
      expect(body.warnings[0]).toContain('the token expired');
    });
  });

  describe('pause', () => {
    it('lets nothing begin after its answer, and is paused once nothing is in flight', async () => {
      const id = await prepared();
      const begun = await begin(id, 4);
      expect((await order(id, 'pause')).body).toEqual({ success: true, status: 'pausing', inFlight: 4 });
      await expect(begin(id, 1)).rejects.toThrow('no batch may be leased');
      await fixture.tick();
      expect(await fixture.statusOf(id)).toBe('pausing');

      await settleAll(begun);
      await fixture.tick();
      expect(await fixture.statusOf(id)).toBe('paused');
      expect((await order(id, 'pause')).body).toEqual({ success: true, status: 'paused', inFlight: 0 });
      expect((await order(id, 'resume')).body).toMatchObject({ success: true, status: 'sending' });
      expect((await order(id, 'resume')).body).toMatchObject({ success: true, status: 'sending' });
      await settleAll(await begin(id, 1));
      expect(await eventsOf(id)).toEqual(['campaign.started', 'campaign.paused']);
    });

    it('can be taken back before it is through', async () => {
      const id = await prepared();
      const begun = await begin(id, 2);
      await order(id, 'pause');
      expect((await order(id, 'resume')).body).toEqual({ success: true, status: 'sending', inFlight: 2 });
      await settleAll(begun);
      await fixture.tick();
      expect(await fixture.statusOf(id)).toBe('sending');
    });

    it('is concluded by the tick when the process that was asked died before it shut the gate', async () => {
      const id = await prepared();
      await fixture.sql.query(`UPDATE campaigns SET status = 'pausing' WHERE id = $1`, [id]);
      await fixture.tick();
      expect(await fixture.statusOf(id)).toBe('paused');
      await expect(begin(id, 1)).rejects.toThrow('no batch may be leased');
    });

    it('and resume from fifty clients at once leave status and gate in agreement', async () => {
      const id = await prepared();
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) => order(id, i % 2 === 0 ? 'pause' : 'resume')),
      );
      expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
      const [row] = await fixture.sql.query<{ status: string; open: boolean; closing: boolean }>(
        `SELECT c.status, g.open, d.closing FROM campaigns c
         JOIN dispatches d ON d.id = c.dispatch_id JOIN dispatch_gates g ON g.dispatch_id = d.id
         WHERE c.id = $1`,
        [id],
      );
      const isSending = row!.status === 'sending';
      expect(row).toMatchObject({ open: isSending, closing: !isSending });
    });
  });

  describe('stop', () => {
    it('cancels what was not begun and waits for what was', async () => {
      const id = await prepared();
      const begun = await begin(id, 4);
      expect((await order(id, 'stop')).body).toEqual({ success: true, status: 'stopping', inFlight: 4 });
      await fixture.tick();
      expect(await fixture.statusOf(id)).toBe('stopping');
      await settleAll(begun);
      await fixture.tick();
      expect(await fixture.statusOf(id)).toBe('stopped');
      expect(await fixture.progressOf(id)).toMatchObject({
        total: 25,
        accepted: 4,
        cancelled: 21,
        pending: 0,
      });
      expect((await order(id, 'stop')).body).toEqual({ success: true, status: 'stopped', inFlight: 0 });
      expect((await order(id, 'resume')).body).toMatchObject({ status: 409, code: 'campaign_status' });
      expect(await eventsOf(id)).toEqual(['campaign.started', 'campaign.stopped']);
      const { body } = await fixture.call('GET', `/api/campaigns/${id}/messages?state=cancelled&limit=1`);
      expect(body.items[0].reason).toContain('stopped');
    });

    it('works from paused', async () => {
      const id = await prepared();
      await order(id, 'pause');
      await fixture.tick();
      expect((await order(id, 'stop')).body).toMatchObject({ status: 'stopping' });
      await fixture.tick();
      expect(await fixture.statusOf(id)).toBe('stopped');
    });
  });

  describe('completion', () => {
    it('comes when everybody is settled, once, with the event', async () => {
      const id = await prepared();
      await fixture.tick();
      expect(await fixture.statusOf(id)).toBe('sending');
      await sendAll(id);
      await Promise.all([fixture.tick(), fixture.tick(), fixture.tick()]);
      expect(await fixture.statusOf(id)).toBe('completed');
      expect(await eventsOf(id)).toEqual(['campaign.started', 'campaign.completed']);
      for (const what of ['pause', 'resume', 'stop'] as const) {
        expect((await order(id, what)).status).toBe(409);
      }
    });

    it('does not come before the last chunk is prepared', async () => {
      const id = await prepared();
      await sendAll(id);
      await fixture.sql.query('UPDATE campaigns SET is_prepared = false WHERE id = $1', [id]);
      await fixture.tick();
      expect(await fixture.statusOf(id)).toBe('sending');
    });
  });

  describe('queue-status', () => {
    let batch: LeasedBatch | undefined;

    beforeEach(() => {
      batch = undefined;
    });

    it('tells jobs, progress and metrics of a running campaign', async () => {
      const id = await prepared();
      await fixture.tick();
      await settleAll(await begin(id, 10));
      const begun = await begin(id, 3);
      batch = begun.batch;
      const { status, body } = await fixture.call('GET', `/api/campaigns/${id}/queue-status`);
      expect(status).toBe(200);
      expect(body).toEqual({
        success: true,
        status: {
          campaignId: id,
          status: 'sending',
          totalJobs: 3,
          activeJobs: 1,
          waitingJobs: 1,
          completedJobs: 1,
          failedJobs: 0,
          progress: {
            total: 25,
            pending: 12,
            inflight: 3,
            accepted: 10,
            sent: 0,
            delivered: 0,
            read: 0,
            failed: 0,
            unknown: 0,
            unconfirmed: 0,
            skipped: 0,
            cancelled: 0,
            processed: 10,
            success: 10,
            percentage: 40,
          },
          metrics: {
            ratePerSecond: expect.any(Number),
            averageLatencyMs: expect.any(Number),
            startedAt: expect.any(String),
            finishesAt: null,
          },
        },
      });
      expect(batch.dispatchId).toBe(await fixture.dispatchOf(id));
    });

    it('says the rate of the last seconds and when it will be done', async () => {
      const id = await prepared();
      await fixture.tick();
      await fixture.sql.query(
        `UPDATE campaign_pulses SET at = now() - interval '5 seconds' WHERE campaign_id = $1`,
        [id],
      );
      await settleAll(await begin(id, 10));
      const { body } = await fixture.call('GET', `/api/campaigns/${id}/queue-status`);
      expect(body.status.metrics.ratePerSecond).toBeCloseTo(2, 0);
      expect(Date.parse(body.status.metrics.finishesAt)).toBeGreaterThan(Date.now() + 5000);
    });

    it('counts the batches in which something failed', async () => {
      const id = await prepared();
      const begun = await begin(id, 2);
      const trail = { outcome: 'rejected', code: '131026', reason: 'This number cannot receive it.' };
      const rows = [...begun.attempts].map(([seq, attempt]) =>
        settlement(seq, attempt, { state: 'failed', providerId: null, trail }),
      );
      await fixture.get(SettleRepository).settle(begun.batch, rows);
      const { body } = await fixture.call('GET', `/api/campaigns/${id}/queue-status`);
      expect(body.status).toMatchObject({ failedJobs: 1, progress: { failed: 2 } });
      const messages = await fixture.call(
        'GET',
        `/api/campaigns/${id}/messages?state=failed&code=131026&limit=1`,
      );
      expect(messages.body.items).toMatchObject([
        { state: 'failed', reason: 'This number cannot receive it.' },
      ]);
      const rest = await fixture.call(
        'GET',
        `/api/campaigns/${id}/messages?state=failed&cursor=${messages.body.nextCursor}`,
      );
      expect(rest.body.items).toHaveLength(1);
      expect(rest.body.nextCursor).toBeNull();
    });

    it('says why it is not sending', async () => {
      const draft = await fixture.createCampaign({ message: 'Hola', contacts, channelIds: [channelId] });
      const reasonOf = async (id: string) =>
        (await fixture.call('GET', `/api/campaigns/${id}/queue-status`)).body.status.reason;
      expect(await reasonOf(draft)).toMatchObject({ code: 'not_started' });
      const id = await prepared();
      expect(await reasonOf(id)).toBeUndefined();
      await order(id, 'pause');
      await fixture.tick();
      const reason = await reasonOf(id);
      expect(reason).toMatchObject({ code: 'paused', since: expect.any(String) });
      expect(reason.text).toMatch(/^.+ paused it\.$/);
    });
  });
});
