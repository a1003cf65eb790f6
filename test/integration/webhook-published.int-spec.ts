import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SealedSettings } from '../../src/channels/sealed-settings.js';
import { Keyring } from '../../src/common/keyring.js';
import type { Sql } from '../../src/database/sql.js';
import { WebhookEventRepository } from '../../src/router/intake/webhook-event.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import {
  insertChannel,
  MASTER_KEY,
  sqlOn,
  webhookApplier,
  webhookEvent,
  type TestChannel,
} from '../support/webhooks.js';

/** Bodies that providers have published, where they lie beside this project. */
const FOLDER = resolve(import.meta.dirname, '../../../shared/payloads');

describe('bodies that providers have published', () => {
  let database: TestDatabase;
  let sql: Sql;

  beforeAll(async () => {
    database = await createTestDatabase();
    sql = sqlOn(database.url);
  });

  afterAll(async () => {
    await sql.end();
    await database.drop();
  });

  const NUMBER = /("phone_number_id":\s*)"[^"]*"/g;
  const PROVIDERS = [
    ['meta', 'whatsapp-cloud', {}],
    ['waha', 'waha', { baseUrl: 'https://waha.example.com', session: 'default' }],
  ] as const;

  it.each(PROVIDERS.filter(([folder]) => existsSync(join(FOLDER, folder))))(
    'of %s are applied, and nothing of them is set apart',
    async (folder, provider, settings) => {
      const channel = await channelOf(provider, settings);
      const names = readdirSync(join(FOLDER, folder)).filter((name) => name.endsWith('.json'));
      const events = names.map((name) => {
        const text = readFileSync(join(FOLDER, folder, name), 'utf8');
        const body = Buffer.from(text.replaceAll(NUMBER, `$1"${channel.accountRef}"`));
        const addressChannelId = provider === 'waha' ? channel.channelId : null;
        return webhookEvent(body, [channel], { provider, addressChannelId });
      });
      await new WebhookEventRepository(sql).insert(events);
      const applier = webhookApplier(sql);
      while ((await applier.applyNext()) > 0);
      expect(names.length).toBeGreaterThan(0);
      const apart = await sql.query<{ reason: string }>('SELECT element, reason FROM webhook_quarantine');
      expect(apart).toEqual([]);
      // Those of messages that nobody here has sent wait for them.
      const left = await sql.query('SELECT 1 FROM webhook_backlog WHERE not_before IS NULL');
      expect(left).toEqual([]);
    },
  );

  it.skipIf(existsSync(FOLDER))(
    'are not here: shared/payloads does not lie beside this project',
    () => undefined,
  );

  async function channelOf(provider: string, settings: Record<string, unknown>): Promise<TestChannel> {
    const channel = await insertChannel(sql);
    const sealed = new SealedSettings(new Keyring(MASTER_KEY)).seal(settings, channel);
    const accountRef = provider === 'waha' ? 'default@waha.example.com' : channel.accountRef;
    await sql.query(
      'UPDATE channels SET provider = $1, sealed_settings = $2, account_ref = $3 WHERE id = $4',
      [provider, sealed, accountRef, channel.channelId],
    );
    return { ...channel, accountRef };
  }
});
