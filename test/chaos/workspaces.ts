import { expect, vi } from 'vitest';
import { hashOfKey, newApiKey } from '../../src/auth/api-key.js';
import type { KeyRole } from '../../src/auth/principal.js';
import type { Stack } from '../support/stack.js';

const NUMBER = '106540352242922';
const WAIT = { timeout: 30_000, interval: 100 };

/** Ids of one workspace, by the collection of the API in which they stand. */
export type Belongings = Readonly<Record<string, string>>;

export async function firstWorkspace(stack: Stack): Promise<string> {
  const [row] = await stack.ledger.sql.query<{ id: string }>('SELECT id FROM workspaces ORDER BY created_at');
  return row!.id;
}

/** A workspace of strangers, with an admin's key. */
export async function otherWorkspace(stack: Stack): Promise<{ workspaceId: string; key: string }> {
  const [row] = await stack.ledger.sql.query<{ id: string }>(
    `INSERT INTO workspaces (name) VALUES ('Otra') RETURNING id`,
  );
  return { workspaceId: row!.id, key: await insertKey(stack, row!.id, 'admin') };
}

/** As if an admin had made it, at any time and for any time. */
export async function insertKey(
  stack: Stack,
  workspaceId: string,
  role: KeyRole,
  expiresAt: Date | null = null,
): Promise<string> {
  const key = newApiKey();
  await stack.ledger.sql.query(
    'INSERT INTO api_keys (workspace_id, name, role, key_hash, expires_at) VALUES ($1, $2, $3, $4, $5)',
    [workspaceId, `key ${key.slice(4, 10)}`, role, hashOfKey(key), expiresAt],
  );
  return key;
}

/** One thing of every kind that has an address; needs a worker, who applies what a customer writes. */
export async function furnish(stack: Stack): Promise<Belongings> {
  const made = async (path: string, body: object): Promise<string> => {
    const answer = await stack.api.post<Record<string, string>>(path, body);
    expect(answer.status, `${path} ${JSON.stringify(answer.body)}`).toBeLessThan(300);
    return (answer.body['id'] ?? answer.body['taskId'])!;
  };
  const channels = await stack.createChannel({ phoneNumberId: NUMBER });
  const subscriptions = await made('/api/subscriptions', {
    url: 'https://crm.example.com/hook',
    events: ['message.received'],
  });
  const imports = await stack.api.upload<{ id: string }>('/api/contacts/imports', {
    name: 'lista.csv',
    text: 'phone\n+525512345601\n',
  });
  const contacts = await made('/api/contacts', { phone: '+525512345602', name: 'Ana' });
  const tasks = await made('/api/messages', { phone: '+525512345602', message: 'Hola', channelId: channels });
  const one = (text: string): Promise<string> => untilRow(stack, text);
  await one(`SELECT dispatch_id AS id FROM provider_refs`);
  // What is told before the processes have seen the subscription is told to nobody.
  const event = await vi.waitUntil(async () => {
    await stack.simulator.receive(NUMBER, [{ from: '525512345602', text: 'Hola' }]);
    return (await stack.ledger.sql.query<{ id: string }>('SELECT event_id AS id FROM deliveries'))[0];
  }, WAIT);
  return {
    channels,
    subscriptions,
    contacts,
    tasks,
    imports: await one(`SELECT id FROM imports WHERE status = 'done' AND id = '${imports.body.id}'`),
    portfolios: await made('/api/portfolios', { name: 'Tienda' }),
    audiences: await made('/api/audiences', { name: 'Clientes', audience: { tags: ['vip'] } }),
    campaigns: await stack.createCampaign(3, channels),
    rules: await made('/api/rules', {
      name: 'Horario',
      match: { type: 'keyword', words: ['horario'] },
      actions: [{ type: 'forward' }],
    }),
    'api-keys': await made('/api/api-keys', { name: 'crm', role: 'viewer' }),
    conversations: await one('SELECT id FROM conversations'),
    messages: await one('SELECT id FROM inbound_messages'),
    'webhook-events': await one('SELECT id FROM webhook_events'),
    deliveries: `evt_${event!.id}`,
    alerts: await one(
      `INSERT INTO alerts (workspace_id, kind, subject, text)
       SELECT id, 'channel_held', 'a proof', 'Held' FROM workspaces ORDER BY created_at LIMIT 1
       ON CONFLICT DO NOTHING RETURNING id`,
    ),
  };
}

async function untilRow(stack: Stack, text: string): Promise<string> {
  const row = await vi.waitUntil(async () => (await stack.ledger.sql.query<{ id: string }>(text))[0], WAIT);
  return row!.id;
}

/** What all rows of a workspace are, table by table; a change of any of them shows. */
export async function fingerprintsOf(stack: Stack, workspaceId: string): Promise<Record<string, string>> {
  const { sql } = stack.ledger;
  const tables = await sql.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns
     WHERE table_schema = 'public' AND column_name = 'workspace_id' ORDER BY 1`,
  );
  const prints: Record<string, string> = {};
  for (const { name } of tables) {
    const [row] = await sql.query<{ print: string }>(
      `SELECT count(*) || ' ' || md5(coalesce(string_agg(r::text, E'\\n' ORDER BY r::text), '')) AS print
       FROM ${name} r WHERE workspace_id = $1`,
      [workspaceId],
    );
    prints[name] = row!.print;
  }
  return prints;
}
