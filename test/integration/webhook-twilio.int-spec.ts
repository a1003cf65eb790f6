import { createHmac } from 'node:crypto';
import { Module, type DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthModule } from '../../src/auth/auth.module.js';
import { createApp } from '../../src/boot/http-app.js';
import { SealedSettings } from '../../src/channels/sealed-settings.js';
import { CommonModule } from '../../src/common/common.module.js';
import { Keyring } from '../../src/common/keyring.js';
import type { ReadyConfig } from '../../src/config/config.js';
import { loadConfig } from '../../src/config/load-config.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import type { Sql } from '../../src/database/sql.js';
import { RouterModule } from '../../src/router/router.module.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import {
  insertChannel,
  insertDispatch,
  MASTER_KEY,
  sqlOn,
  webhookApplier,
  type TestChannel,
} from '../support/webhooks.js';

const PUBLIC_URL = 'https://caudal.example.com';
const AUTH_TOKEN = 'the primary token';
const SENDER = '+14155238886';
const SID = `SM${'a'.repeat(32)}`;

@Module({})
class TestApp {
  static register(config: ReadyConfig): DynamicModule {
    return {
      module: TestApp,
      imports: [
        CommonModule.register(config),
        DatabaseModule.register(config),
        AuthModule,
        RouterModule.register(config),
      ],
    };
  }
}

/** A form as Twilio posts it, over the whole way: the address of the channel, the store, and what is made of it. */
describe('webhooks of Twilio', () => {
  let database: TestDatabase;
  let sql: Sql;
  let app: NestFastifyApplication;
  let channel: TestChannel;

  beforeAll(async () => {
    database = await createTestDatabase();
    sql = sqlOn(database.url);
    channel = await insertChannel(sql);
    const settings = { accountSid: `AC${'0'.repeat(32)}`, authToken: AUTH_TOKEN, from: SENDER };
    const sealed = new SealedSettings(new Keyring(MASTER_KEY)).seal(
      { ...settings, baseUrl: 'https://api.twilio.com' },
      channel,
    );
    await sql.query(
      `UPDATE channels SET provider = 'twilio', account_ref = $2, sealed_settings = $3 WHERE id = $1`,
      [channel.channelId, SENDER, sealed],
    );
    const config = loadConfig({
      DATABASE_URL: database.url,
      REDIS_URL: 'redis://127.0.0.1:1',
      CAUDAL_ROLES: 'router',
      CAUDAL_MASTER_KEY: MASTER_KEY,
      CAUDAL_ADMIN_KEY: 'an admin key for these tests',
      CAUDAL_PUBLIC_URL: PUBLIC_URL,
    }) as ReadyConfig;
    app = await createApp(TestApp.register(config), config, { log() {}, error() {}, warn() {} });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });

  afterAll(async () => {
    await app.close();
    await sql.end();
    await database.drop();
  });

  function post(form: Record<string, string>, query = '', token = AUTH_TOKEN) {
    const path = `/webhooks/${channel.channelId}${query}`;
    const parameters = Object.keys(form).toSorted();
    const signed = PUBLIC_URL + path + parameters.map((name) => name + form[name]).join('');
    return app.inject({
      method: 'POST',
      url: path,
      headers: {
        'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
        'x-twilio-signature': createHmac('sha1', token).update(signed).digest('base64'),
      },
      payload: new URLSearchParams(form).toString(),
    });
  }

  const STATUS = {
    MessageSid: SID,
    MessageStatus: 'delivered',
    From: `whatsapp:${SENDER}`,
    To: 'whatsapp:+525510000001',
  };

  it('move the message that their address names, and are answered in TwiML', async () => {
    const dispatch = await insertDispatch(sql, channel, 1, 'unknown');
    const answer = await post(STATUS, `?c=${dispatch}:1:1`);
    expect([answer.statusCode, answer.headers['content-type'], answer.body]).toEqual([
      200,
      expect.stringContaining('text/xml'),
      '<Response/>',
    ]);
    const applier = webhookApplier(sql);
    while ((await applier.applyNext()) > 0);
    expect(await sql.query('SELECT state FROM messages WHERE dispatch_id = $1', [dispatch])).toEqual([
      { state: 'delivered' },
    ]);
    expect(await sql.query('SELECT reason FROM webhook_quarantine')).toEqual([]);
  });

  it('are refused under another token', async () => {
    expect((await post(STATUS, '?c=1:1:1', 'another')).statusCode).toBe(401);
  });
});
