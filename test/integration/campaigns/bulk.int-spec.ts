import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SuppressionRepository } from '../../../src/ledger/suppression.repository.js';
import { CampaignsFixture } from './campaigns-app.js';

const PROGRESSIVE = {
  mode: 'progressive',
  baseDelayMs: 2000,
  stepMs: 500,
  stepEvery: 10,
  maxDelayMs: 5000,
};

describe('many messages in one request', () => {
  let fixture: CampaignsFixture;
  let channelId: string;
  let numbers = 0;

  beforeAll(async () => {
    fixture = await CampaignsFixture.start({ BATCH_SIZE: '100' });
    channelId = await fixture.createChannel({ pacing: PROGRESSIVE });
  });

  afterAll(() => fixture.stop());

  const nextPhone = (): string => `+5255${String(30_000_000 + (numbers += 1))}`;
  const send = (body: unknown, headers: Record<string, string> = {}) =>
    fixture.call('POST', '/messages/send-bulk', body as object, headers);
  const contentsOf = (id: string) =>
    fixture.sql.query<{ content: unknown; variables: unknown }>(
      `SELECT m.content, m.variables FROM messages m JOIN campaigns c ON c.dispatch_id = m.dispatch_id
       WHERE c.id = $1 ORDER BY m.seq`,
      [id],
    );
  const campaigns = async (): Promise<number> => {
    const [row] = await fixture.sql.query<{ n: number }>('SELECT count(*)::int AS n FROM campaigns');
    return row!.n;
  };

  it('are stored as a campaign that is sending, and answered as the ticket sender did', async () => {
    const { status, body } = await send({ messages: [{ phone: '+525512345678', message: 'Hola' }] });
    expect(status).toBe(202);
    expect(body).toEqual({
      success: true,
      campaign_id: expect.any(String),
      total_messages: 1,
      skipped: {},
      estimatedTime: 2000,
    });
    expect(await fixture.statusOf(body.campaign_id)).toBe('sending');
    expect(await fixture.messagesOf(body.campaign_id)).toMatchObject([
      { seq: 1, recipient: '+525512345678', state: 'pending', channel_id: channelId },
    ]);
    const [dispatch] = await fixture.sql.query(
      `SELECT d.kind, d.policy, g.open FROM dispatches d JOIN dispatch_gates g ON g.dispatch_id = d.id
       JOIN campaigns c ON c.dispatch_id = d.id WHERE c.id = $1`,
      [body.campaign_id],
    );
    expect(dispatch).toEqual({
      kind: 'bulk',
      open: true,
      policy: { maxTries: 4, retryBaseMs: 5000, retryMaxMs: 5000, isSteady: true },
    });
  });

  it('keep their order, their content and the values of its variables', async () => {
    const [ana] = await fixture.addContacts(1);
    const [known] = await fixture.sql.query<{ recipient: string }>(
      'SELECT recipient FROM contacts WHERE id = $1',
      [ana],
    );
    const document = { type: 'document', url: 'https://example.com/{{archivo}}.pdf' };
    const { body } = await fixture.call('POST', '/api/messages/send-bulk', {
      name: 'Boletos',
      channelId,
      more: 'is ignored',
      messages: [
        {
          phone: known!.recipient,
          message: 'Hola {{Nombre}}, {{telefono}}',
          variables: { nombre: ' Ana ', x: 1 },
        },
        { phone: '55 4000 0002', content: document, variables: { archivo: 1042 }, id: 7 },
        { phone: nextPhone(), message: 'Hola {{nombre|cliente}}' },
      ],
    });
    expect(await contentsOf(body.campaign_id)).toEqual([
      {
        content: { type: 'text', text: 'Hola {{Nombre}}, {{telefono}}' },
        variables: { name: 'Ana', phone: known!.recipient },
      },
      { content: document, variables: { archivo: '1042' } },
      { content: { type: 'text', text: 'Hola {{nombre|cliente}}' }, variables: {} },
    ]);
    expect(await fixture.messagesOf(body.campaign_id)).toMatchObject([
      { contact_id: ana },
      { contact_id: null, recipient: '+525540000002' },
      { contact_id: null },
    ]);
    const { body: campaign } = await fixture.call('GET', `/api/campaigns/${body.campaign_id}`);
    expect(campaign).toMatchObject({
      name: 'Boletos',
      content: null,
      audience: { kind: 'bulk', messages: 3 },
    });
  });

  it('may go to one number several times, and are all sent', async () => {
    const phone = nextPhone();
    const { body } = await send({
      messages: [1, 2, 3].map((n) => ({ phone, message: `Boleto ${n}` })),
    });
    expect(body).toMatchObject({ total_messages: 3, skipped: {}, estimatedTime: 6000 });
    expect(await fixture.progressOf(body.campaign_id)).toMatchObject({ total: 3, pending: 3, skipped: 0 });
  });

  it('skip who opted out, in batches and counters that add up', async () => {
    const phones = Array.from({ length: 250 }, nextPhone);
    await fixture.get(SuppressionRepository).suppress(fixture.sql, {
      workspaceId: await fixture.workspaceId(),
      recipients: [phones[0]!, ...phones.slice(100, 200)],
      category: 'all',
      reason: 'spec',
      source: 'api',
    });
    const { body } = await send({ messages: phones.map((phone) => ({ phone, message: 'Hola' })) });
    expect(body).toMatchObject({ total_messages: 250, skipped: { suppressed: 101 } });
    expect(await fixture.progressOf(body.campaign_id)).toMatchObject({
      total: 250,
      skipped: 101,
      pending: 149,
    });
    const batches = await fixture.sql.query(
      `SELECT first_seq AS first, last_seq AS last, state FROM batches WHERE dispatch_id = $1 ORDER BY batch_no`,
      [await fixture.dispatchOf(body.campaign_id)],
    );
    expect(batches).toEqual([
      { first: 1, last: 100, state: 'ready' },
      { first: 101, last: 200, state: 'done' },
      { first: 201, last: 250, state: 'ready' },
    ]);
    const { body: list } = await fixture.call(
      'GET',
      `/api/campaigns/${body.campaign_id}/messages?state=skipped&limit=1`,
    );
    expect(list.items[0]).toMatchObject({ code: 'suppressed', recipient: phones[0] });
  });

  it('are all refused when one is wrong, with an error for each that names index, field and value', async () => {
    const before = await campaigns();
    const { status, body } = await send({
      messages: [
        { phone: nextPhone(), message: 'Hola' },
        { phone: '123', message: 'Hola' },
        { phone: nextPhone(), message: '  ' },
        { phone: nextPhone(), content: { type: 'document', url: 'boleto.pdf' } },
        { phone: nextPhone(), message: 'Hola {{nombre}}' },
        'Hola',
      ],
    });
    expect([status, body.code, body.detail]).toEqual([
      400,
      'validation_failed',
      '5 faults. Nothing was stored.',
    ]);
    expect(body.errors).toEqual([
      {
        pointer: '/messages/1/phone',
        detail: 'phone "123" too short: 3 digits; write it with country code, as +525512345678',
      },
      { pointer: '/messages/2/message', detail: 'message "  " must be a text of 1 to 4096 characters' },
      {
        pointer: '/messages/3/content/url',
        detail: 'url "boleto.pdf" must begin with https:// (or be a variable that holds an address)',
      },
      {
        pointer: '/messages/4/variables/nombre',
        detail: '{{nombre}} has no value: give it in variables, or a default: {{nombre|…}}',
      },
      { pointer: '/messages/5', detail: 'a message "Hola" must be an object {"phone","message"}' },
    ]);
    expect(await campaigns()).toBe(before);
  });

  it('are ten thousand at most, in a body larger than others may be', async () => {
    const message = 'x'.repeat(300);
    const messages = Array.from({ length: 10_000 }, () => ({ phone: nextPhone(), message }));
    const { status, body } = await send({ messages });
    expect([status, body.total_messages]).toEqual([202, 10_000]);
    expect(await fixture.progressOf(body.campaign_id)).toMatchObject({ total: 10_000, pending: 10_000 });
    const tooMany = await send({ messages: [...messages, messages[0]] });
    expect([tooMany.status, tooMany.body.errors[0].pointer]).toEqual([400, '/messages']);
    const usual = await fixture.call('POST', '/api/contacts', {
      phone: nextPhone(),
      name: 'x'.repeat(1_100_000),
    });
    expect(usual.status).toBe(413);
  });

  it('are made once however often the request is repeated under one Idempotency-Key', async () => {
    const request = { messages: [{ phone: nextPhone(), message: 'Hola' }] };
    const key = { 'idempotency-key': 'bulk-1' };
    const first = await send(request, key);
    const before = await campaigns();
    const again = await send(request, key);
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(await campaigns()).toBe(before);
    const other = await send({ messages: [{ phone: nextPhone(), message: 'Adiós' }] }, key);
    expect([other.status, other.body.code]).toEqual([409, 'idempotency_key_reused']);
  });

  it('are paused, resumed and stopped as a campaign, and not copied', async () => {
    const { body } = await send({ messages: [{ phone: nextPhone(), message: 'Hola' }] });
    const id = body.campaign_id as string;
    const order = async (name: string) => (await fixture.call('POST', `/api/campaigns/${id}/${name}`)).status;
    expect(await order('queue-pause')).toBe(200);
    await fixture.tick();
    expect(await fixture.statusOf(id)).toBe('paused');
    expect(await order('queue-resume')).toBe(200);
    const copy = await fixture.call('POST', `/api/campaigns/${id}/duplicate`);
    expect([copy.status, copy.body.code]).toEqual([409, 'bulk_not_repeatable']);
    expect(await order('queue-stop')).toBe(200);
    await fixture.tick();
    expect(await fixture.statusOf(id)).toBe('stopped');
    expect(await fixture.progressOf(id)).toMatchObject({ cancelled: 1, pending: 0 });
    const report = await fixture.call('GET', `/api/campaigns/${id}/report.csv`);
    expect(report.text).toContain('cancelled');
    const { body: told } = await fixture.call('GET', `/api/campaigns/${id}/queue-status`);
    expect(told.status).toMatchObject({
      status: 'stopped',
      totalJobs: 1,
      progress: { total: 1, cancelled: 1 },
    });
  });

  it('are completed at once when all of them are skipped', async () => {
    const phone = nextPhone();
    await fixture.get(SuppressionRepository).suppress(fixture.sql, {
      workspaceId: await fixture.workspaceId(),
      recipients: [phone],
      category: 'all',
      reason: 'spec',
      source: 'api',
    });
    const { body } = await send({ messages: [{ phone, message: 'Hola' }] });
    expect(body).toMatchObject({ total_messages: 1, skipped: { suppressed: 1 }, estimatedTime: 0 });
    await fixture.tick();
    expect(await fixture.statusOf(body.campaign_id)).toBe('completed');
  });

  it('need to say which channel where there are several, and are told which there are', async () => {
    const other = await fixture.createChannel();
    try {
      const unsaid = await send({ messages: [{ phone: nextPhone(), message: 'Hola' }] });
      expect([unsaid.status, unsaid.body.code, unsaid.body.known]).toEqual([
        422,
        'channel_needed',
        expect.arrayContaining([expect.objectContaining({ id: other })]),
      ]);
      const unknown = await send({
        channelId: '7f9c2ba4-e88f-4d0b-9d0c-3b1f0f6a1c55',
        messages: [{ phone: nextPhone(), message: 'Hola' }],
      });
      expect([unknown.status, unknown.body.code]).toEqual([422, 'channel_not_found']);
    } finally {
      await fixture.call('DELETE', `/api/channels/${other}`);
    }
  });
});
