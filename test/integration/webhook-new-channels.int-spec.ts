import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { digestOfSecret } from '../../src/channels/webhook-secret.js';
import type { Sql } from '../../src/database/sql.js';
import { StoredWebhookRepository } from '../../src/router/application/stored-webhook.repository.js';
import type { WebhookApplier } from '../../src/router/application/webhook-applier.js';
import { scopeOfSecret, type WebhookSource } from '../../src/router/intake/webhook-event.js';
import { WebhookEventRepository } from '../../src/router/intake/webhook-event.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import {
  insertChannel,
  insertDispatch,
  sqlOn,
  status,
  webhookApplier,
  webhookBody,
  webhookEvent,
  type TestChannel,
} from '../support/webhooks.js';

const WAIT = { timeout: 15_000, interval: 100 };
const APART = 'it names an account that the secret which signed it does not belong to';

let secrets = 0;

describe('webhooks of a channel that was made a moment ago', () => {
  let database: TestDatabase;
  let sql: Sql;
  let applier: WebhookApplier;
  let appSecret: string;
  /** All that router and worker know. */
  let first: TestChannel;

  beforeAll(async () => {
    database = await createTestDatabase();
    sql = sqlOn(database.url);
  });

  beforeEach(async () => {
    await sql.query('TRUNCATE webhook_events, webhook_backlog, webhook_quarantine');
    secrets += 1;
    appSecret = `the secret of app ${secrets}`;
    first = await insertChannel(sql, undefined, { appSecret });
    applier = webhookApplier(sql);
    await applier.applyNext();
  });

  afterAll(async () => {
    await sql.end();
    await database.drop();
  });

  /** As a router stores it that knows of the first channel alone, whatever it names. */
  async function arrive(accountRef: string, id: string, changes: Partial<WebhookSource> = {}): Promise<void> {
    const scope = scopeOfSecret(digestOfSecret(appSecret).toString('base64url'));
    const body = webhookBody(accountRef, [status('delivered', id)]);
    await new WebhookEventRepository(sql).insert([webhookEvent(body, [first], { scope, ...changes })]);
  }

  async function applyAll(): Promise<void> {
    while ((await applier.applyNext()) > 0);
  }

  async function outcome() {
    const [row] = await sql.query<{ waits: number[] | null; apart: string | null }>(
      `SELECT (SELECT elements FROM webhook_backlog) AS waits, (SELECT reason FROM webhook_quarantine) AS apart`,
    );
    return row!;
  }

  async function stateOf(dispatchId: string): Promise<unknown> {
    const [row] = await sql.query<{ state: string }>('SELECT state FROM messages WHERE dispatch_id = $1', [
      dispatchId,
    ]);
    return row!.state;
  }

  async function settled() {
    await expect
      .poll(async () => {
        await applyAll();
        return (await outcome()).waits;
      }, WAIT)
      .toBeNull();
    return (await outcome()).apart;
  }

  it('wait until it is known, and are applied', async () => {
    const second = await insertChannel(sql, first.workspaceId, { appSecret });
    const dispatch = await insertDispatch(sql, second, 1);
    await arrive(second.accountRef, `${dispatch}:1:1`);
    await applyAll();
    expect(await outcome()).toEqual({ waits: [0], apart: null });
    expect(await settled()).toBeNull();
    expect(await stateOf(dispatch)).toBe('delivered');
  });

  it('W-15 are set apart once it is known that it has another secret, and touch nothing', async () => {
    const victim = await insertChannel(sql, undefined, { appSecret: 'of somebody else' });
    const dispatch = await insertDispatch(sql, victim, 1);
    await arrive(victim.accountRef, `${dispatch}:1:1`);
    expect(await settled()).toBe(APART);
    expect(await stateOf(dispatch)).toBe('accepted');
  });

  it('W-15 are set apart at once where they came to the address of another', async () => {
    const second = await insertChannel(sql, first.workspaceId, { appSecret });
    const dispatch = await insertDispatch(sql, second, 1);
    await arrive(second.accountRef, `${dispatch}:1:1`, {
      scope: `channel:${first.channelId}`,
      addressChannelId: first.channelId,
    });
    await applyAll();
    expect(await outcome()).toEqual({ waits: null, apart: APART });
    expect(await stateOf(dispatch)).toBe('accepted');
  });

  it('are applied when they are replayed, though they were set apart before it was made', async () => {
    await arrive('106549999999999', 'of nobody');
    await sql.query("UPDATE webhook_events SET received_at = now() - interval '1 hour'");
    await applyAll();
    expect(await outcome()).toEqual({ waits: null, apart: APART });

    const second = await insertChannel(sql, first.workspaceId, { appSecret });
    const dispatch = await insertDispatch(sql, second, 1);
    await sql.query("UPDATE channels SET account_ref = '106549999999999' WHERE id = $1", [second.channelId]);
    await sql.query(
      `INSERT INTO provider_refs (channel_id, provider_id, workspace_id, dispatch_id, seq, attempt)
       VALUES ($1, 'wamid.of nobody', $2, $3, 1, 1)`,
      [second.channelId, second.workspaceId, dispatch],
    );
    const [event] = await sql.query<{ id: string }>('SELECT id FROM webhook_events');
    await new StoredWebhookRepository(sql, sql).replay(first.workspaceId, event!.id);
    await applyAll();
    expect(await settled()).toBeNull();
    expect(await stateOf(dispatch)).toBe('delivered');
  });
});
