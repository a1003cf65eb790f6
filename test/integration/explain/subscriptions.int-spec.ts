import { EventInterest } from '../../../src/events/event-interest.js';
import { Outbox } from '../../../src/events/outbox.js';
import { SettleRepository } from '../../../src/ledger/settle.repository.js';
import { StatusRepository } from '../../../src/ledger/status.repository.js';
import { loadConfig } from '../../../src/config/load-config.js';
import type { Housekeeping } from '../../../src/database/housekeeping.js';
import { Clock } from '../../../src/common/clock.js';
import { DeliveryLineRepository } from '../../../src/router/subscriptions/delivery-line.repository.js';
import { DeliveryLogRepository } from '../../../src/router/subscriptions/delivery-log.repository.js';
import { DeliveryRepository } from '../../../src/router/subscriptions/delivery.repository.js';
import { DeliveryRetention } from '../../../src/router/subscriptions/delivery-retention.repository.js';
import type { ChunkOf } from '../../../src/database/housekeeping.js';
import { ALWAYS_CUSTOM, describePlans } from '../../support/explained-sql.js';
import { MILLION, recipientOf } from '../../support/million-rows.js';

const { workspaceId, channelId, dispatchId, subscriptionId, workerId } = MILLION;
const ASKED = { inMessages: () => true } as unknown as EventInterest;
const NEVER = { sent: null, delivered: null, read: null, failed: null };
/** There are a handful, and each statement is about all of them. */
const SMALL = ['subscriptions', 'delivery_lines'];

/** The chunk of old deliveries, as the housekeeping is given it. */
function forgetOld(): ChunkOf {
  const chunks: ChunkOf[] = [];
  const housekeeping = { add: (_name: string, chunk: ChunkOf) => chunks.push(chunk) };
  new DeliveryRetention(
    housekeeping as unknown as Housekeeping,
    new Clock(),
    loadConfig({ CAUDAL_KEEP_EVENTS_DAYS: '15' }),
  ).onModuleInit();
  return chunks[0]!;
}

describePlans('events and who is told of them', [
  {
    title: 'writes an event and its deliveries',
    work: (sql) =>
      new Outbox().add(sql, { workspaceId, type: 'import.completed', payload: { id: MILLION.importId } }),
    meant: [{ indexes: [], orIndexes: [['subscriptions_workspace']], wholeTables: SMALL, mostBuffers: 250 }],
  },
  {
    title: 'writes two hundred events of contacts at once',
    work: (sql) =>
      new Outbox().addAll(
        sql,
        Array.from({ length: 200 }, (_, n) => ({
          workspaceId,
          type: 'message.read',
          payload: { n },
          recipient: recipientOf(n),
        })),
      ),
    meant: [{ indexes: [], orIndexes: [['subscriptions_workspace']], wholeTables: SMALL, mostBuffers: 6000 }],
  },
  {
    title: 'settles two hundred accepted messages and tells of each',
    work: (sql) =>
      new SettleRepository(sql as never, ASKED).settle(
        batchOf(),
        Array.from({ length: 200 }, (_, n) => ({
          seq: MILLION.leasedBatch.firstSeq + n,
          attempt: 1,
          state: 'accepted' as const,
          triesSpent: 0,
          againInMs: null,
          providerId: `wamid.told.${n}`,
          trail: null,
        })),
        'receipts',
      ),
    meant: [
      {
        indexes: ['dispatches_pkey', 'messages_pkey'],
        orIndexes: [['dispatches_pkey', 'messages_pkey', 'subscriptions_workspace']],
        wholeTables: SMALL,
        mostBuffers: 12_000,
      },
    ],
  },
  {
    title: 'applies a thousand statuses and tells of each',
    work: (sql) =>
      new StatusRepository(ASKED).apply(
        sql,
        Array.from({ length: 1000 }, (_, n) => ({
          dispatchId,
          seq: 2 + n * 295,
          attempt: 0,
          channelId,
          status: 'read' as const,
          at: { ...NEVER, read: new Date() },
          code: null,
          reason: null,
        })),
      ),
    meant: [
      {
        indexes: ['dispatches_pkey', 'messages_pkey', 'unknowns_pkey'],
        orIndexes: [['dispatches_pkey', 'messages_pkey', 'subscriptions_workspace', 'unknowns_pkey']],
        wholeTables: SMALL,
        mostBuffers: 60_000,
        mostRows: 25_000,
      },
    ],
  },
  {
    title: 'sees who is interested in messages without looking at events',
    work: (sql) => new EventInterest(sql, loadConfig({})).look(),
    meant: [{ indexes: [], wholeTables: SMALL, mostBuffers: 10 }],
  },
]);

describePlans('deliveries beside a hundred thousand', [
  {
    title: 'renews the leases of endpoints by their keys',
    work: (sql) =>
      new DeliveryLineRepository(sql).renew(
        [{ id: workerId, subscriptionId: MILLION.subscriptionId }],
        10_000,
      ),
    meant: [
      {
        indexes: ['delivery_lines_pkey'],
        orIndexes: [[], ['subscriptions_pkey'], ['delivery_lines_pkey', 'subscriptions_pkey']],
        wholeTables: SMALL,
        mostBuffers: 20,
      },
    ],
  },
  {
    title: 'leases an endpoint that has something to be sent',
    work: (sql) => new DeliveryLineRepository(sql).lease(workerId, 8, 30_000),
    meant: [
      {
        indexes: ['deliveries_state'],
        orIndexes: [
          ['deliveries_state', 'subscriptions_pkey'],
          ['deliveries_state', 'delivery_lines_pkey'],
          ['deliveries_state', 'delivery_lines_pkey', 'subscriptions_pkey'],
        ],
        wholeTables: SMALL,
        mostBuffers: 200,
      },
    ],
  },
  {
    title: 'finds two hundred that are due behind a thousand that wait',
    work: (sql) => new DeliveryRepository(sql).due(subscriptionId, 200),
    meant: [
      {
        indexes: ['deliveries_state', 'deliveries_tried', 'outbox_pkey'],
        mostBuffers: 8000,
        mostRows: 4000,
      },
    ],
  },
  {
    title: 'finds none where nothing is pending',
    work: (sql) => new DeliveryRepository(sql).due(MILLION.idleSubscriptionId, 200),
    meant: [
      {
        indexes: ['deliveries_state', 'deliveries_tried', 'outbox_pkey'],
        orIndexes: [['deliveries_state']],
        mostBuffers: 20,
      },
    ],
  },
  {
    title: 'records what two hundred came to by their keys',
    work: (sql) =>
      new DeliveryRepository(sql).record(
        subscriptionId,
        Array.from({ length: 200 }, (_, n) => ({
          eventId: String(70_000 + n),
          state: n % 10 === 0 ? ('pending' as const) : ('delivered' as const),
          waitMs: 5000,
          at: new Date(),
          status: 200,
          ms: 12,
          error: null,
          answer: 'ok',
        })),
      ),
    meant: [
      { indexes: ['deliveries_pkey'], orIndexes: [['deliveries_state']], mostBuffers: 8000, mostRows: 1000 },
    ],
  },
  {
    title: 'lists the newest, of all states and of one',
    work: async (sql) => {
      const log = new DeliveryLogRepository(sql, sql as never);
      await log.list(subscriptionId, undefined, '90000', 50);
      await log.list(subscriptionId, 'dead', null, 50);
    },
    plannings: ALWAYS_CUSTOM,
    meant: [
      { indexes: ['deliveries_pkey', 'outbox_pkey'], mostBuffers: 400 },
      { indexes: ['deliveries_state', 'outbox_pkey'], mostBuffers: 400 },
    ],
  },
  {
    title: 'replays two thousand events of a range along their times',
    work: (sql) =>
      new DeliveryLogRepository(sql, sql as never).replay(
        {
          workspaceId,
          subscriptionId,
          events: ['message.read'],
          from: new Date(Date.now() - 15 * 86_400_000),
          to: new Date(),
        },
        null,
        2000,
      ),
    meant: [{ indexes: ['outbox_workspace'], mostBuffers: 60_000 }],
  },
  {
    title: 'lets five thousand go, the oldest of a subscription',
    work: forgetOld(),
    plannings: ALWAYS_CUSTOM,
    meant: [
      { indexes: ['deliveries_pkey'], wholeTables: SMALL, mostBuffers: 60 },
      { indexes: ['deliveries_pkey'], mostBuffers: 40_000 },
    ],
  },
]);

function batchOf() {
  const { no, firstSeq, lastSeq } = MILLION.leasedBatch;
  return {
    dispatchId,
    workspaceId,
    channelId,
    batchNo: no,
    firstSeq,
    lastSeq,
    fence: 1,
  } as never;
}
