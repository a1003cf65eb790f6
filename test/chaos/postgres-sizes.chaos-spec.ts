import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { audit } from '../support/auditor.js';
import { Stack } from '../support/stack.js';
import { insertDispatch, signatureOf } from '../support/webhooks.js';
import { Dice, isFull, seeds } from './dice.js';
import { keepLogsOnFailure, SHORT_LEASES, untilStatus } from './scene.js';

/** More than a statement of Postgres takes parameters, which are 65,535. */
const MANY = 70_000;
/** What one body may hold; each is several parameters, were they bound one by one. */
const STATUSES = 50_000;
const APP_SECRET = 'the-app-secret-of-the-chaos-specs';
const ACCOUNT_REF = '106540352242922';
const WAIT = { timeout: 120_000, interval: 100 };

describe.runIf(isFull)('more at once than a statement has parameters', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start({
      workers: 2,
      environment: { ...SHORT_LEASES, CAUDAL_WEBHOOK_MAX_BYTES: '67108864' },
    });
  });

  afterAll(() => stack?.stop());

  beforeEach(() => keepLogsOnFailure(stack));

  it.each(seeds)(
    'F-34 seventy thousand recipients and contacts, and fifty thousand statuses, in one piece each: all there, none twice [seed %i]',
    async (seed) => {
      const dice = new Dice('F-34', seed);
      const channelId = await stack.createChannel(
        { phoneNumberId: ACCOUNT_REF, appSecret: APP_SECRET },
        { perSecond: 50 },
      );
      const importedMs = await timed(() => importContacts());
      const stoppedMs = await timed(() => prepareAndStop(channelId));
      const appliedMs = await timed(() => applyStatuses(channelId));
      const refusedAt = await sendBulk(channelId, MANY);
      const takenAt = await sendBulk(channelId, 10_000);
      dice.tell({
        contacts: MANY,
        'imported ms': importedMs,
        recipients: MANY,
        'prepared and stopped ms': stoppedMs,
        'statuses in one body': STATUSES,
        'applied ms': appliedMs,
      });
      expect(refusedAt).toBe(400);
      expect(takenAt).toBe(202);
      expect(
        stack.processes.flatMap((one) => one.output().match(/bind message|too many parameters/g) ?? []),
      ).toEqual([]);
    },
  );

  async function timed(work: () => Promise<void>): Promise<number> {
    const beganAt = performance.now();
    await work();
    return Math.round(performance.now() - beganAt);
  }

  async function importContacts(): Promise<void> {
    const rows = Array.from({ length: MANY }, (_, n) => `+5215${540_000_000 + n};Persona ${n}`);
    const { status, body } = await stack.api.upload<{ id: string }>(
      '/api/contacts/imports',
      { name: 'contactos.csv', text: `telefono;nombre\n${rows.join('\n')}\n` },
      { defaultCountry: 'MX' },
    );
    expect(status).toBe(202);
    await expect
      .poll(async () => (await stack.api.get(`/api/contacts/imports/${body.id}`)).body, WAIT)
      .toMatchObject({ status: 'done', rows: { created: MANY, failed: 0 } });
  }

  async function prepareAndStop(channelId: string): Promise<void> {
    const campaignId = await stack.createCampaign(MANY, channelId);
    await stack.start(campaignId);
    await expect.poll(async () => (await stack.status(campaignId)).progress['total'], WAIT).toBe(MANY);
    expect((await stack.api.post(`/api/campaigns/${campaignId}/queue-stop`)).status).toBeLessThan(300);
    await untilStatus(stack, campaignId, 'stopped');
    const { progress } = await audit(stack, campaignId);
    expect(progress.total).toBe(MANY);
    expect(progress.pending + progress.inflight).toBe(0);
    expect(progress.cancelled).toBeGreaterThan(0);
  }

  /** A provider that was away, and tells everything in one go. */
  async function applyStatuses(channelId: string): Promise<void> {
    const { sql } = stack.ledger;
    const [channel] = await sql.query<{ id: string }>(
      'SELECT workspace_id AS id FROM channels WHERE id = $1',
      [channelId],
    );
    const target = { workspaceId: channel!.id, channelId, accountRef: ACCOUNT_REF };
    const dispatchId = await insertDispatch(sql, target, STATUSES);
    const statuses = Array.from({ length: STATUSES }, (_, n) => ({
      id: `wamid.${dispatchId}.${n + 1}`,
      status: 'delivered',
      timestamp: '1763700000',
      recipient_id: '5215510000001',
      biz_opaque_callback_data: `${dispatchId}:${n + 1}:1`,
    }));
    const value = {
      messaging_product: 'whatsapp',
      metadata: { display_phone_number: '15550783881', phone_number_id: ACCOUNT_REF },
      statuses,
    };
    const body = Buffer.from(
      JSON.stringify({
        object: 'whatsapp_business_account',
        entry: [{ id: '419561257915477', changes: [{ field: 'messages', value }] }],
      }),
    );
    const answer = await fetch(`${stack.routerUrl}/webhook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hub-signature-256': signatureOf(body, APP_SECRET) },
      body,
    });
    expect(answer.status, await answer.text()).toBe(200);
    await expect
      .poll(async () => (await stack.ledger.progress.of(dispatchId)).delivered, WAIT)
      .toBe(STATUSES);
    expect(await stack.ledger.progress.recount(dispatchId)).toEqual(
      await stack.ledger.progress.of(dispatchId),
    );
  }

  async function sendBulk(channelId: string, count: number): Promise<number> {
    const messages = Array.from({ length: count }, (_, n) => ({
      phone: `+5215${550_000_000 + n}`,
      message: 'Hola',
    }));
    return (await stack.api.post('/api/messages/send-bulk', { channelId, messages })).status;
  }
});
