import { BacklogRepository } from '../../../src/router/application/backlog.repository.js';
import { MessageTargetRepository } from '../../../src/router/application/message-target.repository.js';
import { StoredWebhookRepository } from '../../../src/router/application/stored-webhook.repository.js';
import { WebhookEventRepository } from '../../../src/router/intake/webhook-event.repository.js';
import { StatusRepository, type StatusEvidence } from '../../../src/ledger/status.repository.js';
import { describePlans } from '../../support/explained-sql.js';
import { MILLION } from '../../support/million-rows.js';

const { workspaceId, channelId, dispatchId } = MILLION;
const NEVER = { sent: null, delivered: null, read: null, failed: null };

const statuses = new StatusRepository();
const targets = new MessageTargetRepository();
const backlog = new BacklogRepository();

/** A thousand messages from all over the big dispatch, none of them failed. */
const SCATTERED = Array.from({ length: 1000 }, (_, index) => ({
  channelId,
  dispatchId,
  seq: 2 + index * 295,
}));
const REFS = SCATTERED.map(({ seq }, index) => ({
  channelId,
  providerId: index % 10 === 0 ? `wamid.unknown.${index}` : `wamid.${index}.${seq}`,
}));

describePlans('statuses of a million messages', [
  {
    title: 'applies a thousand statuses of one dispatch by the keys of their messages',
    work: (sql) =>
      statuses.apply(
        sql,
        SCATTERED.map(({ seq }) => read(dispatchId, seq)),
      ),
    meant: [{ indexes: ['messages_pkey', 'unknowns_pkey'], mostBuffers: 20_000, mostRows: 3000 }],
  },
  {
    title: 'applies one status by the key of its message',
    work: (sql) => statuses.apply(sql, [read(dispatchId, 1234)]),
    meant: [{ indexes: ['messages_pkey', 'unknowns_pkey'], mostBuffers: 60 }],
  },
  {
    title: 'applies a thousand failures of twenty dispatches by the keys of their messages',
    work: (sql) =>
      statuses.apply(
        sql,
        MILLION.smallDispatchIds.flatMap((id) =>
          SCATTERED.slice(0, 50).map((_, n) => failed(id, 3 + n * 180)),
        ),
      ),
    meant: [{ indexes: ['messages_pkey', 'unknowns_pkey'], mostBuffers: 20_000, mostRows: 3000 }],
  },
  {
    title: 'applies statuses of a dispatch that no statistics know yet by the keys of its messages',
    work: (sql) =>
      statuses.apply(
        sql,
        SCATTERED.map((_, n) => read(MILLION.freshDispatchId, n + 1, 0)),
      ),
    meant: [{ indexes: ['messages_pkey', 'unknowns_pkey'], mostBuffers: 20_000, mostRows: 3000 }],
  },
  {
    title: 'finds a thousand messages by the ids that the provider gave them',
    work: (sql) => targets.byProviderId(sql, REFS),
    meant: [{ indexes: ['provider_refs_pkey'], mostBuffers: 6000 }],
  },
  {
    title: 'finds to whom a thousand messages went by their keys',
    work: (sql) => targets.recipientsOf(sql, SCATTERED),
    meant: [{ indexes: ['messages_pkey'], mostBuffers: 6000 }],
  },
]);

describePlans('the backlog of a hundred thousand webhooks', [
  {
    title: 'claims the oldest fresh and the oldest due events from their own indexes',
    work: (sql) => backlog.claim(sql, 200, 256 * 1024),
    meant: [
      { indexes: [], mostBuffers: 0 },
      {
        indexes: ['webhook_backlog_fresh', 'webhook_backlog_parked', 'webhook_events_pkey'],
        mostBuffers: 3000,
      },
    ],
  },
  {
    title: 'takes two hundred events off the backlog by their keys',
    work: (sql) => backlog.finish(sql, eventIds(200)),
    meant: [{ indexes: ['webhook_backlog_pkey'], mostBuffers: 1500 }],
  },
  {
    title: 'parks two hundred events by their keys',
    work: (sql) =>
      backlog.park(
        sql,
        eventIds(200).map((eventId) => ({ eventId, elements: [0], mostWaitMs: 60_000 })),
      ),
    meant: [
      {
        indexes: ['webhook_backlog_pkey', 'webhook_events_pkey'],
        // What waits is little beside what is kept.
        orIndexes: [['webhook_events_pkey']],
        wholeTables: ['webhook_backlog'],
        mostBuffers: 5000,
      },
    ],
  },
  {
    title: 'stores a hundred webhooks of which half were stored before',
    work: (sql) =>
      new WebhookEventRepository(sql).insert(Array.from({ length: 100 }, (_, n) => webhook(n % 50))),
    meant: [{ indexes: [], mostBuffers: 3000 }],
  },
]);

describePlans('webhooks as they were stored, for who looks at them', [
  {
    title: 'looks through twenty thousand at most for a page of them',
    work: (sql) => new StoredWebhookRepository(sql, sql).list(workspaceId, null, null, 51),
    meant: [
      { indexes: ['webhook_events_pkey'], mostBuffers: 5000 },
      {
        indexes: ['webhook_backlog_pkey', 'webhook_events_pkey', 'webhook_quarantine_pkey'],
        // Nothing is set apart there.
        orIndexes: [['webhook_backlog_pkey', 'webhook_events_pkey']],
        wholeTables: ['webhook_quarantine'],
        mostBuffers: 1000,
      },
    ],
  },
]);

function read(id: string, seq: number, attempt = 1): StatusEvidence {
  const at = { ...NEVER, sent: new Date(), delivered: new Date(), read: new Date() };
  return { dispatchId: id, seq, attempt, channelId, status: 'read', at, code: null, reason: null };
}

function failed(id: string, seq: number): StatusEvidence {
  const at = { ...NEVER, failed: new Date() };
  return {
    dispatchId: id,
    seq,
    attempt: 1,
    channelId,
    status: 'failed',
    at,
    code: '131026',
    reason: 'not there',
  };
}

function eventIds(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(96_001 + index * 7));
}

function webhook(n: number) {
  return {
    source: {
      workspaceId,
      provider: 'whatsapp-cloud',
      scope: 'spec',
      channelIds: [channelId],
      addressChannelId: null,
      isRepeated: true,
    },
    contentType: 'application/json',
    query: '',
    lane: 1 as const,
    arrivedAtMs: Date.now(),
    body: Buffer.from(`{"n": ${n}, "text": "${'x'.repeat(400)}"}`),
  };
}
