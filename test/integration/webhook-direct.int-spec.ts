import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProgressRepository } from '../../src/ledger/progress.repository.js';
import type { ApiApp } from '../support/api-app.js';
import { insertDispatch, status, webhookBody, type TestChannel } from '../support/webhooks.js';
import { makeChannel, PHONE_NUMBER_ID, postWebhook, signedByMeta, startWebhookApp } from './webhook-app.js';

const NORMALISED = JSON.stringify({
  messages: [
    { from: '5215510000001', id: 'wamid.in1', timestamp: '1763700000', type: 'text', text: { body: 'Hola' } },
  ],
  metadata: { phone_number_id: PHONE_NUMBER_ID, display_phone_number: '15550783881' },
});

async function channelOf(app: ApiApp): Promise<TestChannel> {
  const { id } = await makeChannel(app, 'whatsapp-cloud');
  const [row] = await app.sql.query<{ workspace_id: string }>(
    'SELECT workspace_id FROM channels WHERE id = $1',
    [id],
  );
  return { workspaceId: row!.workspace_id, channelId: id, accountRef: PHONE_NUMBER_ID };
}

describe('the intake in mode direct', () => {
  let app: ApiApp;
  let channel: TestChannel;

  beforeAll(async () => {
    app = await startWebhookApp('api,router', { CAUDAL_WEBHOOK_MODE: 'direct' });
    channel = await channelOf(app);
  });

  afterAll(() => app.stop());

  it('W-01 has applied a webhook when it answers, once however often it comes', async () => {
    const dispatch = await insertDispatch(app.sql, channel, 1);
    const body = webhookBody(PHONE_NUMBER_ID, [status('delivered', `${dispatch}:1:1`)]);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => postWebhook(app, '/webhook', body, signedByMeta(body))),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    const progress = new ProgressRepository(app.sql);
    expect(await progress.of(dispatch)).toMatchObject({ delivered: 1, accepted: 0 });
    expect(await progress.recount(dispatch)).toEqual(await progress.of(dispatch));
    expect(await app.sql.query('SELECT 1 FROM webhook_backlog')).toEqual([]);
  });

  it('W-13 sets one poison element apart and applies its neighbours', async () => {
    const dispatch = await insertDispatch(app.sql, channel, 2);
    const body = webhookBody(PHONE_NUMBER_ID, [
      status('sent', `${dispatch}:1:1`),
      status('sent', `${dispatch}:2:1`, { timestamp: 'soon' }),
      status('sent', `${dispatch}:99:1`),
    ]);
    expect((await postWebhook(app, '/webhook', body, signedByMeta(body))).status).toBe(200);
    expect(await new ProgressRepository(app.sql).of(dispatch)).toMatchObject({ sent: 1, accepted: 1 });
    expect(await app.sql.query('SELECT element FROM webhook_quarantine ORDER BY element')).toEqual([
      { element: 1 },
      { element: 2 },
    ]);
  });

  it('leaves on the backlog only what waits for its message', async () => {
    const body = webhookBody(PHONE_NUMBER_ID, [status('sent', null, { id: 'wamid.later' })]);
    expect((await postWebhook(app, '/webhook', body, signedByMeta(body))).status).toBe(200);
    expect(await app.sql.query('SELECT elements FROM webhook_backlog')).toEqual([{ elements: [0] }]);
  });

  it('says of a normalised body how many messages it processed', async () => {
    const reply = await app.inject('POST', '/webhook', NORMALISED, { 'content-type': 'application/json' });
    expect([reply.status, JSON.parse(reply.text)]).toEqual([200, { success: true, processed: 1 }]);
  });
});

describe('a normalised body on POST /webhook', () => {
  let app: ApiApp;

  beforeAll(async () => {
    app = await startWebhookApp('api,router');
    await channelOf(app);
  });

  afterAll(() => app.stop());

  const post = (body: string, headers: Record<string, string> = {}) =>
    app.inject('POST', '/webhook', body, { 'content-type': 'application/json', ...headers });

  it('is stored as Meta would have sent it, before statuses, once however often it comes', async () => {
    for (let nth = 0; nth < 2; nth += 1) {
      const reply = await post(NORMALISED);
      expect([reply.status, JSON.parse(reply.text)]).toEqual([200, { success: true, queued: 1 }]);
    }
    const rows = await app.sql.query<{ body: string; lane: number }>(
      `SELECT convert_from(body, 'UTF8') AS body, lane FROM webhook_events JOIN webhook_backlog ON event_id = id`,
    );
    expect(rows.map(({ lane }) => lane)).toEqual([0]);
    expect(JSON.parse(rows[0]!.body)).toEqual({
      object: 'whatsapp_business_account',
      entry: [{ changes: [{ field: 'messages', value: JSON.parse(NORMALISED) as unknown }] }],
    });
  });

  it('finds the channel that was made a moment ago', async () => {
    await post(NORMALISED);
    await app.sql.query("UPDATE channels SET account_ref = '15559990000' WHERE provider = 'whatsapp-cloud'");
    const reply = await post(NORMALISED.replace(PHONE_NUMBER_ID, '15559990000'));
    expect([reply.status, JSON.parse(reply.text)]).toEqual([200, { success: true, queued: 1 }]);
    await app.sql.query('UPDATE channels SET account_ref = $1', [PHONE_NUMBER_ID]);
  });

  it('says what is wrong with it', async () => {
    const codes = async (body: string) => {
      const reply = await post(body);
      return [reply.status, (JSON.parse(reply.text) as { code: string }).code];
    };
    expect(await codes('{"messages": [')).toEqual([400, 'bad_webhook_body']);
    expect(await codes('null')).toEqual([400, 'bad_webhook_body']);
    expect(await codes('{"messages":{},"metadata":{"phone_number_id":"1"}}')).toEqual([
      400,
      'bad_webhook_body',
    ]);
    expect(await codes('{"messages":[]}')).toEqual([400, 'bad_webhook_body']);
    expect(await codes('{"messages":[],"metadata":{"phone_number_id":"1"}}')).toEqual([
      422,
      'unknown_number',
    ]);
  });

  it('needs a key, and a signature beside a key is what counts', async () => {
    expect((await postWebhook(app, '/webhook', NORMALISED)).status).toBe(401);
    expect((await post(NORMALISED, { authorization: 'Bearer cdl_wrong' })).status).toBe(401);
    expect((await post(NORMALISED, { 'x-hub-signature-256': 'sha256=00' })).status).toBe(401);
  });

  it("W-15 reaches no channel of another workspace with this one's key", async () => {
    const { key } = await app.otherWorkspace();
    const reply = await post(NORMALISED, { authorization: `Bearer ${key}` });
    expect([reply.status, JSON.parse(reply.text)]).toMatchObject([
      422,
      { code: 'unknown_number', known: [] },
    ]);
  });
});
