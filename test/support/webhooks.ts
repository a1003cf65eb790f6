import { createHmac, randomUUID } from 'node:crypto';
import { AddressPolicy } from '../../src/channels/address-policy.js';
import { ProviderRegistry } from '../../src/channels/provider-registry.js';
import { SimulatorProcess } from '../../src/channels/providers/simulator/simulator-process.js';
import { PublicAddress } from '../../src/channels/public-address.js';
import { Keyring } from '../../src/common/keyring.js';
import { loadConfig } from '../../src/config/load-config.js';
import { Sql } from '../../src/database/sql.js';
import type { MessageState } from '../../src/ledger/message-state.js';
import { StatusRepository } from '../../src/ledger/status.repository.js';
import { SuppressionRepository } from '../../src/ledger/suppression.repository.js';
import { BacklogRepository } from '../../src/router/application/backlog.repository.js';
import { MessageTargetRepository } from '../../src/router/application/message-target.repository.js';
import { StatusApplication } from '../../src/router/application/status-application.js';
import { StatusApplier } from '../../src/router/application/status-applier.js';

export const MASTER_KEY = 'a master key of the tests, 32 characters';

export interface TestChannel {
  readonly workspaceId: string;
  readonly channelId: string;
  readonly accountRef: string;
}

export function sqlOn(url: string, size = 5): Sql {
  return new Sql({ url, size, name: 'test', statementTimeoutMs: 20_000, onError: () => undefined });
}

export function statusApplier(sql: Sql): StatusApplier {
  const config = loadConfig({});
  const targets = new MessageTargetRepository();
  return new StatusApplier(
    sql,
    new BacklogRepository(),
    targets,
    new StatusApplication(
      targets,
      new StatusRepository(),
      new SuppressionRepository(new Keyring(MASTER_KEY)),
    ),
    new ProviderRegistry(new AddressPolicy(config), new SimulatorProcess(config), new PublicAddress(config)),
  );
}

let accounts = 0;

/** A channel of a workspace of its own. */
export async function insertChannel(sql: Sql, workspaceId?: string): Promise<TestChannel> {
  const owner =
    workspaceId ??
    (await sql.query<{ id: string }>("INSERT INTO workspaces (name) VALUES ('one') RETURNING id"))[0]!.id;
  const channel = { workspaceId: owner, channelId: randomUUID(), accountRef: String(106540000 + accounts++) };
  await sql.query(
    `INSERT INTO channels (id, workspace_id, name, provider, sealed_settings, account_ref)
     VALUES ($1, $2, $3, 'whatsapp-cloud', '', $4)`,
    [channel.channelId, owner, `number ${channel.accountRef}`, channel.accountRef],
  );
  return channel;
}

/** A dispatch of `size` messages on this channel, all in one state, at their first attempt, with right counters. */
export async function insertDispatch(
  sql: Sql,
  channel: TestChannel,
  size: number,
  state: MessageState = 'accepted',
): Promise<string> {
  const [row] = await sql.query<{ id: string }>(
    `INSERT INTO dispatches (workspace_id, kind, category, policy, total, batch_count)
     VALUES ($1, 'run', 'marketing', '{}', $2, 1) RETURNING id`,
    [channel.workspaceId, size],
  );
  const dispatchId = row!.id;
  await sql.query(
    `INSERT INTO messages (dispatch_id, seq, workspace_id, channel_id, recipient, state, attempt)
     SELECT $1, n, $2, $3, '+5255' || (10000000 + n), $4, 1 FROM generate_series(1, $5::int) AS n`,
    [dispatchId, channel.workspaceId, channel.channelId, state, size],
  );
  await sql.query(
    `INSERT INTO batches (dispatch_id, batch_no, workspace_id, channel_id, first_seq, last_seq, state)
     VALUES ($1, 1, $2, $3, 1, $4, $5)`,
    [dispatchId, channel.workspaceId, channel.channelId, size, state === 'inflight' ? 'leased' : 'done'],
  );
  if (state !== 'inflight') {
    await sql.query(
      `INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, ${state}) VALUES ($1, $2, 0, $3)`,
      [channel.workspaceId, dispatchId, size],
    );
  }
  return dispatchId;
}

export interface WrittenStatus {
  readonly id?: unknown;
  readonly status?: unknown;
  readonly timestamp?: unknown;
  readonly recipient_id?: string;
  readonly biz_opaque_callback_data?: string;
  readonly errors?: readonly unknown[];
}

/** A status as Meta writes it; `changes` overrides or adds members. */
export function status(
  word: string,
  correlationId: string | null,
  changes: WrittenStatus = {},
): WrittenStatus {
  return {
    id: `wamid.${correlationId ?? 'unknown'}`,
    status: word,
    timestamp: '1763700000',
    recipient_id: '5215510000001',
    ...(correlationId !== null && { biz_opaque_callback_data: correlationId }),
    ...changes,
  };
}

export function webhookBody(accountRef: string, statuses: readonly unknown[]): Buffer {
  return Buffer.from(
    JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [
        {
          id: '419561257915477',
          changes: [
            {
              field: 'messages',
              value: {
                messaging_product: 'whatsapp',
                metadata: { display_phone_number: '15550783881', phone_number_id: accountRef },
                statuses,
              },
            },
          ],
        },
      ],
    }),
  );
}

export function signatureOf(body: Buffer, appSecret: string): string {
  return `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`;
}
