import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SealedSettings } from '../../src/channels/sealed-settings.js';
import { Keyring } from '../../src/common/keyring.js';
import type { Sql } from '../../src/database/sql.js';
import { WebhookEventRepository } from '../../src/router/intake/webhook-event.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import {
  insertChannel,
  insertDispatch,
  MASTER_KEY,
  sqlOn,
  status,
  webhookApplier,
  webhookBody,
  webhookEvent,
  type TestChannel,
} from '../support/webhooks.js';

/** Every shape that a provider publishes or was seen to post. */
const OURS = resolve(import.meta.dirname, '../payloads');
/** The bodies themselves, where somebody has them: `meta` and `waha`, a folder each. */
const PUBLISHED = process.env['CAUDAL_PAYLOADS_DIR'];
const WAHA = { baseUrl: 'https://waha.example.com', session: 'default' };
/** Of the account that changes of templates and of standing are said of. */
const CLOUD = { wabaId: '200000000000002' };
const FOLDERS = [
  [join(OURS, 'whatsapp-cloud'), 'whatsapp-cloud', CLOUD],
  [join(OURS, 'waha'), 'waha', WAHA],
  ...(PUBLISHED === undefined
    ? []
    : ([
        [resolve(PUBLISHED, 'meta'), 'whatsapp-cloud', CLOUD],
        [resolve(PUBLISHED, 'waha'), 'waha', { ...WAHA, baseUrl: 'https://other.example.com' }],
      ] as const)),
] as const;
const NUMBER = /("phone_number_id":\s*)"[^"]*"/g;

describe('bodies that providers post', () => {
  let database: TestDatabase;
  let sql: Sql;

  beforeAll(async () => {
    database = await createTestDatabase();
    sql = sqlOn(database.url);
  });

  beforeEach(async () => {
    for (const table of ['webhook_backlog', 'webhook_quarantine']) await sql.query(`DELETE FROM ${table}`);
  });

  afterAll(async () => {
    await sql.end();
    await database.drop();
  });

  it.each(FOLDERS)(
    'in %s are applied, and nothing of them is set apart',
    async (folder, provider, settings) => {
      const channel = await channelOf(provider, settings);
      const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
      const bodies = names.map((name) => {
        const text = readFileSync(join(folder, name), 'utf8');
        return Buffer.from(text.replaceAll(NUMBER, `$1"${channel.accountRef}"`));
      });
      await arrive(bodies, channel, provider);
      expect(names.length).toBeGreaterThan(0);
      expect(await apart()).toEqual([]);
      // Those of messages that nobody here has sent wait for them.
      expect(await sql.query('SELECT 1 FROM webhook_backlog WHERE not_before IS NULL')).toEqual([]);
    },
  );

  it('reach their message whatever they leave out, repeat, or write as another kind of value', async () => {
    const channel = await channelOf('whatsapp-cloud', CLOUD);
    const dispatch = await insertDispatch(sql, channel, 1006);
    const of = (seq: number, word: string, changes: object = {}) =>
      status(word, `${dispatch}:${seq}:1`, changes);
    const thousand = Array.from({ length: 1000 }, (_, index) => of(7 + index, 'delivered'));
    const bodies = [
      [of(1, 'sent'), of(1, 'read')],
      [of(2, 'delivered', { timestamp: 1_763_700_000 })],
      [{ ...of(3, 'delivered'), recipient_id: undefined, recipient_user_id: 'MX.FIXTURE7' }],
      [of(4, 'sent'), of(4, 'hologram'), of(4, 'deleted')],
      [of(5, 'failed', { errors: [{ code: 131026, title: 'Message undeliverable' }] })],
      [of(6, 'read', { timestamp: '1763700009' }), of(6, 'sent'), of(6, 'read', { timestamp: '1763700009' })],
      thousand.slice(0, 997),
      thousand.slice(990),
    ];
    await arrive(
      bodies.map((one) => webhookBody(channel.accountRef, one)),
      channel,
      'whatsapp-cloud',
    );
    expect(await apart()).toEqual([]);
    const rows = await sql.query<{ seq: number; state: string }>(
      'SELECT seq, state FROM messages WHERE dispatch_id = $1 ORDER BY seq',
      [dispatch],
    );
    expect(rows.slice(0, 6).map(({ state }) => state)).toEqual([
      'read',
      'delivered',
      'delivered',
      'sent',
      'failed',
      'read',
    ]);
    expect(rows.slice(6).every(({ state }) => state === 'delivered')).toBe(true);
  });

  async function arrive(bodies: readonly Buffer[], channel: TestChannel, provider: string): Promise<void> {
    const addressChannelId = provider === 'waha' ? channel.channelId : null;
    const events = bodies.map((body) => webhookEvent(body, [channel], { provider, addressChannelId }));
    await new WebhookEventRepository(sql).insert(events);
    const applier = webhookApplier(sql);
    while ((await applier.applyNext()) > 0);
  }

  function apart(): Promise<object[]> {
    return sql.query('SELECT element, reason FROM webhook_quarantine');
  }

  async function channelOf(provider: string, settings: Record<string, string>): Promise<TestChannel> {
    const channel = await insertChannel(sql);
    const sealed = new SealedSettings(new Keyring(MASTER_KEY)).seal(settings, channel);
    const { baseUrl, session } = settings;
    const accountRef = baseUrl === undefined ? channel.accountRef : `${session}@${new URL(baseUrl).host}`;
    await sql.query(
      'UPDATE channels SET provider = $1, sealed_settings = $2, account_ref = $3 WHERE id = $4',
      [provider, sealed, accountRef, channel.channelId],
    );
    return { ...channel, accountRef };
  }
});
