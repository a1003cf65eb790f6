import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Clock } from '../../src/common/clock.js';
import { Config } from '../../src/config/config.js';
import { Housekeeping } from '../../src/database/housekeeping.js';
import { ReportSql } from '../../src/database/pools.js';
import { LedgerFixture, recipients, settlement } from '../support/ledger-fixture.js';
import { WebhookRetention } from '../../src/router/application/webhook-retention.js';
import { WebhookRetentionRepository } from '../../src/router/application/webhook-retention.repository.js';
import { ConversationRetention } from '../../src/router/conversations/conversation-retention.repository.js';
import { InboundRetention } from '../../src/router/inbound/inbound-retention.repository.js';
import { CampaignsFixture } from './campaigns/campaigns-app.js';

const PEOPLE = 5;

describe('what is let go when it is old', () => {
  let fixture: CampaignsFixture;
  let ledger: LedgerFixture;
  let channelId: string;

  beforeAll(async () => {
    fixture = await CampaignsFixture.start({
      CAUDAL_KEEP_MESSAGES_DAYS: '100',
      CAUDAL_KEEP_CONTENT_DAYS: '30',
      CAUDAL_KEEP_WEBHOOKS_DAYS: '8',
      CAUDAL_KEEP_INBOUND_DAYS: '60',
      CAUDAL_KEEP_IMPORTS_DAYS: '7',
      CAUDAL_KEEP_EVENTS_DAYS: '7',
    });
    ledger = new LedgerFixture(fixture.sql);
    const housekeeping = fixture.get(Housekeeping);
    const webhooks = new WebhookRetentionRepository();
    new WebhookRetention(
      housekeeping,
      webhooks,
      fixture.get(Clock),
      fixture.get(Config as never),
    ).onModuleInit();
    for (const Chore of [InboundRetention, ConversationRetention])
      new Chore(housekeeping, fixture.get(Clock), fixture.get(Config as never)).onModuleInit();
    channelId = await fixture.createChannel();
  });

  afterAll(() => fixture.stop());

  beforeEach(async () => {
    await fixture.sql.query('DELETE FROM webhook_backlog');
    await fixture.sql.query('DELETE FROM webhook_events');
  });

  const keepHouse = () => fixture.get(Housekeeping).run();
  const count = async (table: string, where = 'true') => {
    const [row] = await fixture.sql.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM ${table} WHERE ${where}`,
    );
    return row!.n;
  };
  const endedAgo = (dispatchId: string, days: number) =>
    fixture.sql.query(`UPDATE dispatches SET finished_at = now() - $2 * interval '1 day' WHERE id = $1`, [
      dispatchId,
      days,
    ]);

  /** A campaign of a file, sent: all accepted but one, which failed. */
  async function sentCampaign(): Promise<{ id: string; dispatchId: string }> {
    const csv = [
      'telefono,nombre',
      ...Array.from({ length: PEOPLE }, (_, n) => `55200000${10 + n},Ana ${n}`),
    ].join('\n');
    const { body } = await fixture.upload('/api/campaigns', csv, {
      name: 'vieja',
      message: 'Hola {{nombre}}',
      channelIds: JSON.stringify([channelId]),
    });
    const id = body.id as string;
    await fixture.start(id);
    await fixture.prepare(id);
    const dispatchId = await fixture.dispatchOf(id);
    const batch = (await ledger.batches.lease(dispatchId, channelId, ledger.workerId, 20_000))!;
    const rows = await ledger.batches.pending(batch);
    const passed = await ledger.barrier.pass(
      batch,
      rows.map((row) => row.seq),
      'marketing',
      20_000,
    );
    if (passed.kind !== 'passed') throw new Error(`the barrier said ${passed.kind}`);
    const trail = { outcome: 'rejected', code: '131026', reason: 'Not on WhatsApp.' };
    await ledger.settles.settle(
      batch,
      [...passed.attempts].map(([seq, attempt]) =>
        settlement(seq, attempt, {
          providerId: `wamid.${dispatchId}.${seq}`,
          ...(seq === 1 ? { state: 'failed', providerId: null, trail: trail as never } : {}),
        }),
      ),
    );
    await ledger.batches.release(batch, null);
    await fixture.tick();
    expect(await fixture.statusOf(id)).toBe('completed');
    return { id, dispatchId };
  }

  it('variables and the uploaded list go first, and nothing that ended later than the setting says', async () => {
    const old = await sentCampaign();
    const young = await sentCampaign();
    await endedAgo(old.dispatchId, 31);
    await endedAgo(young.dispatchId, 29);
    await fixture.sql.query(`UPDATE campaigns SET finished_at = now() - interval '31 days' WHERE id = $1`, [
      old.id,
    ]);
    await keepHouse();
    const [gone, kept] = [await fixture.messagesOf(old.id), await fixture.messagesOf(young.id)];
    expect(gone.map((row) => row.variables)).toEqual(Array.from({ length: PEOPLE }, () => ({})));
    expect(gone.map((row) => row.state)).toEqual(kept.map((row) => row.state));
    expect(kept[0]!.variables).toMatchObject({ name: 'Ana 0' });
    expect(await count('campaign_recipients', `campaign_id = '${old.id}'`)).toBe(0);
    expect(await count('campaign_recipients', `campaign_id = '${young.id}'`)).toBe(PEOPLE);
  });

  it('the recipients go later, with all that hangs on them, and the campaign keeps its figures', async () => {
    const { id, dispatchId } = await sentCampaign();
    const before = (await fixture.call('GET', `/api/campaigns/${id}/queue-status`)).body;
    await endedAgo(dispatchId, 101);
    await keepHouse();
    const of = `dispatch_id = ${dispatchId}`;
    for (const table of ['messages', 'attempts', 'batches', 'provider_refs'])
      expect([table, await count(table, of)]).toEqual([table, 0]);
    const { status } = (await fixture.call('GET', `/api/campaigns/${id}/queue-status`)).body;
    expect(status.progress).toEqual(before.status.progress);
    expect(status.progress).toMatchObject({ total: PEOPLE, accepted: PEOPLE - 1, failed: 1, pending: 0 });
    const list = await fixture.call('GET', `/api/campaigns/${id}/messages`);
    expect(list.body).toEqual({ items: [], nextCursor: null, purgedAt: expect.any(String) });
  });

  it('ids of providers of dispatches that are kept stay', async () => {
    const { dispatchId } = await sentCampaign();
    await keepHouse();
    expect(await count('provider_refs', `dispatch_id = ${dispatchId}`)).toBe(PEOPLE - 1);
    const list = await fixture.call('GET', '/api/campaigns');
    expect(list.status).toBe(200);
  });

  it('nothing goes of what still runs, is being tried again, or is not known yet', async () => {
    const running = await ledger.openDispatch(recipients(3));
    const { dispatchId: unknown } = await sentCampaign();
    const { id: resentId, dispatchId: resent } = await sentCampaign();
    await fixture.sql.query(
      `INSERT INTO unknowns (dispatch_id, seq, workspace_id, channel_id, attempt) VALUES ($1, 2, $2, $3, 1)`,
      [unknown, await fixture.workspaceId(), channelId],
    );
    await fixture.sql.query('UPDATE dispatches SET campaign_id = $2 WHERE id = $1', [running, resentId]);
    for (const dispatchId of [unknown, resent]) await endedAgo(dispatchId, 1000);
    await keepHouse();
    expect(await count('messages', `dispatch_id = ${running}`)).toBe(3);
    expect(await count('messages', `dispatch_id IN (${unknown}, ${resent}) AND variables <> '{}'`)).toBe(
      2 * PEOPLE,
    );
    await fixture.sql.query('DELETE FROM unknowns WHERE dispatch_id = $1', [unknown]);
    await fixture.sql.query('UPDATE dispatches SET campaign_id = NULL WHERE id = $1', [running]);
    await keepHouse();
    expect(await count('messages', `dispatch_id IN (${unknown}, ${resent})`)).toBe(0);
  });

  it('what many processes do at once is done once, and a chore that was interrupted goes on', async () => {
    const dispatches = [await sentCampaign(), await sentCampaign()];
    for (const { dispatchId } of dispatches) await endedAgo(dispatchId, 101);
    const others = Array.from({ length: 4 }, () => fixture.get(Housekeeping).run(0));
    await Promise.all(others);
    await keepHouse();
    for (const { dispatchId } of dispatches)
      expect(await count('messages', `dispatch_id = ${dispatchId}`)).toBe(0);
  });

  it('webhooks go once they are applied and no longer needed to know a second one by', async () => {
    await fixture.sql.query(
      `INSERT INTO webhook_events (provider, channel_ids, body, dedupe_key, received_at)
       SELECT 'whatsapp-cloud', '{}', 'x', sha256(n::text::bytea),
              now() - CASE WHEN n <= 2500 THEN interval '9 days' ELSE interval '7 days' END
       FROM generate_series(1, 3000) AS n ORDER BY n`,
    );
    await fixture.sql.query(
      'INSERT INTO webhook_backlog (event_id) SELECT id FROM webhook_events ORDER BY id LIMIT 10',
    );
    await fixture.sql.query(
      `INSERT INTO webhook_quarantine (event_id, element, reason)
       SELECT id, 0, 'spec' FROM webhook_events ORDER BY id OFFSET 9 LIMIT 2`,
    );
    await keepHouse();
    expect(await count('webhook_events')).toBe(510);
    expect(await count('webhook_quarantine')).toBe(1);
    await fixture.sql.query('DELETE FROM webhook_backlog');
    await keepHouse();
    expect(await count('webhook_events')).toBe(500);
  });

  it('what people wrote goes by its age, and a conversation once nobody has written in it for as long', async () => {
    const talk = async (recipient: string, daysAgo: readonly number[]) => {
      const [contact] = await fixture.sql.query<{ id: string }>(
        'INSERT INTO contacts (workspace_id, recipient) VALUES ($1, $2) RETURNING id',
        [await fixture.workspaceId(), recipient],
      );
      await fixture.sql.query(
        `INSERT INTO conversations (workspace_id, channel_id, contact_id, recipient, last_inbound_at, last_message_at, last_text)
         SELECT $1, $2, $3, $4, now() - $5 * interval '1 day', now() - $5 * interval '1 day', ''`,
        [await fixture.workspaceId(), channelId, contact!.id, recipient, Math.min(...daysAgo)],
      );
      await fixture.sql.query(
        `INSERT INTO inbound_messages (workspace_id, channel_id, contact_id, provider_id, at, type, text, body, event_id)
         SELECT $1, $2, $3, $4 || d, now() - d * interval '1 day', 'text', '', '{}', 0
         FROM unnest($5::int[]) WITH ORDINALITY AS t (d, nth) ORDER BY nth`,
        [await fixture.workspaceId(), channelId, contact!.id, recipient, daysAgo],
      );
    };
    // In the order in which they came: one of the old ones was late.
    await talk('+525500000101', [...Array.from({ length: 2100 }, () => 90).map((d, n) => d + n), 61]);
    await talk('+525500000102', [70, 59, 1]);
    await keepHouse();
    expect(await count('inbound_messages')).toBe(2);
    expect(await count('conversations', `recipient = '+525500000101'`)).toBe(0);
    expect(await count('conversations', `recipient = '+525500000102'`)).toBe(1);
    expect(await count('contacts', `recipient = '+525500000101'`)).toBe(1);
  });

  it('events, answers to repeated requests and rejected rows of imports go by their age', async () => {
    const workspaceId = await fixture.workspaceId();
    await fixture.sql.query(
      `UPDATE outbox SET created_at = now() - interval '8 days' WHERE id <= (SELECT max(id) - 1 FROM outbox)`,
    );
    await fixture.sql.query(
      `INSERT INTO idempotency_keys (workspace_id, key, request_hash, created_at)
       SELECT $1, n::text, '\\x00', now() - n * interval '10 hours' FROM generate_series(1, 4) AS n`,
      [workspaceId],
    );
    await fixture.sql.query(
      `WITH made AS (
         INSERT INTO imports (workspace_id, status, file_name, file_path, options, rows_failed, finished_at)
         SELECT $1, 'done', n::text, 'gone', '{}', 2, now() - n * interval '6 days' FROM generate_series(1, 2) AS n
         RETURNING id
       )
       INSERT INTO import_rejects (import_id, row_number, column_name, value, reason)
       SELECT id, n, 'phone', '12', 'too short' FROM made, generate_series(1, 2) AS n`,
      [workspaceId],
    );
    await keepHouse();
    expect(await count('outbox')).toBe(1);
    expect(await count('idempotency_keys')).toBe(2);
    expect(await count('import_rejects')).toBe(2);
    expect(await count('imports', 'rows_failed = 2')).toBe(2);
    expect(await fixture.get(ReportSql).query('SELECT 1')).toHaveLength(1);
  });
});
