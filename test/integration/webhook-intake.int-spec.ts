import { createHmac, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/boot/http-app.js';
import { SealedSettings } from '../../src/channels/sealed-settings.js';
import { Keyring } from '../../src/common/keyring.js';
import type { ReadyConfig } from '../../src/config/config.js';
import { loadConfig } from '../../src/config/load-config.js';
import type { Sql } from '../../src/database/sql.js';
import { ProgressRepository } from '../../src/ledger/progress.repository.js';
import { RouterModule } from '../../src/router/router.module.js';
import { assembled } from '../support/api-app.js';
import { createTestDatabase, testRedis, type TestDatabase } from '../support/database.js';
import {
  insertChannel,
  insertDispatch,
  MASTER_KEY,
  signatureOf,
  sqlOn,
  status,
  webhookApplier,
  webhookBody,
  type TestChannel,
} from '../support/webhooks.js';

const MAX_BYTES = 300_000;
const SECRET = 'the app secret of one';
const OTHER_SECRET = 'the app secret of another';

/** The app as it is served, with these roles on this database. */
async function startApp(databaseUrl: string, roles: string): Promise<NestFastifyApplication> {
  const redis = testRedis();
  const config = loadConfig({
    DATABASE_URL: databaseUrl,
    REDIS_URL: redis.url,
    CAUDAL_REDIS_PREFIX: redis.prefix,
    CAUDAL_ROLES: roles,
    CAUDAL_MASTER_KEY: MASTER_KEY,
    CAUDAL_ADMIN_KEY: 'an admin key for these tests',
    CAUDAL_WEBHOOK_MAX_BYTES: String(MAX_BYTES),
    CAUDAL_DATABASE_POOL: '6',
  }) as ReadyConfig;
  const app = await createApp(assembled(() => [RouterModule.register(config)])(config), config, {
    log() {},
    error() {},
    warn() {},
  });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

describe('the intake of webhooks', () => {
  let database: TestDatabase;
  let sql: Sql;
  let app: NestFastifyApplication;
  let channel: TestChannel;
  let other: TestChannel;

  beforeAll(async () => {
    database = await createTestDatabase();
    sql = sqlOn(database.url);
    channel = await insertChannel(sql);
    other = await insertChannel(sql);
    await seal(channel, { appSecret: SECRET, verifyToken: 'open sesame' });
    await seal(other, { appSecret: OTHER_SECRET });
    app = await startApp(database.url, 'router');
  });

  beforeEach(async () => {
    await sql.query('TRUNCATE webhook_events, webhook_backlog, webhook_quarantine');
  });

  afterAll(async () => {
    await app.close();
    await sql.end();
    await database.drop();
  });

  async function seal(
    { workspaceId, channelId }: TestChannel,
    settings: Record<string, unknown>,
  ): Promise<void> {
    const sealed = new SealedSettings(new Keyring(MASTER_KEY)).seal(settings, { workspaceId, channelId });
    await sql.query('UPDATE channels SET sealed_settings = $1 WHERE id = $2', [sealed, channelId]);
  }

  function post(
    payload: Buffer,
    signature: string | undefined,
    { url = '/webhook', type = 'application/json' as string | undefined, to = app } = {},
  ) {
    return to.inject({
      method: 'POST',
      url,
      headers: {
        ...(type !== undefined && { 'content-type': type }),
        ...(signature !== undefined && { 'x-hub-signature-256': signature }),
      },
      payload,
    });
  }

  async function stored(): Promise<{ body: Buffer; workspace_id: string; channel_ids: string[] }[]> {
    return sql.query('SELECT body, workspace_id, channel_ids FROM webhook_events ORDER BY id');
  }

  const body = webhookBody('106540000', [status('sent', '1:1:1')]);

  it('stores what is signed with a known secret, with the channels of that secret', async () => {
    const answer = await post(body, signatureOf(body, SECRET));
    expect([answer.statusCode, answer.json()]).toEqual([200, { success: true }]);
    expect(await stored()).toEqual([
      { body, workspace_id: channel.workspaceId, channel_ids: [channel.channelId] },
    ]);
    expect(await sql.query('SELECT lane, elements, not_before FROM webhook_backlog')).toEqual([
      { lane: 1, elements: null, not_before: null },
    ]);
  });

  it.each<[string, string | undefined]>([
    ['none', undefined],
    ['an empty one', ''],
    ['of another secret', signatureOf(body, 'a guess')],
    ['cut short', signatureOf(body, SECRET).slice(0, -2)],
    ['with more behind it', `${signatureOf(body, SECRET)}00`],
    ['in upper case', signatureOf(body, SECRET).toUpperCase().replace('SHA256', 'sha256')],
    ['without its algorithm', signatureOf(body, SECRET).slice('sha256='.length)],
    ['of SHA-1', `sha1=${createHmac('sha1', SECRET).update(body).digest('hex')}`],
    ['of SHA-512', `sha512=${createHmac('sha512', SECRET).update(body).digest('hex')}`],
    ['of SHA-1 that says SHA-256', `sha256=${createHmac('sha1', SECRET).update(body).digest('hex')}`],
    ['in base64', `sha256=${createHmac('sha256', SECRET).update(body).digest('base64')}`],
  ])('W-06 refuses a signature that is %s', async (_what, signature) => {
    const answer = await post(body, signature);
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({ code: 'bad_signature', status: 401 });
    expect(await stored()).toEqual([]);
  });

  it('W-07 refuses a body that changed by one byte, or in the order of its keys', async () => {
    const signed = Buffer.from('{"object":"whatsapp_business_account","entry":[]}');
    const reordered = Buffer.from('{"entry":[],"object":"whatsapp_business_account"}');
    const flipped = Buffer.from(signed);
    flipped[10] = flipped[10]! ^ 1;
    for (const changed of [reordered, flipped, Buffer.concat([signed, Buffer.from(' ')]), Buffer.alloc(0)]) {
      expect((await post(changed, signatureOf(signed, SECRET))).statusCode).toBe(401);
    }
  });

  it('W-07 keeps exactly the bytes that came: accents, emoji, escapes, spaces', async () => {
    const exact = Buffer.from('{ "text" : "¿Cuánto? 🎉 \\ud83c\\udf89 \\/ \\u00e1",\r\n"a":1.0,"a":2 }');
    expect((await post(exact, signatureOf(exact, SECRET))).statusCode).toBe(200);
    expect((await stored())[0]!.body).toEqual(exact);
  });

  it('looks at no body before its signature: broken JSON without one is a 401, with one a 200', async () => {
    const broken = Buffer.from('{"entry": [');
    expect((await post(broken, undefined)).statusCode).toBe(401);
    expect((await post(broken, signatureOf(broken, SECRET))).statusCode).toBe(200);
    const bytes = randomBytes(100);
    expect((await post(bytes, signatureOf(bytes, SECRET))).statusCode).toBe(200);
    expect(await stored()).toHaveLength(2);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-8', undefined])(
    'takes a signed body of type %s',
    async (type) => {
      expect((await post(body, signatureOf(body, SECRET), { type })).statusCode).toBe(200);
    },
  );

  it('W-08 takes bodies up to the limit and refuses larger ones as such', async () => {
    const fits = Buffer.alloc(MAX_BYTES, 'x');
    expect((await post(fits, signatureOf(fits, SECRET))).statusCode).toBe(200);
    const tooLarge = Buffer.alloc(MAX_BYTES + 1, 'x');
    const answer = await post(tooLarge, signatureOf(tooLarge, SECRET));
    expect(answer.statusCode).toBe(413);
    expect(answer.json()).toMatchObject({ code: 'too_large' });
  });

  it('W-08 refuses a hundred megabytes by their announcement, before they come', async () => {
    const announced = { 'content-type': 'application/json', 'content-length': String(100 * 1024 * 1024) };
    const answer = await app.inject({ method: 'POST', url: '/webhook', headers: announced, payload: body });
    expect([answer.statusCode, answer.json()]).toMatchObject([413, { code: 'too_large' }]);
  });

  it('W-08 gives the room of a large body back with its answer', async () => {
    const large = Buffer.alloc(MAX_BYTES, 'x');
    const headers = { 'content-length': String(MAX_BYTES), 'x-hub-signature-256': 'sha256=' };
    // Together they are more than there is room for.
    for (let round = 0; round < 3; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 80 }, () =>
          app.inject({ method: 'POST', url: '/webhook', headers, payload: large }),
        ),
      );
      expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([401]));
    }
  });

  it('W-08 inflates nothing: a compressed body is its own bytes, to the signature and on the disk', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000, '{"entry":'));
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const send = (signature: string) =>
      app.inject({
        method: 'POST',
        url: '/webhook',
        headers: { ...headers, 'x-hub-signature-256': signature },
        payload: bomb,
      });
    expect((await send(signatureOf(Buffer.alloc(10_000_000, '{"entry":'), SECRET))).statusCode).toBe(401);
    expect((await send(signatureOf(bomb, SECRET))).statusCode).toBe(200);
    expect((await stored()).map((event) => event.body)).toEqual([bomb]);
    const applier = webhookApplier(sql);
    while ((await applier.applyNext()) > 0);
    expect(await sql.query('SELECT element, reason FROM webhook_quarantine')).toEqual([
      { element: -1, reason: 'the body is not JSON' },
    ]);
  });

  it('W-01 has one effect of a webhook that comes a hundred times at once', async () => {
    const dispatch = await insertDispatch(sql, channel, 1);
    const repeated = webhookBody(channel.accountRef, [status('delivered', `${dispatch}:1:1`)]);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => post(repeated, signatureOf(repeated, SECRET))),
    );
    expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([200]));
    expect(await stored()).toHaveLength(1);
    const applier = webhookApplier(sql);
    while ((await applier.applyNext()) > 0);
    const progress = new ProgressRepository(sql);
    expect(await progress.of(dispatch)).toMatchObject({ delivered: 1, accepted: 0 });
    expect(await progress.recount(dispatch)).toEqual(await progress.of(dispatch));
  });

  it("lets nobody take the place of another's webhook by sending its bytes first", async () => {
    expect((await post(body, signatureOf(body, OTHER_SECRET))).statusCode).toBe(200);
    expect((await post(body, signatureOf(body, SECRET))).statusCode).toBe(200);
    expect((await stored()).map((event) => event.channel_ids)).toEqual([
      [other.channelId],
      [channel.channelId],
    ]);
  });

  it("takes webhooks at a channel's own address by that channel's secret alone", async () => {
    const url = `/webhooks/${channel.channelId}`;
    expect((await post(body, signatureOf(body, OTHER_SECRET), { url })).statusCode).toBe(401);
    expect((await post(body, signatureOf(body, SECRET), { url })).statusCode).toBe(200);
    expect((await stored()).map((event) => event.channel_ids)).toEqual([[channel.channelId]]);
    const nobody = '/webhooks/7f9c2ba4-e88f-4d0b-9d0c-3b1f0f6a1c55';
    expect((await post(body, signatureOf(body, SECRET), { url: nobody })).statusCode).toBe(401);
    expect((await post(body, signatureOf(body, SECRET), { url: '/webhooks/one' })).statusCode).toBe(400);
  });

  it("answers Meta's handshake with the challenge, and only for a known token", async () => {
    const ask = (token: string) =>
      app.inject(`/webhook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}`);
    const right = await ask('open%20sesame');
    expect([right.statusCode, right.body, right.headers['content-type']]).toEqual([
      200,
      '1158201444',
      'text/plain; charset=utf-8',
    ]);
    expect((await ask('open')).statusCode).toBe(403);
    expect((await app.inject('/webhook')).statusCode).toBe(403);
  });

  it('serves no webhook where the role router is missing', async () => {
    const worker = await startApp(database.url, 'worker');
    expect((await post(body, signatureOf(body, SECRET), { to: worker })).statusCode).toBe(404);
    await worker.close();
  });

  it('W-10 applies what another process stored before it died', async () => {
    const dispatch = await insertDispatch(sql, channel, 1);
    const sent = webhookBody(channel.accountRef, [status('read', `${dispatch}:1:1`)]);
    const first = await startApp(database.url, 'router');
    expect((await post(sent, signatureOf(sent, SECRET), { to: first })).statusCode).toBe(200);
    await first.close();
    const second = await startApp(database.url, 'worker');
    await until(async () => (await new ProgressRepository(sql).of(dispatch)).read === 1);
    await second.close();
    expect(await sql.query('SELECT 1 FROM webhook_backlog')).toEqual([]);
  });
});

describe('the intake without Postgres', () => {
  it('W-09 answers 503 and promises nothing, and takes webhooks again when it is back', async () => {
    const database = await createTestDatabase();
    const sql = sqlOn(database.url, 1);
    const channel = await insertChannel(sql);
    const { workspaceId, channelId } = channel;
    const sealed = new SealedSettings(new Keyring(MASTER_KEY)).seal({ appSecret: SECRET }, channel);
    await sql.query('UPDATE channels SET sealed_settings = $1 WHERE id = $2', [sealed, channelId]);
    const app = await startApp(database.url, 'router');
    const post = async (text: string) => {
      const payload = Buffer.from(text);
      return app.inject({
        method: 'POST',
        url: '/webhook',
        headers: { 'x-hub-signature-256': signatureOf(payload, SECRET) },
        payload,
      });
    };
    expect((await post('{"before":1}')).statusCode).toBe(200);
    const name = new URL(database.url).pathname.slice(1);
    await asNeighbour(database.url, [
      `ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false`,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
    ]);
    const refused = await post('{"during":1}');
    expect(refused.statusCode).toBe(503);
    expect(refused.headers['retry-after']).toBe('5');
    expect(refused.json()).toMatchObject({ code: 'intake_unavailable' });
    await asNeighbour(database.url, [`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS true`]);
    await until(async () => (await post('{"after":1}')).statusCode === 200);
    await app.close();
    const after = sqlOn(database.url, 1);
    expect(await after.query('SELECT body, workspace_id FROM webhook_events ORDER BY id')).toEqual([
      { body: Buffer.from('{"before":1}'), workspace_id: workspaceId },
      { body: Buffer.from('{"after":1}'), workspace_id: workspaceId },
    ]);
    await Promise.all([after.end(), sql.end()]);
    await database.drop();
  });
});

/** Speaks to the server through another database than the one that is taken away. */
async function asNeighbour(url: string, statements: readonly string[]): Promise<void> {
  const neighbour = new URL(url);
  neighbour.pathname = '/postgres';
  const sql = sqlOn(neighbour.href, 1);
  for (const statement of statements) await sql.query(statement);
  await sql.end();
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error('it never came true');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
