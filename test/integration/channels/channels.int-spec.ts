import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChannelService } from '../../../src/channels/channel.service.js';
import { Sql } from '../../../src/database/sql.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { call, startChannelsApp, type Reply } from './channels-app.js';

const TOKEN = 'EAAG-canary-token';
const APP_SECRET = 'canary-app-secret';

function cloud(more: object = {}): object {
  return {
    name: 'ventas',
    provider: 'whatsapp-cloud',
    settings: { phoneNumberId: '106540352242922', accessToken: TOKEN, appSecret: APP_SECRET },
    ...more,
  };
}

describe('the channels of the API', () => {
  let database: TestDatabase;
  let app: NestFastifyApplication;
  let sql: Sql;

  beforeAll(async () => {
    database = await createTestDatabase();
    app = await startChannelsApp(database.url, { CAUDAL_PUBLIC_URL: 'https://caudal.example.com' });
    sql = app.get(Sql, { strict: false });
  });

  beforeEach(async () => {
    await sql.query('DELETE FROM channels');
    await sql.query('DELETE FROM batches');
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  function create(body: object): Promise<Reply> {
    return call(app, 'POST', '/api/channels', body);
  }

  function pointersOf(reply: Reply): string[] {
    return reply.body.errors.map((error) => error.pointer);
  }

  it('are made, and shown without their secrets', async () => {
    const made = await create(cloud({ limits: { perSecond: 80, perDay: 1000 }, weight: 3 }));
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      name: 'ventas',
      provider: 'whatsapp-cloud',
      settings: {
        baseUrl: 'https://graph.facebook.com',
        apiVersion: 'v23.0',
        phoneNumberId: '106540352242922',
      },
      limits: { perSecond: 80, perDay: 1000 },
      pacing: { mode: 'max' },
      weight: 3,
      version: 1,
      webhookUrl: 'https://caudal.example.com/webhook',
      held: null,
    });
    const found = await call(app, 'GET', `/api/channels/${made.body.id}`);
    expect(found.body).toEqual(made.body);
    const listed = await call(app, 'GET', '/api/channels');
    for (const { text } of [made, found, listed]) expect(text).not.toContain('canary');
  });

  it('keep their secrets sealed in the database', async () => {
    await create(cloud());
    const [row] = await sql.query<{ text: string }>(
      'SELECT row_to_json(channels)::text AS text FROM channels',
    );
    const [sealed] = await sql.query<{ bytes: Buffer }>('SELECT sealed_settings AS bytes FROM channels');
    expect(row?.text).toContain('106540352242922');
    expect(row?.text).not.toContain('canary');
    expect(sealed?.bytes.includes('canary')).toBe(false);
  });

  it('of the simulator make up what they need', async () => {
    const made = await create({ name: 'sim', provider: 'simulator' });
    expect(made.status).toBe(201);
    expect(made.body.settings).toEqual({ phoneNumberId: expect.stringMatching(/^\d{15}$/) });
  });

  it('are refused with a pointer to each setting that is wrong', async () => {
    const reply = await create(cloud({ settings: { phoneNumberId: '+52 55', wabaID: '1' } }));
    expect(reply.status).toBe(400);
    expect(reply.body.code).toBe('bad_channel_settings');
    expect(pointersOf(reply)).toEqual([
      '/settings/phoneNumberId',
      '/settings/accessToken',
      '/settings/wabaID',
    ]);
  });

  it('may not lead to private addresses', async () => {
    const settings = { phoneNumberId: '1', accessToken: 'x', baseUrl: 'https://192.168.1.4' };
    const reply = await create(cloud({ settings }));
    expect(reply.status).toBe(400);
    expect(pointersOf(reply)).toEqual(['/settings/baseUrl']);
  });

  it.each([
    [{ provider: 'telegram' }, '/provider'],
    [{ name: '' }, '/name'],
    [{ name: ' x' }, '/name'],
    [{ limits: { perSecond: 0 } }, '/limits/perSecond'],
    [{ limits: { perSecond: 1.5 } }, '/limits/perSecond'],
    [{ limits: { perWeek: 1 } }, '/limits/perWeek'],
    [{ pacing: { mode: 'fast' } }, '/pacing/mode'],
    [{ pacing: { mode: 'fixed', intervalMs: 0 } }, '/pacing/intervalMs'],
    [{ pacing: { mode: 'max', jitter: 0.1 } }, '/pacing/jitter'],
    [{ weight: 11 }, '/weight'],
    [{ heldCode: 'x' }, '/heldCode'],
  ])('are refused with %j', async (wrong, pointer) => {
    const reply = await create(cloud(wrong));
    expect(reply.status).toBe(400);
    expect(pointersOf(reply)).toEqual([pointer]);
  });

  it('have names and numbers of their own', async () => {
    await create(cloud());
    const sameName = await create(
      cloud({ name: 'VENTAS', settings: { phoneNumberId: '2', accessToken: 'x' } }),
    );
    expect([sameName.status, sameName.body.code]).toEqual([409, 'channel_name_taken']);
    const sameNumber = await create(cloud({ name: 'otra' }));
    expect([sameNumber.status, sameNumber.body.code]).toEqual([409, 'channel_number_taken']);
  });

  it('are listed by name, page by page', async () => {
    for (const name of ['Beta', 'alfa', 'gama', 'Delta']) await create({ name, provider: 'simulator' });
    const first = await call(app, 'GET', '/api/channels?limit=3');
    const second = await call(app, 'GET', `/api/channels?limit=3&cursor=${first.body.nextCursor}`);
    const names = [...first.body.items, ...second.body.items].map((item) => item.name);
    expect(names).toEqual(['alfa', 'Beta', 'Delta', 'gama']);
    expect(second.body.nextCursor).toBeNull();
  });

  it('are changed member by member, and null takes one away', async () => {
    const made = await create(cloud({ limits: { perSecond: 80, perDay: 1000 } }));
    const change = { settings: { wabaId: '77' }, limits: { perSecond: 40, perDay: null } };
    const changed = await call(app, 'PATCH', `/api/channels/${made.body.id}`, change);
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({
      settings: { wabaId: '77', phoneNumberId: '106540352242922' },
      version: 2,
    });
    expect(changed.body.limits).toEqual({ perSecond: 40 });
    const cleared = await call(app, 'PATCH', `/api/channels/${made.body.id}`, { settings: { wabaId: null } });
    expect(cleared.body.settings).not.toHaveProperty('wabaId');
    const bad = await call(app, 'PATCH', `/api/channels/${made.body.id}`, {
      settings: { accessToken: null },
    });
    expect(pointersOf(bad)).toEqual(['/settings/accessToken']);
    expect((await call(app, 'GET', `/api/channels/${made.body.id}`)).body.version).toBe(3);
  });

  it('keep their version when only the name or the weight changes', async () => {
    const made = await create({ name: 'sim', provider: 'simulator' });
    const changed = await call(app, 'PATCH', `/api/channels/${made.body.id}`, {
      name: 'simulado',
      weight: 2,
    });
    expect(changed.body).toMatchObject({ name: 'simulado', weight: 2, version: 1 });
  });

  it('that are changed twice at once count both', async () => {
    const made = await create({ name: 'sim', provider: 'simulator' });
    const path = `/api/channels/${made.body.id}`;
    await Promise.all([
      call(app, 'PATCH', path, { limits: { perSecond: 5 } }),
      call(app, 'PATCH', path, { limits: { perDay: 500 } }),
    ]);
    expect((await call(app, 'GET', path)).body).toMatchObject({
      limits: { perSecond: 5, perDay: 500 },
      version: 3,
    });
  });

  it('are not removed while messages wait to be sent from them', async () => {
    const made = await create({ name: 'sim', provider: 'simulator' });
    await sql.query(
      `INSERT INTO batches (dispatch_id, batch_no, workspace_id, channel_id, first_seq, last_seq)
       SELECT 1, n, workspace_id, id, n, n FROM channels, generate_series(1, 3) AS n`,
    );
    const path = `/api/channels/${made.body.id}`;
    const refused = await call(app, 'DELETE', path);
    expect([refused.status, refused.body.code, refused.body.batches]).toEqual([409, 'channel_in_use', 3]);
    await sql.query(`UPDATE batches SET state = 'done'`);
    expect((await call(app, 'DELETE', path)).status).toBe(204);
    expect((await call(app, 'GET', path)).status).toBe(404);
    expect((await call(app, 'DELETE', path)).status).toBe(404);
  });

  it('are not there for another workspace', async () => {
    const made = await create({ name: 'sim', provider: 'simulator' });
    const service = app.get(ChannelService, { strict: false });
    const other = randomUUID();
    const missing = { code: 'channel_not_found' };
    await expect(service.find(other, made.body.id)).rejects.toMatchObject(missing);
    await expect(service.change(other, made.body.id, { weight: 2 })).rejects.toMatchObject(missing);
    await expect(service.remove(other, made.body.id)).rejects.toMatchObject(missing);
    expect((await service.list(other, 10, undefined)).items).toEqual([]);
  });
});
