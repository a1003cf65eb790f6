import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashOfKey, newApiKey } from '../../src/auth/api-key.js';
import type { ApiApp } from '../support/api-app.js';
import { insertDispatch, status, webhookBody, type TestChannel } from '../support/webhooks.js';
import { makeChannel, PHONE_NUMBER_ID, postWebhook, signedByMeta, startWebhookApp } from './webhook-app.js';

interface Listed {
  readonly id: string;
  readonly state: string;
  readonly apart: readonly { readonly element: number; readonly reason: string }[];
  readonly parked: readonly number[] | null;
  readonly body?: string;
  readonly bodyEncoding?: string;
}

describe('webhooks as they were stored', () => {
  let app: ApiApp;
  let channel: TestChannel;

  beforeAll(async () => {
    app = await startWebhookApp('api,router,worker');
    const { id } = await makeChannel(app, 'whatsapp-cloud');
    const [row] = await app.sql.query<{ workspace_id: string }>(
      'SELECT workspace_id FROM channels WHERE id = $1',
      [id],
    );
    channel = { workspaceId: row!.workspace_id, channelId: id, accountRef: PHONE_NUMBER_ID };
  });

  beforeEach(async () => {
    // In the order in which the worker takes them: a TRUNCATE of all three met it half-way, in a deadlock.
    for (const table of ['webhook_backlog', 'webhook_events', 'webhook_quarantine']) {
      await app.sql.query(`DELETE FROM ${table}`);
    }
  });

  afterAll(() => app.stop());

  async function arrive(body: Buffer | string): Promise<void> {
    expect((await postWebhook(app, '/webhook', body, signedByMeta(body))).status).toBe(200);
  }

  async function listed(query = '', key?: string): Promise<{ items: Listed[]; nextCursor: string | null }> {
    const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const reply = await app.inject('GET', `/api/webhook-events${query}`, undefined, headers);
    if (reply.status !== 200) throw new Error(reply.text);
    return JSON.parse(reply.text) as { items: Listed[]; nextCursor: string | null };
  }

  async function onlyOne(state: string): Promise<Listed> {
    let items: Listed[] = [];
    await until(async () => {
      ({ items } = await listed());
      return items[0]?.state === state;
    });
    expect(items).toHaveLength(1);
    return items[0]!;
  }

  it('W-05 W-13 show what was set apart and why, and apply it when it is replayed', async () => {
    const dispatch = await insertDispatch(app.sql, channel, 2);
    // The message that the second one names becomes known only later.
    await arrive(
      webhookBody(PHONE_NUMBER_ID, [
        status('read', `${dispatch}:1:1`),
        status('read', `${dispatch}:3:1`),
        status('read', `${dispatch}:2:1`),
      ]),
    );
    const event = await onlyOne('quarantined');
    expect(event.apart).toMatchObject([
      { element: 1, reason: 'it names a message that its channel never sent' },
    ]);
    expect((await listed('?state=quarantined')).items.map(({ id }) => id)).toEqual([event.id]);
    expect((await listed('?state=applied')).items).toEqual([]);
    await app.sql.query(
      `INSERT INTO messages (dispatch_id, seq, workspace_id, channel_id, recipient, state, attempt)
       VALUES ($1, 3, $2, $3, '+525510000003', 'accepted', 1)`,
      [dispatch, channel.workspaceId, channel.channelId],
    );
    const replayed = await app.inject('POST', `/api/webhook-events/${event.id}/replay`);
    expect([replayed.status, JSON.parse(replayed.text)]).toEqual([202, { success: true, elements: [1] }]);
    await onlyOne('applied');
    const states = await app.sql.query('SELECT state FROM messages WHERE dispatch_id = $1 ORDER BY seq', [
      dispatch,
    ]);
    expect(states).toEqual([{ state: 'read' }, { state: 'read' }, { state: 'read' }]);
  });

  it('keep a body that no one foresaw, show it, and apply it again whole', async () => {
    await arrive('{"entry": [');
    const event = await onlyOne('quarantined');
    expect(event.apart).toMatchObject([{ element: -1, reason: 'the body is not JSON' }]);
    const found = JSON.parse((await app.inject('GET', `/api/webhook-events/${event.id}`)).text) as Listed;
    expect(found).toMatchObject({ body: '{"entry": [', bodyEncoding: 'utf8' });
    const replayed = await app.inject('POST', `/api/webhook-events/${event.id}/replay`);
    expect(JSON.parse(replayed.text)).toEqual({ success: true, elements: [-1] });
    await onlyOne('quarantined');
    await arrive(Buffer.from([0xff, 0x00, 0xfe]));
    await until(async () => (await listed('?state=quarantined')).items.length === 2);
    const [bytes] = (await listed()).items;
    const shown = await app.inject('GET', `/api/webhook-events/${bytes!.id}`);
    expect(JSON.parse(shown.text)).toMatchObject({ body: '/wD+', bodyEncoding: 'base64' });
  });

  it('W-08 set a message apart that is nested deeper than anything could write down, and nothing else', async () => {
    const dispatch = await insertDispatch(app.sql, channel, 1);
    const deep = '['.repeat(4000) + ']'.repeat(4000);
    const said = `{"from":"5215512345678","id":"wamid.deep","timestamp":"1763700000","type":"hologram","hologram":${deep}}`;
    const body = webhookBody(PHONE_NUMBER_ID, [status('read', `${dispatch}:1:1`)]).toString();
    await arrive(body.replace('"statuses"', `"messages":[${said}],"statuses"`));
    const event = await onlyOne('quarantined');
    expect(event.apart).toMatchObject([
      { element: 1, reason: 'what it says is nested deeper than 100 levels' },
    ]);
    const states = await app.sql.query('SELECT state FROM messages WHERE dispatch_id = $1', [dispatch]);
    expect(states).toEqual([{ state: 'read' }]);
  });

  it('W-05 say what waits for its message, and go to the backlog again with it', async () => {
    await arrive(webhookBody(PHONE_NUMBER_ID, [status('sent', null, { id: 'wamid.nobody' })]));
    const event = await onlyOne('parked');
    expect(event.parked).toEqual([0]);
    await app.inject('POST', `/api/webhook-events/${event.id}/replay`);
    expect((await onlyOne('parked')).apart).toEqual([]);
  });

  it('belong to their workspace, and their bodies to its admins', async () => {
    await arrive('{"entry":[]}');
    const { id } = await onlyOne('applied');
    const { key } = await app.otherWorkspace();
    expect((await listed('', key)).items).toEqual([]);
    const foreign = { authorization: `Bearer ${key}` };
    for (const [method, path] of [
      ['GET', `/api/webhook-events/${id}`],
      ['POST', `/api/webhook-events/${id}/replay`],
    ] as const) {
      const reply = await app.inject(method, path, undefined, foreign);
      expect([reply.status, JSON.parse(reply.text)]).toMatchObject([
        404,
        { code: 'webhook_event_not_found' },
      ]);
    }
    const viewer = newApiKey();
    await app.sql.query(
      `INSERT INTO api_keys (workspace_id, name, role, key_hash) VALUES ($1, $2, 'viewer', $3)`,
      [channel.workspaceId, randomUUID(), hashOfKey(viewer)],
    );
    const seen = await app.inject('GET', `/api/webhook-events/${id}`, undefined, {
      authorization: `Bearer ${viewer}`,
    });
    expect([seen.status, (JSON.parse(seen.text) as Listed).body]).toEqual([200, undefined]);
  });

  it('come in pages, newest first', async () => {
    for (const nth of [1, 2, 3]) await arrive(`{"entry":[],"nth":${nth}}`);
    const first = await listed('?limit=2');
    const second = await listed(`?limit=2&cursor=${first.nextCursor}`);
    const ids = [...first.items, ...second.items].map(({ id }) => Number(id));
    expect(ids).toEqual(ids.toSorted((a, b) => b - a));
    expect([ids.length, second.nextCursor]).toEqual([3, null]);
    const reply = await app.inject('GET', '/api/webhook-events?state=lost');
    expect(reply.status).toBe(400);
    expect((await app.inject('GET', '/api/webhook-events/12x')).status).toBe(404);
  });
});

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error('it never came true');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
