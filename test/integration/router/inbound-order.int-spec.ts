import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Keyring } from '../../../src/common/keyring.js';
import type { Sql } from '../../../src/database/sql.js';
import { SuppressionRepository } from '../../../src/ledger/suppression.repository.js';
import { InboundRepository } from '../../../src/router/inbound/inbound.repository.js';
import type { InboundRow } from '../../../src/router/inbound/inbound-row.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { insertChannel, MASTER_KEY, sqlOn, type TestChannel } from '../../support/webhooks.js';

describe('the same messages in two transactions at once', () => {
  const inbound = new InboundRepository(new SuppressionRepository(new Keyring(MASTER_KEY)));
  let database: TestDatabase;
  let sql: Sql;
  let channel: TestChannel;
  let eventId: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    sql = sqlOn(database.url, 4);
    channel = await insertChannel(sql);
    const [event] = await sql.query<{ id: string }>(
      `INSERT INTO webhook_events (workspace_id, provider, channel_ids, body, dedupe_key)
       VALUES ($1, 'whatsapp-cloud', ARRAY[$2::uuid], '', 'one') RETURNING id`,
      [channel.workspaceId, channel.channelId],
    );
    eventId = event!.id;
  });

  afterAll(async () => {
    await sql.end();
    await database.drop();
  });

  function row(providerId: string): InboundRow {
    return {
      workspaceId: channel.workspaceId,
      channelId: channel.channelId,
      eventId,
      message: {
        providerId,
        phone: `+5255100000${providerId.length}`,
        userId: null,
        alias: null,
        profileName: null,
        at: new Date('2026-01-02T03:04:05Z'),
        body: { type: 'text', text: providerId },
        replyTo: null,
        isForwarded: false,
      },
    };
  }

  async function waitingForOthers(): Promise<number> {
    const [locks] = await sql.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return locks!.n;
  }

  it('wait for each other, in whatever order each has them, and keep the order in which they came', async () => {
    const rows = ['b', 'bb', 'bbb'].map((id) => row(id));
    await sql.transaction((tx) =>
      inbound.store(
        tx,
        ['k', 'kk', 'kkk'].map((id) => row(id)),
      ),
    );
    // Somebody else is storing the one in the middle, until both of these wait for it.
    let begun = 0;
    const both = await sql.transaction(async (tx) => {
      await inbound.store(tx, [rows[1]!]);
      const storing = [rows, rows.toReversed()].map((list) =>
        sql.transaction((own) => {
          begun += 1;
          return inbound.store(own, list);
        }),
      );
      await expect.poll(waitingForOthers, { timeout: 10_000 }).toBe(2);
      return { storing: Promise.allSettled(storing) };
    });
    const settled = await both.storing;
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    // A victim of a deadlock is begun again.
    expect(begun).toBe(2);
    const kept = await sql.query<{ unread: number }>('SELECT unread FROM conversations');
    expect(kept).toEqual([{ unread: 2 }, { unread: 2 }, { unread: 2 }]);
    // Numbered as they came, whatever the order of their names.
    const later = await sql.transaction((tx) =>
      inbound.store(
        tx,
        ['zz', 'yy', 'xx'].map((id) => row(id)),
      ),
    );
    expect(later.map(({ providerId }) => providerId)).toEqual(['zz', 'yy', 'xx']);
  });
});
