import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CampaignStatusService } from '../../../src/campaigns/campaign-status.service.js';
import { BarrierRepository } from '../../../src/ledger/barrier.repository.js';
import { BatchRepository } from '../../../src/ledger/batch.repository.js';
import { CampaignProgressRepository } from '../../../src/ledger/campaign-progress.repository.js';
import type { Settlement } from '../../../src/ledger/settlement.js';
import { SettleRepository } from '../../../src/ledger/settle.repository.js';
import { UnknownHorizon } from '../../../src/queue/unknown-horizon.js';
import { settlement } from '../../support/ledger-fixture.js';
import { CampaignsFixture } from './campaigns-app.js';

const LEASE_MS = 60_000;
const DAY_MS = 86_400_000;
const REFUSED: Partial<Settlement> = {
  state: 'failed',
  providerId: null,
  trail: { outcome: 'rejected', code: '131026', reason: 'Not on WhatsApp.' },
};
const LOST: Partial<Settlement> = {
  state: 'unknown',
  providerId: null,
  trail: { outcome: 'unknown', code: 'read_timeout', reason: 'No answer came in time.' },
};
const ACCEPTED: Partial<Settlement> = {};

describe('sending messages of a campaign again', () => {
  let fixture: CampaignsFixture;
  let channelId: string;
  let contacts: string[];

  beforeAll(async () => {
    fixture = await CampaignsFixture.start({ BATCH_SIZE: '4' });
    channelId = await fixture.createChannel();
    contacts = await fixture.addContacts(6);
  });

  afterAll(() => fixture?.stop());

  /** All that may be sent now, each to the outcome that stands at its number. */
  async function send(id: string, outcomeOf: (seq: number) => Partial<Settlement>): Promise<void> {
    const dispatchId = await fixture.dispatchOf(id);
    const batches = fixture.get(BatchRepository);
    for (;;) {
      const batch = await batches.lease(dispatchId, channelId, randomUUID(), LEASE_MS);
      if (batch === null) return;
      const seqs = (await batches.pending(batch)).map(({ seq }) => seq);
      const passed = await fixture.get(BarrierRepository).pass(batch, seqs, 'marketing', LEASE_MS);
      if (passed.kind !== 'passed') throw new Error(`the barrier said ${passed.kind}`);
      const outcomes = [...passed.attempts].map(([seq, attempt]) =>
        settlement(seq, attempt, { providerId: `wamid.${dispatchId}.${seq}`, ...outcomeOf(seq) }),
      );
      await fixture.get(SettleRepository).settle(batch, outcomes);
      await batches.release(batch, null);
    }
  }

  async function completed(outcomes: readonly Partial<Settlement>[]): Promise<string> {
    const id = await fixture.createCampaign({ message: 'Hola {{name}}', contacts, channelIds: [channelId] });
    await fixture.start(id);
    await fixture.prepare(id);
    await send(id, (seq) => outcomes[(seq - 1) % outcomes.length]!);
    await fixture.tick();
    expect(await fixture.statusOf(id)).toBe('completed');
    return id;
  }

  const resend = (id: string, body: object, headers: Record<string, string> = {}) =>
    fixture.call('POST', `/api/campaigns/${id}/resend`, body, headers);
  /** As it is now, not as somebody else was told a moment ago. */
  const statusOf = async (id: string) => {
    fixture.get(CampaignStatusService).forget(await fixture.workspaceId(), id);
    return (await fixture.call('GET', `/api/campaigns/${id}/queue-status`)).body.status;
  };
  const messagesOf = async (id: string, query = '') =>
    (await fixture.call('GET', `/api/campaigns/${id}/messages?limit=100${query}`)).body.items as {
      number: number;
      state: string;
      code: string | null;
      reason: string | null;
      resendOf: string | null;
    }[];

  async function expectTotalsToEqualARecount(id: string): Promise<void> {
    const whole = fixture.get(CampaignProgressRepository);
    const { progress } = await statusOf(id);
    expect(progress).toMatchObject(await whole.recount(id));
    expect(await whole.of(id)).toEqual(await whole.recount(id));
  }

  it('sends what failed in a dispatch of its own, and every figure counts each recipient once', async () => {
    const id = await completed([ACCEPTED, REFUSED]);
    const run = await fixture.dispatchOf(id);
    const { status, body } = await resend(id, { states: ['failed'] });
    expect(status).toBe(202);
    expect(body).toEqual({
      success: true,
      campaignId: id,
      status: 'sending',
      jobId: expect.stringMatching(/^\d+$/),
      messages: 3,
    });
    expect(await fixture.prepare(id)).toBe('prepared');
    expect((await statusOf(id)).progress).toMatchObject({ total: 6, accepted: 3, failed: 0, pending: 3 });
    await expectTotalsToEqualARecount(id);
    await send(id, (seq) => (seq === 2 ? REFUSED : ACCEPTED));
    await fixture.tick();
    const after = await statusOf(id);
    expect(after).toMatchObject({ status: 'completed', failedJobs: 1, waitingJobs: 0 });
    expect(after.progress).toMatchObject({ total: 6, accepted: 5, failed: 1, percentage: 100 });
    await expectTotalsToEqualARecount(id);

    const rows = await messagesOf(id);
    expect(rows.map(({ number }) => number).toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(rows.filter(({ resendOf }) => resendOf === run).map(({ number }) => number)).toEqual([2, 4, 6]);
    expect(await messagesOf(id, '&state=failed')).toMatchObject([{ number: 4, code: '131026' }]);
    const report = (await fixture.call('GET', `/api/campaigns/${id}/report.csv`)).text;
    expect(report.trim().split('\r\n')).toHaveLength(7);
    const [old] = await fixture.sql.query(
      `SELECT count(*)::int AS n FROM messages WHERE dispatch_id = $1 AND state = 'failed'`,
      [run],
    );
    expect(old).toEqual({ n: 3 });
  });

  it('goes through a list page by page, from the run to what was resent', async () => {
    const id = await completed([REFUSED, ACCEPTED]);
    await resend(id, { states: ['failed'] });
    await fixture.prepare(id);
    const numbers: number[] = [];
    for (let cursor = ''; ;) {
      const { body } = await fixture.call('GET', `/api/campaigns/${id}/messages?limit=2${cursor}`);
      numbers.push(...body.items.map((item: { number: number }) => item.number));
      if (body.nextCursor === null) break;
      cursor = `&cursor=${encodeURIComponent(body.nextCursor)}`;
    }
    expect(numbers).toEqual([2, 4, 6, 1, 3, 5]);
  });

  it('leaves an audit row: who, when, what and how many', async () => {
    const id = await completed([REFUSED]);
    const { body } = await resend(id, { states: ['failed'], codes: ['131026'] });
    const rows = await fixture.sql.query(
      'SELECT actor, action, details, at FROM audit_log WHERE subject = $1',
      [id],
    );
    expect(rows).toEqual([
      {
        actor: 'CAUDAL_ADMIN_KEY',
        action: 'campaign.resend',
        at: expect.any(Date),
        details: { dispatchId: body.jobId, messages: 6, states: ['failed'], codes: ['131026'] },
      },
    ]);
  });

  it('pauses, resumes and stops like any campaign; behind a stop nothing more is taken', async () => {
    const id = await completed([REFUSED]);
    await resend(id, { states: ['failed'] });
    await fixture.prepare(id);
    const order = (what: string) => fixture.call('POST', `/api/campaigns/${id}/queue-${what}`);
    expect((await order('pause')).body).toMatchObject({ status: 'pausing', inFlight: 0 });
    await expect(send(id, () => ACCEPTED)).resolves.toBeUndefined();
    await fixture.tick();
    expect(await statusOf(id)).toMatchObject({ status: 'paused', reason: { code: 'paused' } });
    expect((await order('resume')).body).toMatchObject({ status: 'sending' });
    expect((await order('stop')).body).toMatchObject({ status: 'stopping' });
    await fixture.tick();
    expect(await statusOf(id)).toMatchObject({ status: 'stopped', progress: { cancelled: 6, failed: 0 } });
    await expectTotalsToEqualARecount(id);
    expect(await resend(id, { states: ['failed'] })).toMatchObject({
      status: 409,
      body: { code: 'campaign_status', campaignStatus: 'stopped' },
    });
  });

  it('is stopped before its rows were written without taking anybody', async () => {
    const id = await completed([REFUSED]);
    await resend(id, { states: ['failed'] });
    await fixture.call('POST', `/api/campaigns/${id}/queue-stop`);
    await fixture.prepare(id);
    await fixture.tick();
    expect(await statusOf(id)).toMatchObject({
      status: 'stopped',
      progress: { total: 6, failed: 6, cancelled: 0 },
    });
  });

  it('goes on where it was after a crash between two chunks, nobody twice', async () => {
    const id = await completed([REFUSED]);
    await resend(id, { states: ['failed'] });
    // A worker that wrote the first chunk of three and died: the cursor says so, and its lease is over.
    await fixture.prepare(id);
    const again = await fixture.dispatchOf(id);
    await fixture.sql.query(
      'UPDATE campaigns SET is_prepared = false, prepare_cursor = 3, prepare_lease_until = NULL WHERE id = $1',
      [id],
    );
    expect(await fixture.prepare(id)).toBe('prepared');
    const rows = await fixture.sql.query('SELECT 1 FROM messages WHERE dispatch_id = $1', [again]);
    expect(rows).toHaveLength(6);
    await expectTotalsToEqualARecount(id);
  });

  describe('is refused', () => {
    it('while the campaign runs, with what to do', async () => {
      const id = await fixture.createCampaign({ message: 'Hola', contacts, channelIds: [channelId] });
      expect((await resend(id, { states: ['failed'] })).body).toMatchObject({ code: 'campaign_status' });
      await fixture.start(id);
      await fixture.prepare(id);
      expect(await resend(id, { states: ['failed'] })).toMatchObject({
        status: 409,
        body: { code: 'campaign_status', campaignStatus: 'sending' },
      });
    });

    it('where there is nothing, and where the campaign is of another workspace', async () => {
      const id = await completed([ACCEPTED, REFUSED]);
      expect((await resend(id, { states: ['failed'], codes: ['999'] })).body).toMatchObject({
        code: 'nothing_to_resend',
        status: 409,
      });
      const { key } = await fixture.otherWorkspace();
      const headers = { authorization: `Bearer ${key}` };
      expect((await resend(id, { states: ['failed'] }, headers)).status).toBe(404);
    });

    it.each([
      [{}, '/states'],
      [{ states: [] }, '/states'],
      [{ states: ['accepted'] }, '/states'],
      [{ states: ['failed', 'failed'] }, '/states'],
      [{ states: ['failed'], codes: [] }, '/codes'],
      [{ states: ['failed'], confirm: 'yes' }, '/confirm'],
    ])('when the body is %j', async (body, pointer) => {
      const reply = await resend(randomUUID(), body);
      expect(reply.status).toBe(400);
      expect(reply.body.errors[0].pointer).toMatch(new RegExp(`^${pointer}`));
    });

    it('of what may have arrived: without a word, without the right, and before its time', async () => {
      const id = await completed([LOST, ACCEPTED]);
      const wish = { states: ['failed', 'unknown'] };
      expect(await resend(id, wish)).toMatchObject({ status: 409, body: { code: 'resend_unconfirmed' } });
      const { body: operator } = await fixture.call('POST', '/api/api-keys', {
        name: 'crm',
        role: 'operator',
      });
      const headers = { authorization: `Bearer ${operator.key}` };
      expect(await resend(id, { ...wish, confirm: true }, headers)).toMatchObject({
        status: 403,
        body: { code: 'role_too_low', neededRole: 'admin' },
      });
      const early = await resend(id, { ...wish, confirm: true });
      expect(early).toMatchObject({ status: 409, body: { code: 'resend_too_early' } });
      const inHours = (Date.parse(early.body.earliestAt) - Date.now()) / 3_600_000;
      expect(inHours).toBeGreaterThan(23);
      expect(inHours).toBeLessThanOrEqual(24);
      expect(await fixture.statusOf(id)).toBe('completed');
    });
  });

  it('sends unconfirmed ones when an admin confirms it, past the horizon', async () => {
    const id = await completed([LOST, ACCEPTED]);
    expect((await statusOf(id)).unsettled).toMatchObject({ unknown: 3, unconfirmed: 0 });
    const [unknown] = await messagesOf(id, '&state=unknown');
    expect(unknown!.reason).toMatch(/^No answer came in time\. It may or may not have arrived/);
    await fixture.sql.query("UPDATE unknowns SET since = since - $1 * interval '1 ms'", [DAY_MS + 1000]);
    await fixture.get(UnknownHorizon).run();
    expect((await statusOf(id)).unsettled).toMatchObject({
      unknown: 0,
      unconfirmed: 3,
      text: expect.stringContaining('"confirm": true'),
    });
    const { status, body } = await resend(id, { states: ['unconfirmed'], confirm: true });
    expect([status, body.messages]).toEqual([202, 3]);
    await fixture.prepare(id);
    await send(id, () => ACCEPTED);
    await fixture.tick();
    const after = await statusOf(id);
    expect(after).toMatchObject({ status: 'completed', progress: { total: 6, accepted: 6, unconfirmed: 0 } });
    expect(after.unsettled).toBeUndefined();
  });

  it('lets one of two win that are ordered at once', async () => {
    const id = await completed([REFUSED]);
    const replies = await Promise.all([1, 2, 3].map(() => resend(id, { states: ['failed'] })));
    expect(replies.map(({ status }) => status).toSorted()).toEqual([202, 409, 409]);
    await fixture.prepare(id);
    await expectTotalsToEqualARecount(id);
    const [dispatches] = await fixture.sql.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM dispatches WHERE campaign_id = $1',
      [id],
    );
    expect(dispatches!.n).toBe(2);
  });

  it('answers a repeated Idempotency-Key as the first time, and orders once', async () => {
    const id = await completed([REFUSED]);
    const headers = { 'idempotency-key': randomUUID() };
    const first = await resend(id, { states: ['failed'] }, headers);
    const second = await resend(id, { states: ['failed'] }, headers);
    expect([second.status, second.body]).toEqual([first.status, first.body]);
    expect((await resend(id, { states: ['failed'] }, { 'idempotency-key': randomUUID() })).status).toBe(409);
  });
});
