import { IdempotencyRepository } from '../../../src/auth/idempotency.repository.js';
import { UploadRetention } from '../../../src/campaigns/audience/upload-retention.repository.js';
import { Clock } from '../../../src/common/clock.js';
import type { Config } from '../../../src/config/config.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { ImportRetention } from '../../../src/contacts/import/import-retention.repository.js';
import type { ChunkOf, Housekeeping } from '../../../src/database/housekeeping.js';
import type { Sql } from '../../../src/database/sql.js';
import { OutboxRetention } from '../../../src/events/outbox-retention.repository.js';
import { RefRetentionRepository } from '../../../src/ledger/ref-retention.repository.js';
import { RetentionRepository } from '../../../src/ledger/retention.repository.js';
import { ConversationRetention } from '../../../src/router/conversations/conversation-retention.repository.js';
import { InboundRetention } from '../../../src/router/inbound/inbound-retention.repository.js';
import { WebhookRetentionRepository } from '../../../src/router/application/webhook-retention.repository.js';
import { ALWAYS_CUSTOM, describePlans } from '../../support/explained-sql.js';
import { MILLION } from '../../support/million-rows.js';

const { workspaceId, dispatchId, importId, campaignId } = MILLION;
const ledger = new RetentionRepository();
const refs = new RefRetentionRepository();

/** Everything is old. */
class LateClock extends Clock {
  override nowMs(): number {
    return Date.now() + 1000 * 86_400_000;
  }
}

/** Nothing is kept for ever. */
const KEPT = loadConfig({ CAUDAL_KEEP_INBOUND_DAYS: '365' });

/** The chunk that a class adds to the housekeeping. */
function chunkOf(
  Chore: new (housekeeping: Housekeeping, clock: Clock, config: Config) => { onModuleInit(): void },
): ChunkOf {
  let added: ChunkOf | undefined;
  const housekeeping = { add: (_name: string, chunk: ChunkOf) => (added = chunk) };
  new Chore(housekeeping as unknown as Housekeeping, new LateClock(), KEPT).onModuleInit();
  return added!;
}

/** A dispatch is picked among those that have ended; thousands of them are, and a few are old. */
const aFewAreOld = (sql: Sql) =>
  sql.query(`UPDATE dispatches SET finished_at = now() - interval '400 days' WHERE id BETWEEN 5011 AND 5015`);
const before = new Date(Date.now() - 365 * 86_400_000);

describePlans('what is let go beside a million', [
  {
    title: 'finds the dispatch that ended first and still has its texts',
    before: aFewAreOld,
    work: (sql) => ledger.claimOldest(sql, 'content', before),
    plannings: ALWAYS_CUSTOM,
    meant: [
      {
        indexes: ['dispatches_campaign', 'dispatches_with_content', 'unknowns_pkey'],
        // Of a few unfinished ones, and of nothing unknown, it is as well to look at all.
        orIndexes: [
          ['dispatches_unfinished', 'dispatches_with_content'],
          ['dispatches_unfinished', 'dispatches_with_content', 'unknowns_pkey'],
          ['dispatches_campaign', 'dispatches_with_content'],
        ],
        wholeTables: ['unknowns'],
        mostBuffers: 400,
      },
      {
        indexes: ['dispatches_campaign', 'dispatches_pkey', 'unknowns_pkey'],
        orIndexes: [
          ['dispatches_pkey', 'dispatches_unfinished'],
          ['dispatches_campaign', 'dispatches_pkey'],
          ['dispatches_pkey', 'dispatches_unfinished', 'unknowns_pkey'],
        ],
        wholeTables: ['unknowns'],
        mostBuffers: 400,
      },
    ],
  },
  {
    title: 'finds the dispatch that ended first and still has its messages',
    before: aFewAreOld,
    work: (sql) => ledger.claimOldest(sql, 'rows', before),
    plannings: ALWAYS_CUSTOM,
    meant: [
      {
        indexes: ['dispatches_campaign', 'dispatches_with_rows', 'unknowns_pkey'],
        // Of a few unfinished ones, and of nothing unknown, it is as well to look at all.
        orIndexes: [
          ['dispatches_unfinished', 'dispatches_with_rows'],
          ['dispatches_unfinished', 'dispatches_with_rows', 'unknowns_pkey'],
          ['dispatches_campaign', 'dispatches_with_rows'],
        ],
        wholeTables: ['unknowns'],
        mostBuffers: 400,
      },
      {
        indexes: ['dispatches_campaign', 'dispatches_pkey', 'unknowns_pkey'],
        orIndexes: [
          ['dispatches_pkey', 'dispatches_unfinished'],
          ['dispatches_campaign', 'dispatches_pkey'],
          ['dispatches_pkey', 'dispatches_unfinished', 'unknowns_pkey'],
        ],
        wholeTables: ['unknowns'],
        mostBuffers: 400,
      },
    ],
  },
  {
    title: 'empties two thousand messages along their key',
    work: (sql) => ledger.clearContent(sql, { dispatchId, after: 200_000, upTo: 202_000 }),
    plannings: ALWAYS_CUSTOM,
    meant: [{ indexes: ['messages_pkey'], mostBuffers: 20_000, mostRows: 2000 }],
  },
  {
    title: 'deletes two thousand messages and their attempts along their keys',
    work: (sql) => ledger.deleteRows(sql, { dispatchId, after: 200_000, upTo: 202_000 }),
    plannings: ALWAYS_CUSTOM,
    meant: [
      {
        indexes: ['attempts_message', 'messages_pkey', 'receipts_first'],
        mostBuffers: 10_000,
        mostRows: 5000,
      },
    ],
  },
  {
    title: 'deletes the batches of a dispatch by their key',
    work: (sql) => ledger.deleteBatches(sql, dispatchId, 2000),
    plannings: ALWAYS_CUSTOM,
    meant: [{ indexes: ['batches_pkey'], mostBuffers: 9000, mostRows: 4000 }],
  },
  {
    title: 'reads some pages of the ids of providers as they lie there, and no other',
    before: (sql) => sql.query('UPDATE dispatches SET purged_at = now() WHERE id = 5001'),
    work: (sql) => refs.deleteOnPages(sql, 1000, 64),
    plannings: ALWAYS_CUSTOM,
    meant: [
      {
        indexes: ['dispatches_purged'],
        orIndexes: [['dispatches_pkey'], ['dispatches_pkey', 'dispatches_purged']],
        mostBuffers: 30_000,
        mostRows: 12_000,
      },
    ],
  },
  {
    title: 'walks along the key of webhooks to the first that is young, and leaves those that wait',
    before: (sql) =>
      sql.query(`UPDATE webhook_events SET received_at = now() - interval '40 days' WHERE id <= 500`),
    work: (sql) =>
      new WebhookRetentionRepository().forget(sql, new Date(Date.now() - 30 * 86_400_000), 0, 1000),
    meant: [
      {
        indexes: ['webhook_backlog_pkey', 'webhook_events_pkey'],
        wholeTables: ['webhook_quarantine'],
        mostBuffers: 6000,
      },
    ],
  },
  {
    title: 'forgets two thousand messages that people wrote from the first on',
    work: chunkOf(InboundRetention),
    meant: [{ indexes: ['inbound_messages_pkey'], mostBuffers: 12_000, mostRows: 5000 }],
  },
  {
    title: 'forgets a thousand conversations along the index of the newest, from its other end',
    work: chunkOf(ConversationRetention),
    meant: [
      { indexes: ['conversations_newest'], wholeTables: ['workspaces'], mostBuffers: 20 },
      { indexes: ['conversations_newest', 'conversations_pkey'], mostBuffers: 12_000 },
    ],
  },
  {
    title: 'forgets events from the oldest on',
    before: (sql) =>
      sql.query(
        `INSERT INTO outbox (workspace_id, type, payload) SELECT $1, 'spec', '{}' FROM generate_series(1, 30000)`,
        [workspaceId],
      ),
    work: chunkOf(OutboxRetention),
    meant: [{ indexes: ['outbox_pkey'], mostBuffers: 30_000, mostRows: 10_000 }],
  },
  {
    title: 'forgets answers to repeated requests by their age',
    before: (sql) =>
      sql.query(
        `UPDATE idempotency_keys SET created_at = now() - interval '2 days' WHERE key LIKE 'key 12%'`,
      ),
    work: (sql) => new IdempotencyRepository(sql).dropExpired(sql, 500),
    plannings: ALWAYS_CUSTOM,
    meant: [{ indexes: ['idempotency_keys_age'], mostBuffers: 6000, mostRows: 3000 }],
  },
  {
    title: 'forgets the rejected rows of an import by their key',
    before: (sql) =>
      sql.query(
        `UPDATE imports SET status = 'done', finished_at = now() - interval '1000 days' WHERE id = $1`,
        [importId],
      ),
    work: chunkOf(ImportRetention),
    plannings: ALWAYS_CUSTOM,
    meant: [
      { indexes: ['imports_with_rejects'], orIndexes: [[]], wholeTables: ['imports'], mostBuffers: 20 },
      { indexes: ['import_rejects_pkey'], mostBuffers: 20 },
      { indexes: ['import_rejects_pkey'], mostBuffers: 20_000, mostRows: 10_000 },
    ],
  },
  {
    title: 'forgets an uploaded list by its key',
    before: (sql) =>
      sql.query(
        `UPDATE campaigns SET status = 'completed', finished_at = now() - interval '1000 days' WHERE id = $1`,
        [campaignId],
      ),
    work: chunkOf(UploadRetention),
    plannings: ALWAYS_CUSTOM,
    meant: [
      { indexes: ['campaigns_with_upload'], mostBuffers: 20 },
      { indexes: ['campaign_recipients_pkey'], mostBuffers: 20 },
      { indexes: ['campaign_recipients_pkey'], mostBuffers: 20_000, mostRows: 10_000 },
    ],
  },
]);
