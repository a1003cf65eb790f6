import { createHmac, randomUUID } from 'node:crypto';
import { AddressPolicy } from '../../src/channels/address-policy.js';
import { ChannelRows } from '../../src/channels/channel-rows.repository.js';
import { ProviderRegistry } from '../../src/channels/provider-registry.js';
import { SimulatorProcess } from '../../src/channels/providers/simulator/simulator-process.js';
import { PublicAddress } from '../../src/channels/public-address.js';
import { SealedSettings } from '../../src/channels/sealed-settings.js';
import { WebhookSecretRepository } from '../../src/channels/webhook-secret.repository.js';
import { WebhookSecrets } from '../../src/channels/webhook-secrets.js';
import { Keyring } from '../../src/common/keyring.js';
import type { StreamBells } from '../../src/queue/stream-bells.js';
import { channelNews } from './channel-news.js';
import { inboundApplication } from './inbound.js';
import { loadConfig } from '../../src/config/load-config.js';
import { Sql } from '../../src/database/sql.js';
import type { MessageState } from '../../src/ledger/message-state.js';
import { StatusRepository } from '../../src/ledger/status.repository.js';
import { SuppressionRepository } from '../../src/ledger/suppression.repository.js';
import { BacklogRepository } from '../../src/router/application/backlog.repository.js';
import { ElementApplication } from '../../src/router/application/element-application.js';
import { MessageTargetRepository } from '../../src/router/application/message-target.repository.js';
import { PreferenceApplication } from '../../src/router/application/preference-application.js';
import { StatusApplication } from '../../src/router/application/status-application.js';
import { WebhookApplier } from '../../src/router/application/webhook-applier.js';
import type { WebhookEvent } from '../../src/router/intake/webhook-event.js';

export const MASTER_KEY = 'a master key of the tests, 32 characters';

export interface TestChannel {
  readonly workspaceId: string;
  readonly channelId: string;
  readonly accountRef: string;
}

export function sqlOn(url: string, size = 5): Sql {
  return new Sql({ url, size, name: 'test', statementTimeoutMs: 20_000, onError: () => undefined });
}

export function webhookApplier(sql: Sql): WebhookApplier {
  const config = loadConfig({});
  const keyring = new Keyring(MASTER_KEY);
  const targets = new MessageTargetRepository();
  const suppressions = new SuppressionRepository(keyring);
  const providers = new ProviderRegistry(
    new AddressPolicy(config),
    new SimulatorProcess(config),
    new PublicAddress(config),
  );
  return new WebhookApplier(
    sql,
    new BacklogRepository(),
    targets,
    new ElementApplication(
      new StatusApplication(targets, new StatusRepository(), suppressions),
      new PreferenceApplication(targets, suppressions),
      inboundApplication(sql, keyring, config),
      channelNews(sql, config),
    ),
    { ring: () => undefined } as unknown as StreamBells,
    providers,
    new WebhookSecrets(
      new ChannelRows(sql),
      new WebhookSecretRepository(sql),
      new SealedSettings(keyring),
      providers,
    ),
  );
}

/** A webhook as the intake stores it, signed with the secret of these channels. */
export function webhookEvent(
  body: Buffer,
  channels: readonly TestChannel[],
  changes: Partial<WebhookEvent['source']> = {},
): WebhookEvent {
  return {
    source: {
      workspaceId: channels[0]!.workspaceId,
      provider: 'whatsapp-cloud',
      scope: randomUUID(),
      channelIds: channels.map((channel) => channel.channelId),
      addressChannelId: null,
      isRepeated: true,
      ...changes,
    },
    contentType: 'application/json',
    query: '',
    lane: 1,
    arrivedAtMs: Date.now(),
    body,
  };
}

let accounts = 0;

/** A channel of a workspace of its own. */
export async function insertChannel(
  sql: Sql,
  workspaceId?: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<TestChannel> {
  const owner =
    workspaceId ??
    (await sql.query<{ id: string }>("INSERT INTO workspaces (name) VALUES ('one') RETURNING id"))[0]!.id;
  const channel = { workspaceId: owner, channelId: randomUUID(), accountRef: String(106540000 + accounts++) };
  await sql.query(
    `INSERT INTO channels (id, workspace_id, name, provider, sealed_settings, account_ref)
     VALUES ($1, $2, $3, 'whatsapp-cloud', $5, $4)`,
    [
      channel.channelId,
      owner,
      `number ${channel.accountRef}`,
      channel.accountRef,
      new SealedSettings(new Keyring(MASTER_KEY)).seal(settings, channel),
    ],
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
