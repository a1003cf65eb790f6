import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CampaignsFixture } from './campaigns-app.js';

/** What people make of a campaign beside sending it: a sample, a copy, a second word. */
describe('beside a campaign', () => {
  let fixture: CampaignsFixture;
  let channelId: string;

  beforeAll(async () => {
    fixture = await CampaignsFixture.start({ CAUDAL_CONFIRM_ABOVE: '8' });
    channelId = await fixture.createChannel();
  });

  afterAll(() => fixture?.stop());

  async function prepared(contacts: readonly string[], fields: object = {}): Promise<string> {
    const id = await fixture.createCampaign({
      message: 'Hola {{nombre}}, debes {{saldo}}. Baja: STOP',
      contacts,
      ...fields,
    });
    const { status, text } = await fixture.call('POST', `/api/campaigns/${id}/start`, { confirm: true });
    expect(status, text).toBe(202);
    await fixture.prepare(id);
    return id;
  }

  /** As if the messages of these numbers had come so far, so many hours ago. */
  async function reached(
    id: string,
    seqs: readonly number[],
    state: string,
    hoursAgo: number,
  ): Promise<void> {
    await fixture.sql.query(
      `UPDATE messages SET state = $3::message_state, attempt = 1, inflight_at = now() - $4 * interval '1 hour',
         accepted_at = now() - $4 * interval '1 hour',
         delivered_at = CASE WHEN $3 IN ('delivered', 'read') THEN now() - $4 * interval '1 hour' END
       WHERE dispatch_id = $1 AND seq = ANY($2::int[])`,
      [await fixture.dispatchOf(id), seqs, state, hoursAgo],
    );
  }

  const followUp = (id: string, body: object) => fixture.call('POST', `/api/campaigns/${id}/follow-up`, body);

  describe('a follow-up', () => {
    it('is a draft with the plan of the first, for those who have it and did not read it', async () => {
      const contacts = await fixture.addContacts(7);
      const id = await prepared(contacts, { ratePerSecond: 3, weight: 4 });
      await reached(id, [1, 2], 'delivered', 50);
      await reached(id, [3], 'read', 50);
      await reached(id, [4], 'delivered', 10);
      await reached(id, [5], 'failed', 50);
      await reached(id, [6], 'sent', 50);
      const rows = await fixture.messagesOf(id);
      // Whoever wrote since has seen it, whatever their phone says.
      await fixture.sql.query(
        `INSERT INTO conversations (workspace_id, contact_id, channel_id, recipient, last_inbound_at, last_message_at, last_text)
         SELECT workspace_id, id, $2, recipient, now(), now(), 'Gracias' FROM contacts WHERE recipient = $1`,
        [rows[1]!.recipient, channelId],
      );
      const { status, body } = await followUp(id, {
        unreadAfterHours: 48,
        message: '{{nombre}}, ¿viste que debes {{saldo}}? Baja: STOP',
      });
      expect(status).toBe(201);
      expect(body).toMatchObject({
        status: 'draft',
        name: 'mayo (follow-up)',
        ratePerSecond: 3,
        weight: 4,
        channelIds: [channelId],
        audience: { kind: 'file', rows: 2, rejected: 0 },
      });
      const { body: preflight } = await fixture.call('GET', `/api/campaigns/${body.id}/preflight`);
      expect(preflight).toMatchObject({ counts: { audience: 2, recipients: 2, missingVariables: 0 } });
      await fixture.start(body.id);
      await fixture.prepare(body.id);
      const written = await fixture.messagesOf(body.id);
      expect(written.map(({ recipient }) => recipient)).toEqual([rows[0]!.recipient, rows[5]!.recipient]);
      expect(written[0]!.variables).toMatchObject({ saldo: '100' });
    });

    it('says the same again only to who confirms it, and nothing to nobody', async () => {
      const id = await prepared(await fixture.addContacts(2));
      expect(await followUp(id, { unreadAfterHours: 1, message: 'Hola' })).toMatchObject({
        status: 409,
        body: { code: 'nobody_to_follow_up' },
      });
      await reached(id, [1], 'accepted', 2);
      expect(await followUp(id, { unreadAfterHours: 1 })).toMatchObject({
        status: 409,
        body: { code: 'follow_up_repeats' },
      });
      const { body } = await followUp(id, { unreadAfterHours: 1, confirm: true, name: 'otra vez' });
      expect(body).toMatchObject({ name: 'otra vez', content: { type: 'text' }, audience: { rows: 1 } });
      expect(await followUp(id, { unreadAfterHours: 1, confirm: true, states: ['delivered'] })).toMatchObject(
        { status: 409, body: { code: 'nobody_to_follow_up' } },
      );
      const drafts = await fixture.call('GET', '/api/campaigns?search=follow-up&status=draft');
      expect(
        drafts.body.items.filter((one: { audience: { rows: number } }) => one.audience.rows === 0),
      ).toEqual([]);
    });

    it('is refused for what nobody has', async () => {
      const id = await fixture.createCampaign({ message: 'Hola', contacts: await fixture.addContacts(1) });
      expect(await followUp(id, { unreadAfterHours: 24, message: 'x' })).toMatchObject({
        status: 409,
        body: { code: 'campaign_status' },
      });
      expect(await followUp(id, { unreadAfterHours: 0, message: 'x' })).toMatchObject({ status: 400 });
      expect(await followUp(id, { unreadAfterHours: 2, states: ['failed'] })).toMatchObject({ status: 400 });
    });
  });

  describe('a sample', () => {
    it('is sent to a number as a single message, rendered for somebody of the audience', async () => {
      const contacts = await fixture.addContacts(2);
      const id = await fixture.createCampaign({ message: 'Hola {{nombre}}, debes {{saldo}}', contacts });
      const { status, body } = await fixture.call('POST', `/api/campaigns/${id}/test`, {
        phone: '55 9999 0000',
      });
      expect(status).toBe(202);
      expect(body).toMatchObject({
        success: true,
        phone: '+525599990000',
        channelId,
        content: { type: 'text', text: expect.stringMatching(/^Hola Persona \d+, debes 100$/) },
      });
      const [row] = await fixture.sql.query<{
        recipient: string;
        content: unknown;
        kind: string;
        category: string;
      }>(
        `SELECT m.recipient, m.content, d.kind, d.category FROM messages m JOIN dispatches d ON d.id = m.dispatch_id
         WHERE m.recipient = '+525599990000'`,
      );
      expect(row).toEqual({
        recipient: '+525599990000',
        content: body.content,
        kind: 'stream',
        category: 'service',
      });
      expect(body.task_id).toMatch(/^[0-9a-f-]{36}$/);
      expect(await fixture.statusOf(id)).toBe('draft');
    });

    it('is refused with the reason where there is none', async () => {
      const lacking = await fixture.addContacts(1, { saldo: null });
      const id = await fixture.createCampaign({ message: 'Debes {{saldo}}', contacts: lacking });
      const test = (body: object) => fixture.call('POST', `/api/campaigns/${id}/test`, body);
      expect(await test({ phone: '5599990001' })).toMatchObject({ status: 409, body: { code: 'no_sample' } });
      expect(await test({ phone: '12' })).toMatchObject({ status: 400, body: { code: 'bad_phone' } });
      const running = await prepared(await fixture.addContacts(1));
      expect(
        await fixture.call('POST', `/api/campaigns/${running}/test`, { phone: '5599990001' }),
      ).toMatchObject({ status: 409, body: { code: 'campaign_status' } });
    });
  });

  describe('a large campaign with a time of its own', () => {
    const at = '2099-05-01T15:00:00Z';

    it('must be confirmed when it is given its time, as at a start', async () => {
      const contacts = await fixture.addContacts(9);
      const fields = { name: 'grande', message: 'Hola', contacts };
      const create = (more: object) => fixture.call('POST', '/api/campaigns', { ...fields, ...more });
      expect(await create({ scheduledAt: at })).toMatchObject({
        status: 409,
        body: { code: 'confirmation_needed', recipients: 9, confirmAbove: 8 },
      });
      const recurrence = { cron: '0 9 * * 1', timezone: 'America/Mexico_City' };
      expect(await create({ recurrence })).toMatchObject({ status: 409 });
      expect(await create({ scheduledAt: at, confirm: true })).toMatchObject({
        status: 201,
        body: { status: 'scheduled' },
      });
      const { body: draft } = await create({});
      const change = (body: object) => fixture.call('PATCH', `/api/campaigns/${draft.id}`, body);
      expect(await change({ scheduledAt: at })).toMatchObject({ status: 409 });
      expect(await fixture.statusOf(draft.id)).toBe('draft');
      expect(await change({ scheduledAt: at, confirm: true })).toMatchObject({ status: 200 });
      expect(await change({ name: 'otro' })).toMatchObject({ status: 200 });
    });

    it('is asked about as well when a small one that waits gets a large audience', async () => {
      const [first] = await fixture.addContacts(1);
      const large = await fixture.addContacts(9);
      const id = await fixture.createCampaign({ message: 'Hola', contacts: [first], scheduledAt: at });
      const change = (body: object) => fixture.call('PATCH', `/api/campaigns/${id}`, body);
      expect(await change({ contacts: large })).toMatchObject({
        status: 409,
        body: { code: 'confirmation_needed' },
      });
      expect(await change({ contacts: large, confirm: true })).toMatchObject({ status: 200 });
    });

    it('counts the rows of an upload that may be sent to', async () => {
      const numbers = Array.from({ length: 10 }, (_, n) => `55123400${10 + n}`);
      const upload = (rows: readonly string[], more: Record<string, string> = {}) =>
        fixture.upload('/api/campaigns', ['telefono', ...rows].join('\n'), {
          name: 'archivo',
          message: 'Hola',
          scheduledAt: at,
          ...more,
        });
      expect(await upload(numbers)).toMatchObject({ status: 409, body: { recipients: 10 } });
      expect(await upload([...numbers.slice(0, 8), 'x', numbers[0]!])).toMatchObject({ status: 201 });
      expect(await upload(numbers, { confirm: 'true' })).toMatchObject({ status: 201 });
    });
  });

  describe('a copy', () => {
    it('has the whole plan, and its list', async () => {
      const other = await fixture.createChannel();
      const { body: original, ...uploaded } = await fixture.upload(
        '/api/campaigns',
        'telefono,saldo\n5512340001,5\n5512340002,6',
        {
          name: 'lista',
          message: 'Debes {{saldo}}',
          channelIds: JSON.stringify([channelId, other]),
          ratePerSecond: '2.5',
          weight: '7',
          category: 'utility',
          pacing: JSON.stringify({ mode: 'fixed', intervalMs: 500 }),
          window: JSON.stringify({ from: '09:00', to: '18:00' }),
          recurrence: JSON.stringify({ cron: '0 9 * * 1', timezone: 'America/Mexico_City' }),
          frequencyCap: JSON.stringify({ messages: 2, days: 7 }),
          canary: JSON.stringify({ size: 10, maxFailureRate: 0.1 }),
          holdOnFailures: JSON.stringify({ rate: 0.3, of: 100 }),
        },
      );
      expect(uploaded.status, uploaded.text).toBe(201);
      const { status, body: copy } = await fixture.call('POST', `/api/campaigns/${original.id}/duplicate`);
      expect(status).toBe(201);
      const own = new Set([
        'id',
        'name',
        'status',
        'createdAt',
        'updatedAt',
        'nextRuns',
        'nextRunAt',
        'recurrence',
        'scheduledAt',
      ]);
      const planOf = (campaign: Record<string, unknown>) =>
        Object.fromEntries(Object.entries(campaign).filter(([key]) => !own.has(key)));
      expect(planOf(copy)).toEqual(planOf(original));
      // A time is a decision about one campaign: a copy starts when somebody starts it.
      expect(copy).toMatchObject({ name: 'lista (copy)', status: 'draft', recurrence: null, weight: 7 });
      const { body: preflight } = await fixture.call('GET', `/api/campaigns/${copy.id}/preflight`);
      expect(preflight.counts).toMatchObject({ recipients: 2, missingVariables: 0 });
    });
  });
});
