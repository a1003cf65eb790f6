import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Housekeeping } from '../../../src/database/housekeeping.js';
import { SubscriptionsFixture } from './subscriptions-app.js';

const EVENTS = ['message.failed', 'campaign.completed'];
const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

describe('subscriptions', () => {
  let f: SubscriptionsFixture;

  beforeAll(async () => {
    f = await SubscriptionsFixture.start();
  });

  afterAll(() => f.stop());

  const create = (fields: object = {}) =>
    f.call('POST', '/api/subscriptions', {
      url: 'https://crm.example.com/hook?key=1',
      events: EVENTS,
      ...fields,
    });

  it('are made, listed, changed and ended, and show their secret once', async () => {
    const { status, body } = await create({ description: 'CRM', secret: SECRET });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      secret: SECRET,
      state: 'active',
      events: EVENTS,
      description: 'CRM',
      failingSince: null,
    });
    const path = `/api/subscriptions/${body['id'] as string}`;
    const { secret: _secret, ...shown } = body;
    expect((await f.call('GET', path)).body).toEqual(shown);
    expect((await f.call<{ items: object[] }>('GET', '/api/subscriptions')).body.items).toContainEqual(shown);
    const stored = await f.sql.query<{ row: string }>('SELECT s::text AS row FROM subscriptions s');
    expect(stored.map(({ row }) => row).join()).not.toContain(Buffer.from(SECRET).toString('hex'));

    const changed = await f.call('PATCH', path, {
      state: 'paused',
      events: ['channel.held'],
      description: null,
    });
    expect(changed).toMatchObject({
      status: 200,
      body: { state: 'paused', events: ['channel.held'], description: null, url: body['url'] },
    });
    expect((await f.call('DELETE', path)).status).toBe(204);
    expect(await f.call('GET', path)).toMatchObject({
      status: 404,
      body: { code: 'subscription_not_found' },
    });
    expect(await f.call('POST', `${path}/replay`, { from: '2026-01-01', to: '2026-01-02' })).toMatchObject({
      status: 404,
    });
  });

  it.each([
    ['ftp://crm.example.com', 'https'],
    ['http://crm.example.com/hook', 'https'],
    ['https://user:pass@crm.example.com/', 'password'],
    ['https://crm.example.com/#top', 'fragment'],
    ['https://localhost:8443/', 'CAUDAL_PRIVATE_HOSTS'],
    ['https://127.0.0.2/', 'CAUDAL_PRIVATE_HOSTS'],
    ['https://10.1.2.3/', 'CAUDAL_PRIVATE_HOSTS'],
    ['https://[fd00::1]/', 'CAUDAL_PRIVATE_HOSTS'],
    ['https://169.254.169.254/latest/meta-data', 'nothing may be sent'],
    ['https://metadata.google.internal/', 'nothing may be sent'],
    ['no url', 'is not a URL'],
  ])('refuse %s', async (url, why) => {
    const { status, body } = await create({ url });
    expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'endpoint_refused' });
    expect(body['detail']).toContain(why);
  });

  it.each([
    ['events', { events: [] }],
    ['events', { events: ['message.eaten'] }],
    ['secret', { secret: 'short' }],
    ['secret', { secret: 'whsec_' + 'A'.repeat(8) }],
  ])('name a bad %s', async (field, fields) => {
    const { status, body } = await create(fields);
    expect(status).toBe(400);
    expect((body['errors'] as { pointer: string }[])[0]!.pointer).toContain(`/${field}`);
    expect(JSON.stringify(body)).not.toContain('short');
  });

  it('are out of reach of other workspaces, and of keys that may only read', async () => {
    const { body } = await create();
    const path = `/api/subscriptions/${body['id'] as string}`;
    const { key } = await f.app.otherWorkspace();
    const other = { authorization: `Bearer ${key}` };
    for (const [method, suffix, sent] of [
      ['GET', '', undefined],
      ['PATCH', '', { state: 'paused' }],
      ['DELETE', '', undefined],
      ['POST', '/secret', {}],
      ['GET', '/deliveries', undefined],
      ['POST', '/deliveries/evt_1/retry', undefined],
      ['POST', '/replay', { from: '2026-01-01', to: '2026-01-02' }],
    ] as const) {
      expect((await f.call(method, path + suffix, sent, other)).status).toBe(404);
    }
    expect(
      (await f.call<{ items: object[] }>('GET', '/api/subscriptions', undefined, other)).body.items,
    ).toEqual([]);
    const { body: made } = await f.call('POST', '/api/api-keys', { name: 'eyes', role: 'viewer' });
    const viewer = { authorization: `Bearer ${made['key'] as string}` };
    expect((await f.call('GET', '/api/subscriptions', undefined, viewer)).status).toBe(403);
  });

  it('are fifty at most, and two at once count each other', async () => {
    const answers = await Promise.all(Array.from({ length: 55 }, () => create()));
    const made = answers.filter(({ status }) => status === 201).length;
    expect(made).toBeLessThan(55);
    const refused = answers.find(({ status }) => status !== 201);
    expect(refused).toMatchObject({ status: 409, body: { code: 'subscription_limit' } });
    const [count] = await f.sql.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM subscriptions WHERE workspace_id = $1 AND state <> 'deleted'`,
      [f.workspaceId],
    );
    expect(count!.n).toBe(50);
  });

  it('let their deliveries go with the events, and all of them when they end', async () => {
    const ids = (
      await f.sql.query<{ id: string }>(`SELECT id FROM subscriptions WHERE state = 'active' LIMIT 2`)
    ).map(({ id }) => id);
    await f.sql.query(
      `UPDATE subscriptions SET state = CASE WHEN id = $1 THEN 'deleted' ELSE 'paused' END, updated_at = now() - interval '1 hour'
       WHERE id = ANY($2)`,
      [ids[0], ids],
    );
    await f.sql.query(
      `INSERT INTO deliveries (subscription_id, event_id, workspace_id, order_key, state, event_at)
       SELECT s, n, $2, 0, CASE WHEN n % 2 = 0 THEN 'delivered' ELSE 'pending' END, now() - n * interval '10 days'
       FROM unnest($1::uuid[]) AS s, generate_series(1, 6) AS n`,
      [ids, f.workspaceId],
    );
    // Events are numbered as they happen.
    await f.sql.query('UPDATE deliveries SET event_id = 100 - event_id');
    await f.app.get(Housekeeping).run();
    expect(
      await f.sql.query(
        'SELECT subscription_id AS id, event_id::int AS event FROM deliveries ORDER BY event_id',
      ),
    ).toEqual([98, 99].map((event) => ({ id: ids[1], event })));
    expect(await f.sql.query('SELECT 1 FROM subscriptions WHERE id = $1', [ids[0]])).toEqual([]);
  });
});
