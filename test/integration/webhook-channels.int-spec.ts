import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ApiApp } from '../support/api-app.js';
import { status, webhookBody } from '../support/webhooks.js';
import {
  makeChannel,
  PHONE_NUMBER_ID,
  postWebhook,
  signedByMeta,
  startWebhookApp,
  type MadeChannel,
} from './webhook-app.js';

const SENT =
  '{"event":"messages.update","instance":"ventas","data":{"keyId":"3EB0","fromMe":true,"status":"READ"}}';
const WRITTEN = '{"event":"messages.upsert","instance":"ventas","data":{}}';
const FORWARDED = { 'x-forwarded-for': '203.0.113.7' };

describe('who may post webhooks', () => {
  let app: ApiApp;
  let evolution: MadeChannel;
  let cloud: MadeChannel;
  let twilio: MadeChannel;

  beforeAll(async () => {
    app = await startWebhookApp('api,router', {
      CAUDAL_TRUST_PROXY: 'loopback',
      CAUDAL_WEBHOOK_REFUSALS: '5',
    });
    cloud = await makeChannel(app, 'whatsapp-cloud');
    evolution = await makeChannel(app, 'evolution');
    twilio = await makeChannel(app, 'twilio');
  });

  beforeEach(async () => {
    await app.sql.query('TRUNCATE webhook_events, webhook_backlog, webhook_quarantine');
  });

  afterAll(() => app.stop());

  function stored() {
    return app.sql.query<Record<string, unknown>>(
      `SELECT convert_from(body, 'UTF8') AS body, provider, channel_ids, address_channel_id, content_type, query, lane
       FROM webhook_events JOIN webhook_backlog ON event_id = id ORDER BY id`,
    );
  }

  it('gives a channel whose provider signs nothing a secret, shown once and sealed at rest', async () => {
    const secret = evolution.webhookSecret!;
    expect(secret).toMatch(/^[\w-]{32}$/);
    expect(evolution.webhookUrl).toBe(`https://caudal.example.com/webhooks/${evolution.id}/${secret}`);
    const again = await app.inject('GET', `/api/channels/${evolution.id}`);
    expect(again.text).not.toContain(secret);
    expect(JSON.parse(again.text)).toMatchObject({
      webhookUrl: `https://caudal.example.com/webhooks/${evolution.id}`,
    });
    const [row] = await app.sql.query<{ text: string }>(
      `SELECT row_to_json(c)::text AS text FROM channels c WHERE id = $1`,
      [evolution.id],
    );
    expect(row!.text).not.toContain(Buffer.from(secret).toString('hex'));
    expect([cloud.webhookSecret, twilio.webhookSecret]).toEqual([undefined, undefined]);
    expect(cloud.webhookUrl).toBe('https://caudal.example.com/webhook');
  });

  it('keeps no secret for a repeated Idempotency-Key', async () => {
    const body = {
      name: 'repeated',
      provider: 'evolution',
      settings: { baseUrl: 'https://evolution.example.com', apiKey: 'k', instance: 'other' },
    };
    const key = { 'idempotency-key': 'one' };
    const first = await app.inject('POST', '/api/channels', body, key);
    const second = await app.inject('POST', '/api/channels', body, key);
    const { id, webhookSecret } = JSON.parse(first.text) as MadeChannel;
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.text).not.toContain(webhookSecret);
    expect(JSON.parse(second.text)).toMatchObject({ id });
  });

  it('takes webhooks with the secret in the path, before an event name, or in the header', async () => {
    const secret = evolution.webhookSecret!;
    const plain = `/webhooks/${evolution.id}`;
    for (const [nth, [url, headers]] of [
      [evolution.webhookUrl, {}],
      [`${evolution.webhookUrl}/messages-update`, {}],
      [plain, { 'x-webhook-secret': secret }],
      [`${plain}/messages-update`, { 'x-webhook-secret': secret }],
    ].entries() as IterableIterator<[number, [string, Record<string, string>]]>) {
      const reply = await postWebhook(app, url, `${SENT}${' '.repeat(nth)}`, headers);
      expect([url, reply.status, reply.text]).toEqual([url, 200, '{"success":true}']);
    }
    expect(await stored()).toHaveLength(4);
    expect((await stored())[0]).toEqual({
      body: SENT,
      provider: 'evolution',
      channel_ids: [evolution.id],
      address_channel_id: evolution.id,
      content_type: 'application/json',
      query: '',
      lane: 1,
    });
  });

  it('puts what a person wrote on the lane before statuses', async () => {
    await postWebhook(app, evolution.webhookUrl, WRITTEN);
    const message = `{"entry":[{"changes":[{"field":"messages","value":{"messages":[]}}]}]}`;
    await postWebhook(app, '/webhook', message, signedByMeta(message));
    const statuses = webhookBody(PHONE_NUMBER_ID, [status('sent', '1:1:1')]);
    await postWebhook(app, '/webhook', statuses, signedByMeta(statuses));
    expect((await stored()).map(({ lane }) => lane)).toEqual([0, 0, 1]);
  });

  it('takes a form that Twilio signed, with the address and the query that it called', async () => {
    const form = 'MessageSid=SM1&MessageStatus=delivered&To=whatsapp%3A%2B525510000001';
    const url = `https://caudal.example.com/webhooks/${twilio.id}?caudal=1%3A1%3A1`;
    const parameters = [...new URLSearchParams(form)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flat()
      .join('');
    const signature = createHmac('sha1', 'f'.repeat(32))
      .update(url + parameters)
      .digest('base64');
    const type = 'application/x-www-form-urlencoded; charset=UTF-8';
    const reply = await postWebhook(app, url, form, {
      'content-type': type,
      'x-twilio-signature': signature,
    });
    expect([reply.status, reply.text, reply.headers['content-type']]).toEqual([
      200,
      '<Response/>',
      'text/xml',
    ]);
    expect(await stored()).toMatchObject([
      { body: form, content_type: 'application/x-www-form-urlencoded', query: 'caudal=1%3A1%3A1' },
    ]);
    const elsewhere = await postWebhook(app, url.replace('1%3A1%3A1', '1%3A1%3A2'), form, {
      'content-type': type,
      'x-twilio-signature': signature,
    });
    expect(elsewhere.status).toBe(401);
  });

  it.each([
    ['no secret', (id: string) => `/webhooks/${id}`],
    ['a wrong one', (id: string) => `/webhooks/${id}/${'x'.repeat(32)}`],
    ['one cut short', (id: string, secret: string) => `/webhooks/${id}/${secret.slice(1)}`],
    [
      'the secret of a channel at the address of another',
      (_id: string, secret: string) => `/webhooks/${twilio.id}/${secret}`,
    ],
    [
      'the secret at the address of none',
      (_id: string, secret: string) => `/webhooks/7f9c2ba4-e88f-4d0b-9d0c-3b1f0f6a1c55/${secret}`,
    ],
  ])('W-06 refuses %s with 401, and looks at nothing', async (_what, urlOf) => {
    const reply = await postWebhook(app, urlOf(evolution.id, evolution.webhookSecret!), '{"broken": ');
    expect([reply.status, JSON.parse(reply.text)]).toMatchObject([401, { code: 'bad_signature' }]);
    expect(await stored()).toEqual([]);
  });

  it('W-06 takes no secret in place of a signature where the provider signs', async () => {
    await app.sql.query(
      'UPDATE channels SET sealed_webhook_secret = (SELECT sealed_webhook_secret FROM channels WHERE id = $1) WHERE id = $2',
      [evolution.id, twilio.id],
    );
    expect((await postWebhook(app, `/webhooks/${twilio.id}/${evolution.webhookSecret}`, 'a=1')).status).toBe(
      401,
    );
    await app.sql.query('UPDATE channels SET sealed_webhook_secret = NULL WHERE id = $1', [twilio.id]);
  });

  it('tells whoever looks at an address whether its secret is right, and Meta its challenge', async () => {
    const look = async (path: string) => {
      const reply = await app.app.inject({ method: 'GET', url: path });
      return [reply.statusCode, reply.statusCode === 200 ? reply.body : null];
    };
    const own = `/webhooks/${evolution.id}`;
    expect(await look(`${own}/${evolution.webhookSecret}`)).toEqual([200, 'ok']);
    expect(await look(`${own}/${'x'.repeat(32)}`)).toEqual([401, null]);
    expect(await look(own)).toEqual([401, null]);
    const handshake = '?hub.mode=subscribe&hub.challenge=42&hub.verify_token=open-sesame';
    expect(await look(`/webhooks/${cloud.id}${handshake}`)).toEqual([200, '42']);
    expect(await look(`/webhooks/${cloud.id}`)).toEqual([403, null]);
  });

  it('makes a new secret, which ends the one before; not where the provider signs', async () => {
    const other = await makeChannel(app, 'evolution', { instance: 'renewed' });
    const renewed = await app.inject('POST', `/api/channels/${other.id}/webhook-secret`);
    expect(renewed.status).toBe(200);
    const { webhookSecret, webhookUrl } = JSON.parse(renewed.text) as MadeChannel;
    expect(webhookUrl).toBe(`https://caudal.example.com/webhooks/${other.id}/${webhookSecret}`);
    await until(async () => (await postWebhook(app, webhookUrl, SENT)).status === 200);
    expect((await postWebhook(app, other.webhookUrl, SENT)).status).toBe(401);
    const refused = await app.inject('POST', `/api/channels/${cloud.id}/webhook-secret`);
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([
      409,
      { code: 'webhook_secret_unused' },
    ]);
    const { key } = await app.otherWorkspace();
    const foreign = await app.inject('POST', `/api/channels/${other.id}/webhook-secret`, undefined, {
      authorization: `Bearer ${key}`,
    });
    expect(foreign.status).toBe(404);
  });

  it('does not listen to an address that proved nothing five times, and goes on listening to one that did', async () => {
    const url = `/webhooks/${evolution.id}/${'y'.repeat(32)}`;
    for (let nth = 0; nth < 5; nth += 1)
      expect((await postWebhook(app, url, SENT, FORWARDED)).status).toBe(401);
    const deaf = await postWebhook(app, evolution.webhookUrl, SENT, FORWARDED);
    expect([deaf.status, JSON.parse(deaf.text)]).toMatchObject([429, { code: 'too_many_requests' }]);
    expect(Number(deaf.headers['retry-after'])).toBeGreaterThan(0);
    const provider = { 'x-forwarded-for': '203.0.113.8' };
    expect((await postWebhook(app, evolution.webhookUrl, SENT, provider)).status).toBe(200);
    for (let nth = 0; nth < 9; nth += 1)
      expect((await postWebhook(app, url, SENT, provider)).status).toBe(401);
    expect((await postWebhook(app, evolution.webhookUrl, SENT, provider)).status).toBe(200);
  });
});

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error('it never came true');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
