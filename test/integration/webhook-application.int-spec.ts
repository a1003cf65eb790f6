import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SealedSettings } from '../../src/channels/sealed-settings.js';
import { Keyring } from '../../src/common/keyring.js';
import type { Sql } from '../../src/database/sql.js';
import type { MessageState } from '../../src/ledger/message-state.js';
import { ProgressRepository } from '../../src/ledger/progress.repository.js';
import type { WebhookApplier } from '../../src/router/application/webhook-applier.js';
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

describe('applying webhooks', () => {
  let database: TestDatabase;
  let sql: Sql;
  let applier: WebhookApplier;
  let progress: ProgressRepository;
  let channel: TestChannel;

  beforeAll(async () => {
    database = await createTestDatabase();
    sql = sqlOn(database.url);
    applier = webhookApplier(sql);
    progress = new ProgressRepository(sql);
  });

  beforeEach(async () => {
    await sql.query('TRUNCATE webhook_events, webhook_backlog, webhook_quarantine, suppressions');
    channel = await insertChannel(sql);
  });

  afterAll(async () => {
    await sql.end();
    await database.drop();
  });

  async function arrive(body: Buffer, from: readonly TestChannel[] = [channel]): Promise<void> {
    await new WebhookEventRepository(sql).insert([webhookEvent(body, from)]);
  }

  async function applyAll(): Promise<void> {
    while ((await applier.applyNext()) > 0);
  }

  async function messageOf(dispatchId: string, seq = 1): Promise<Record<string, unknown>> {
    const [row] = await sql.query<Record<string, unknown>>(
      'SELECT * FROM messages WHERE dispatch_id = $1 AND seq = $2',
      [dispatchId, seq],
    );
    return row!;
  }

  async function stateOf(dispatchId: string, seq = 1): Promise<MessageState> {
    return (await messageOf(dispatchId, seq))['state'] as MessageState;
  }

  async function quarantined(): Promise<{ element: number; reason: string }[]> {
    return sql.query('SELECT element, reason FROM webhook_quarantine ORDER BY event_id, element');
  }

  async function backlog(): Promise<{ elements: number[] | null; waits: boolean }[]> {
    return sql.query('SELECT elements, not_before > now() AS waits FROM webhook_backlog ORDER BY event_id');
  }

  /** As if the events had come so many minutes ago and every wait were over. */
  async function age(minutes: number): Promise<void> {
    await sql.query("UPDATE webhook_events SET received_at = now() - $1 * interval '1 minute'", [minutes]);
    await sql.query('UPDATE webhook_backlog SET not_before = now() WHERE not_before IS NOT NULL');
  }

  async function expectCountersEqualRecount(dispatchId: string): Promise<void> {
    expect(await progress.of(dispatchId)).toEqual(await progress.recount(dispatchId));
  }

  it('W-02 climbs to read when read, delivered and sent come in reverse, one by one', async () => {
    const dispatch = await insertDispatch(sql, channel, 3);
    for (const [word, second] of [
      ['read', '1763700009'],
      ['delivered', '1763700005'],
      ['sent', '1763700001'],
    ] as const) {
      await arrive(webhookBody(channel.accountRef, [status(word, `${dispatch}:1:1`, { timestamp: second })]));
      await applyAll();
    }
    expect(await messageOf(dispatch)).toMatchObject({
      state: 'read',
      sent_at: new Date(1763700001000),
      delivered_at: new Date(1763700005000),
      read_at: new Date(1763700009000),
    });
    expect(await progress.of(dispatch)).toMatchObject({ read: 1, accepted: 2, sent: 0, delivered: 0 });
    await expectCountersEqualRecount(dispatch);
    expect(await backlog()).toEqual([]);
  });

  it('takes all statuses of a message in one step when they come together', async () => {
    const dispatch = await insertDispatch(sql, channel, 1);
    await arrive(
      webhookBody(channel.accountRef, [
        status('read', `${dispatch}:1:1`, { timestamp: 1763700009 }),
        status('sent', `${dispatch}:1:1`, { timestamp: '1763700001' }),
        status('delivered', `${dispatch}:1:1`, { timestamp: '1763700005' }),
      ]),
    );
    await arrive(webhookBody(channel.accountRef, [status('sent', `${dispatch}:1:1`)]));
    await applyAll();
    expect(await messageOf(dispatch)).toMatchObject({
      state: 'read',
      sent_at: new Date(1763700000000),
      delivered_at: new Date(1763700005000),
    });
    await expectCountersEqualRecount(dispatch);
  });

  it('W-03 takes a failure after sent, with its code and reason', async () => {
    const dispatch = await insertDispatch(sql, channel, 1, 'sent');
    await arrive(
      webhookBody(channel.accountRef, [
        status('failed', `${dispatch}:1:1`, { errors: [{ code: 131026, title: 'Message undeliverable' }] }),
      ]),
    );
    await applyAll();
    expect(await messageOf(dispatch)).toMatchObject({ state: 'failed', last_code: '131026' });
    const trail = await sql.query('SELECT source, outcome, code FROM attempts WHERE dispatch_id = $1', [
      dispatch,
    ]);
    expect(trail).toEqual([{ source: 'webhook', outcome: 'failed', code: '131026' }]);
    await expectCountersEqualRecount(dispatch);
  });

  it('W-03 lets delivery win over a failure and records the contradiction', async () => {
    const dispatch = await insertDispatch(sql, channel, 1, 'sent');
    await arrive(webhookBody(channel.accountRef, [status('failed', `${dispatch}:1:1`)]));
    await applyAll();
    await arrive(webhookBody(channel.accountRef, [status('delivered', `${dispatch}:1:1`)]));
    await applyAll();
    expect(await stateOf(dispatch)).toBe('delivered');
    const trail = await sql.query('SELECT outcome FROM attempts WHERE dispatch_id = $1 ORDER BY at', [
      dispatch,
    ]);
    expect(trail).toEqual([{ outcome: 'failed' }, { outcome: 'contradicted' }]);
    await arrive(webhookBody(channel.accountRef, [status('failed', `${dispatch}:1:1`)]));
    await applyAll();
    expect(await stateOf(dispatch)).toBe('delivered');
    await expectCountersEqualRecount(dispatch);
  });

  it('W-04 matches a status that comes before the answer was settled, by its correlation id', async () => {
    const dispatch = await insertDispatch(sql, channel, 2, 'inflight');
    await arrive(webhookBody(channel.accountRef, [status('sent', `${dispatch}:2:1`)]));
    await applyAll();
    expect(await stateOf(dispatch, 2)).toBe('sent');
    expect(await stateOf(dispatch, 1)).toBe('inflight');
    await expectCountersEqualRecount(dispatch);
  });

  it('matches a status without correlation id by the id that the provider gave', async () => {
    const dispatch = await insertDispatch(sql, channel, 1);
    await sql.query(
      `INSERT INTO provider_refs (channel_id, provider_id, workspace_id, dispatch_id, seq, attempt)
       VALUES ($1, 'wamid.known', $2, $3, 1, 1)`,
      [channel.channelId, channel.workspaceId, dispatch],
    );
    await arrive(webhookBody(channel.accountRef, [status('delivered', null, { id: 'wamid.known' })]));
    await applyAll();
    expect(await stateOf(dispatch)).toBe('delivered');
  });

  it('W-05 parks a status of an unknown id, and applies it once the id is known', async () => {
    const dispatch = await insertDispatch(sql, channel, 2);
    await arrive(
      webhookBody(channel.accountRef, [
        status('delivered', `${dispatch}:1:1`),
        status('delivered', null, { id: 'wamid.late' }),
      ]),
    );
    await applyAll();
    expect(await stateOf(dispatch, 1)).toBe('delivered');
    expect(await backlog()).toEqual([{ elements: [1], waits: true }]);
    await sql.query(
      `INSERT INTO provider_refs (channel_id, provider_id, workspace_id, dispatch_id, seq, attempt)
       VALUES ($1, 'wamid.late', $2, $3, 2, 1)`,
      [channel.channelId, channel.workspaceId, dispatch],
    );
    await age(1);
    await applyAll();
    expect(await stateOf(dispatch, 2)).toBe('delivered');
    expect(await backlog()).toEqual([]);
    expect(await quarantined()).toEqual([]);
  });

  it('W-05 gives a status of an unknown id up after fifteen minutes', async () => {
    await arrive(webhookBody(channel.accountRef, [status('sent', null, { id: 'wamid.never' })]));
    await applyAll();
    await age(14);
    await applyAll();
    expect(await backlog()).toEqual([{ elements: [0], waits: true }]);
    await age(16);
    await applyAll();
    expect(await backlog()).toEqual([]);
    expect(await quarantined()).toEqual([
      { element: 0, reason: 'no message with its id became known in time' },
    ]);
  });

  it('W-05 gives none up at its first visit, however long it lay on a disk before', async () => {
    await arrive(webhookBody(channel.accountRef, [status('sent', null, { id: 'wamid.spooled' })]));
    await age(60);
    await applyAll();
    expect(await backlog()).toEqual([{ elements: [0], waits: true }]);
    await age(61);
    await applyAll();
    expect(await quarantined()).toHaveLength(1);
  });

  it.each(['other system', '1:1', '9223372036854775808:1:1', '1:2147483648:1', '1:1:32768', '0:0:0'])(
    'treats the correlation id "%s" as none',
    async (correlation) => {
      await arrive(webhookBody(channel.accountRef, [status('sent', correlation)]));
      await applyAll();
      expect(await backlog()).toEqual([{ elements: [0], waits: true }]);
    },
  );

  it('W-15 lets no tenant touch the message of another, by correlation id, provider id or account', async () => {
    const victim = await insertChannel(sql);
    const dispatch = await insertDispatch(sql, victim, 1, 'sent');
    await sql.query(
      `INSERT INTO provider_refs (channel_id, provider_id, workspace_id, dispatch_id, seq, attempt)
       VALUES ($1, 'wamid.victim', $2, $3, 1, 1)`,
      [victim.channelId, victim.workspaceId, dispatch],
    );
    const failure = { errors: [{ code: 131050 }] };
    await arrive(webhookBody(channel.accountRef, [status('failed', `${dispatch}:1:1`, failure)]));
    await arrive(
      webhookBody(channel.accountRef, [status('failed', null, { id: 'wamid.victim', ...failure })]),
    );
    await arrive(webhookBody(victim.accountRef, [status('failed', `${dispatch}:1:1`, failure)]));
    await age(1);
    await applyAll();
    expect(await stateOf(dispatch)).toBe('sent');
    expect(await sql.query('SELECT 1 FROM suppressions')).toEqual([]);
    expect((await quarantined()).map((one) => one.reason)).toEqual([
      'it names a message that its channel never sent',
      'it names an account that the secret which signed it does not belong to',
    ]);
    await expectCountersEqualRecount(dispatch);
  });

  it("does not mistake a forged status for the owner's when both are applied together", async () => {
    const victim = await insertChannel(sql);
    const dispatch = await insertDispatch(sql, victim, 1, 'sent');
    const failure = { errors: [{ code: 131050 }] };
    await arrive(webhookBody(channel.accountRef, [status('failed', `${dispatch}:1:1`, failure)]));
    await arrive(webhookBody(victim.accountRef, [status('sent', `${dispatch}:1:1`)]), [victim]);
    await arrive(webhookBody(channel.accountRef, [status('read', `${dispatch}:1:1`)]));
    expect(await applier.applyNext()).toBe(3);
    expect(await messageOf(dispatch)).toMatchObject({ state: 'sent', read_at: null, failed_at: null });
    expect(await sql.query('SELECT 1 FROM suppressions')).toEqual([]);
    expect(await quarantined()).toHaveLength(2);
  });

  it('stops marketing to a person who the provider says has stopped it', async () => {
    const dispatch = await insertDispatch(sql, channel, 3, 'sent');
    await arrive(
      webhookBody(channel.accountRef, [
        status('failed', `${dispatch}:1:1`, { errors: [{ code: 131050 }] }),
        status('failed', `${dispatch}:2:1`, { errors: [{ code: 131026 }] }),
        status('failed', `${dispatch}:3:1`, { errors: [{ code: 130403 }] }),
      ]),
    );
    await applyAll();
    const rows = await sql.query('SELECT workspace_id, category, source FROM suppressions');
    const row = { workspace_id: channel.workspaceId, category: 'marketing', source: 'provider' };
    expect(rows).toEqual([row, row]);
  });

  it('takes what is said of an account for the numbers whose settings name it, and for no others', async () => {
    const { workspaceId, channelId } = channel;
    const sealed = new SealedSettings(new Keyring(MASTER_KEY)).seal(
      { phoneNumberId: channel.accountRef, wabaId: '9001' },
      { workspaceId, channelId },
    );
    await sql.query('UPDATE channels SET sealed_settings = $2 WHERE id = $1', [channelId, sealed]);
    const value = { event: 'PAUSED', message_template_name: 'promo', message_template_language: 'es' };
    const change = { field: 'message_template_status_update', value };
    for (const id of ['9001', '9002']) {
      await arrive(Buffer.from(JSON.stringify({ entry: [{ id, changes: [change] }] })));
    }
    await age(1);
    while ((await webhookApplier(sql).applyNext()) > 0);
    expect(await quarantined()).toEqual([{ element: 0, reason: expect.stringContaining('an account') }]);
  });

  it('W-13 quarantines one poison element among a thousand and applies the rest', async () => {
    const dispatch = await insertDispatch(sql, channel, 1000);
    const statuses = Array.from({ length: 1000 }, (_one, index) =>
      status('delivered', `${dispatch}:${index + 1}:1`),
    );
    statuses[500] = { ...statuses[500], timestamp: 'yesterday' };
    await arrive(webhookBody(channel.accountRef, statuses));
    await applyAll();
    expect(await progress.of(dispatch)).toMatchObject({ delivered: 999, accepted: 1 });
    expect(await quarantined()).toEqual([{ element: 500, reason: expect.any(String) }]);
    await expectCountersEqualRecount(dispatch);
  });

  it('isolates elements that make the whole statement fail', async () => {
    const dispatch = await insertDispatch(sql, channel, 1000);
    await sql.query(
      `ALTER TABLE messages ADD CONSTRAINT poison CHECK (NOT (dispatch_id = ${dispatch} AND seq IN (7, 993) AND state = 'read'))`,
    );
    try {
      await arrive(
        webhookBody(
          channel.accountRef,
          Array.from({ length: 1000 }, (_one, index) => status('read', `${dispatch}:${index + 1}:1`)),
        ),
      );
      await applyAll();
    } finally {
      await sql.query('ALTER TABLE messages DROP CONSTRAINT poison');
    }
    expect(await progress.of(dispatch)).toMatchObject({ read: 998, accepted: 2 });
    expect((await quarantined()).map((one) => one.element)).toEqual([6, 992]);
    await expectCountersEqualRecount(dispatch);
  });

  it('keeps what it does not know, and what no provider should send, from its neighbours', async () => {
    const dispatch = await insertDispatch(sql, channel, 1);
    await arrive(Buffer.from('{"entry": [tru'));
    await arrive(Buffer.from('[]'));
    await arrive(Buffer.from('['.repeat(100_000)));
    await arrive(randomBytes(64));
    await arrive(
      webhookBody(channel.accountRef, [
        status('hologram', `${dispatch}:1:1`),
        null,
        status('sent', null, { id: 'wamid.\0' }),
        status('sent', `${dispatch}:1:1`, { timestamp: '99999999999999999999' }),
        status('delivered', `${dispatch}:1:1`, { timestamp: 1763700000 }),
      ]),
    );
    await applyAll();
    expect(await stateOf(dispatch)).toBe('delivered');
    expect(await backlog()).toEqual([]);
    expect((await quarantined()).map((one) => one.element)).toEqual([-1, 0, -1, -1, 1, 2, 3]);
  });

  it('W-12 applies an old event again without effect', async () => {
    const dispatch = await insertDispatch(sql, channel, 1);
    const body = webhookBody(channel.accountRef, [status('read', `${dispatch}:1:1`)]);
    for (let round = 0; round < 3; round += 1) {
      await arrive(body);
      await applyAll();
    }
    expect(await progress.of(dispatch)).toMatchObject({ read: 1, accepted: 0 });
    await expectCountersEqualRecount(dispatch);
  });

  it('W-10 undoes nothing and loses nothing when the process dies in the middle', async () => {
    const dispatch = await insertDispatch(sql, channel, 10);
    await arrive(
      webhookBody(
        channel.accountRef,
        Array.from({ length: 10 }, (_one, index) => status('sent', `${dispatch}:${index + 1}:1`)),
      ),
    );
    const dying = sqlOn(database.url, 1);
    const holder = sqlOn(database.url, 1);
    // The dying process is stopped at the message that somebody else holds, with the event claimed.
    await holder.transaction(async (tx) => {
      await tx.query('SELECT 1 FROM messages WHERE dispatch_id = $1 AND seq = 5 FOR UPDATE', [dispatch]);
      const death = webhookApplier(dying).applyNext();
      // It may fail before it is looked at.
      death.catch(() => undefined);
      await until(async () => {
        const [row] = await sql.query<{ n: number }>(
          "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        return row!.n > 0;
      });
      await sql.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      await expect(death).rejects.toThrow(/terminat/);
    });
    await Promise.all([dying.end(), holder.end()]);
    expect(await progress.of(dispatch)).toMatchObject({ accepted: 10 });
    await applyAll();
    expect(await progress.of(dispatch)).toMatchObject({ sent: 10 });
    await expectCountersEqualRecount(dispatch);
  });

  it('W-08 survives lists a hundred thousand deep, and forty thousand or a million statuses in one body', async () => {
    await arrive(Buffer.from(`{"entry":${'['.repeat(100_000)}${']'.repeat(100_000)}}`));
    await arrive(Buffer.from(`{"entry":${'['.repeat(100_000)}`));
    const statuses = Array.from({ length: 40_000 }, () => ({ status: 'sent' }));
    await arrive(webhookBody(channel.accountRef, statuses));
    const numbers = Array.from({ length: 1_000_000 }, () => 0);
    await arrive(webhookBody(channel.accountRef, numbers));
    await applyAll();
    expect(await backlog()).toEqual([]);
    const [row] = await sql.query<{ events: number; apart: number }>(
      'SELECT count(DISTINCT event_id)::int AS events, count(*)::int AS apart FROM webhook_quarantine',
    );
    // The last one as a whole: a row for each would be a minute of everybody else's time.
    expect(row).toEqual({ events: 4, apart: 40_003 });
  });

  it('does at once what a person told the provider, and only that', async () => {
    const told = (value: string, second: number) =>
      Buffer.from(
        JSON.stringify({
          object: 'whatsapp_business_account',
          entry: [
            {
              id: '1',
              changes: [
                {
                  field: 'user_preferences',
                  value: {
                    messaging_product: 'whatsapp',
                    metadata: { display_phone_number: '15550783881', phone_number_id: channel.accountRef },
                    user_preferences: [
                      {
                        wa_id: '5215512345678',
                        detail: '',
                        category: 'marketing_messages',
                        value,
                        timestamp: second,
                      },
                    ],
                  },
                },
              ],
            },
          ],
        }),
      );
    const categories = () =>
      sql.query('SELECT category, source FROM suppressions WHERE workspace_id = $1 ORDER BY category', [
        channel.workspaceId,
      ]);
    await arrive(told('stop', 1763700000));
    await applyAll();
    expect(await categories()).toEqual([{ category: 'marketing', source: 'provider' }]);
    await sql.query(
      `INSERT INTO suppressions (workspace_id, recipient_hash, category, reason, source)
       SELECT workspace_id, recipient_hash, 'all', 'STOP', 'inbound' FROM suppressions WHERE workspace_id = $1`,
      [channel.workspaceId],
    );
    await arrive(told('resume', 1763700005));
    await applyAll();
    expect(await categories()).toEqual([{ category: 'all', source: 'inbound' }]);
  });

  it('shares a backlog among lanes without applying anything twice', async () => {
    const dispatch = await insertDispatch(sql, channel, 3000);
    const words = ['sent', 'delivered', 'read'];
    const events = shuffled(
      Array.from({ length: 9000 }, (_one, index) =>
        status(words[index % 3]!, `${dispatch}:${Math.floor(index / 3) + 1}:1`),
      ),
    );
    for (let at = 0; at < events.length; at += 30) {
      await arrive(webhookBody(channel.accountRef, events.slice(at, at + 30)));
    }
    await Promise.all([applyAll(), applyAll(), applyAll()]);
    expect(await progress.of(dispatch)).toMatchObject({ read: 3000 });
    await expectCountersEqualRecount(dispatch);
    expect(await backlog()).toEqual([]);
  });
});

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error('it never came true');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The same order in every run. */
function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item, index) => ({ item, key: createHash('md5').update(String(index)).digest('hex') }))
    .toSorted((a, b) => a.key.localeCompare(b.key))
    .map(({ item }) => item);
}
