import { BarrierRepository } from '../../../src/ledger/barrier.repository.js';
import { BatchRepository } from '../../../src/ledger/batch.repository.js';
import { CancelRepository } from '../../../src/ledger/cancel.repository.js';
import type { LeasedBatch } from '../../../src/ledger/dispatch.js';
import { DispatchRateRepository } from '../../../src/ledger/dispatch-rate.repository.js';
import { DispatchRepository } from '../../../src/ledger/dispatch.repository.js';
import { GateRepository } from '../../../src/ledger/gate.repository.js';
import { ProgressRepository } from '../../../src/ledger/progress.repository.js';
import { ReaperRepository } from '../../../src/ledger/reaper.repository.js';
import { SettleRepository } from '../../../src/ledger/settle.repository.js';
import type { Settlement } from '../../../src/ledger/settlement.js';
import { UsageRepository } from '../../../src/ledger/usage.repository.js';
import type { Sql } from '../../../src/database/sql.js';
import { describePlans } from '../../support/explained-sql.js';
import { millionSuppressions } from '../../support/million-database.js';
import { MILLION } from '../../support/million-rows.js';

const { dispatchId, channelId, workspaceId, workerId } = MILLION;
const LEASE_MS = 20_000;
const { leasedBatch } = MILLION;

const LEASED: LeasedBatch = {
  dispatchId,
  batchNo: leasedBatch.no,
  workspaceId,
  channelId,
  firstSeq: leasedBatch.firstSeq,
  lastSeq: leasedBatch.lastSeq,
  fence: 1,
};
/** The first two hundred of a leased batch are inflight, the last two hundred are pending. */
const INFLIGHT = range(leasedBatch.firstSeq, 200);
const PENDING = range(leasedBatch.lastSeq - 199, 200);
const CHANGE = { dispatchId, changedBy: 'spec', reason: null };

const lease = (sql: Sql, id: string) => new BatchRepository(sql).lease(id, channelId, workerId, LEASE_MS);
const barrier = (sql: Sql, batch: LeasedBatch, seqs: readonly number[]) =>
  new BarrierRepository(sql, millionSuppressions).pass(batch, seqs, 'marketing', LEASE_MS);

/** Its rows were written now, so the barrier need only ask who was suppressed since. */
const preparedNow = (sql: Sql, id: string) =>
  sql.query(
    'UPDATE dispatches SET suppressions_seen = pg_current_snapshot(), seen_on = pg_postmaster_start_time() WHERE id = $1',
    [id],
  );

const SHORT_INDEXES = [
  'batches_leased',
  'dispatch_gates_pkey',
  'dispatches_pkey',
  'messages_pkey',
  'suppressions_newest',
];
/** What the first barrier of a dispatch in a process reads before it knows that it must look everybody up. */
const NOT_SHORT = { indexes: SHORT_INDEXES, mostBuffers: 300, mostRows: 300 };

/** Leases a batch of the dispatch that was prepared since the last ANALYZE. */
const leaseFresh = async (sql: Sql) => (leased = await lease(sql, MILLION.freshDispatchId));

/** Three hundred batches of a worker that went silent, and statistics that know of them. */
const leaseMany = async (sql: Sql) => {
  await sql.query(
    `UPDATE batches SET state = 'leased', lease_until = now() - interval '1 minute', leased_by = $1
     WHERE dispatch_id = $2 AND batch_no BETWEEN 700 AND 999`,
    [MILLION.deadWorkerId, dispatchId],
  );
  await sql.query('ANALYZE batches');
};

let leased: LeasedBatch | null;

describePlans('sending among a million messages', [
  {
    title: 'takes a batch from the index of those that are ready',
    work: (sql) => lease(sql, dispatchId),
    meant: [{ indexes: ['batches_ready', 'batches_pkey', 'dispatch_gates_pkey'], mostBuffers: 40 }],
  },
  {
    title: 'steps over three hundred batches that wait without reading any of another channel',
    work: (sql) => lease(sql, MILLION.waitingDispatchId),
    meant: [{ indexes: ['batches_ready', 'batches_pkey', 'dispatch_gates_pkey'], mostBuffers: 60 }],
  },
  {
    title: 'reads the messages of a batch as one range of their key',
    work: (sql) => new BatchRepository(sql).pending(LEASED),
    meant: [{ indexes: ['messages_pkey'], mostBuffers: 80 }],
  },
  {
    title: 'takes two hundred messages past the barrier by their keys and those of their suppressions',
    work: (sql) => barrier(sql, LEASED, PENDING),
    meant: [
      NOT_SHORT,
      {
        indexes: [
          'batches_leased',
          'dispatch_gates_pkey',
          'dispatches_pkey',
          'messages_pkey',
          'messages_recipient',
          'suppressions_pkey',
        ],
        mostBuffers: 3000,
        mostRows: 1000,
      },
    ],
  },
  {
    title: 'takes one message past the barrier for a few dozen pages',
    work: (sql) => barrier(sql, LEASED, PENDING.slice(0, 1)),
    meant: [
      NOT_SHORT,
      {
        indexes: [
          'batches_leased',
          'dispatch_gates_pkey',
          'dispatches_pkey',
          'messages_pkey',
          'messages_recipient',
          'suppressions_pkey',
        ],
        mostBuffers: 70,
      },
    ],
  },
  {
    title: 'takes two hundred messages past the barrier of a dispatch that no statistics know yet',
    before: leaseFresh,
    work: (sql) => barrier(sql, leased!, range(1, 200)),
    meant: [
      NOT_SHORT,
      {
        indexes: [
          'batches_leased',
          'dispatch_gates_pkey',
          'dispatches_pkey',
          'messages_pkey',
          'messages_recipient',
          'suppressions_pkey',
        ],
        mostBuffers: 3000,
        mostRows: 1000,
      },
    ],
  },
  ...[
    {
      title: 'a batch',
      batch: () => LEASED,
      seqs: PENDING,
      before: (sql: Sql) => preparedNow(sql, dispatchId),
    },
    {
      title: 'a batch that no statistics know yet',
      batch: () => leased!,
      seqs: range(1, 200),
      before: async (sql: Sql) => {
        await leaseFresh(sql);
        await preparedNow(sql, MILLION.freshDispatchId);
      },
    },
  ].map(({ title, batch, seqs, before }) => ({
    title: `takes two hundred messages of ${title} past the barrier by their keys alone while nobody was suppressed since`,
    before,
    work: (sql: Sql) => barrier(sql, batch(), seqs),
    meant: [
      {
        indexes: SHORT_INDEXES,
        mostBuffers: 2400,
        mostRows: 500,
      },
    ],
  })),
  ...(['refs', 'receipts'] as const).map((keep) => ({
    title: `settles two hundred acceptances by the keys of their messages, with ${keep}`,
    work: (sql: Sql) =>
      new SettleRepository(sql).settle(
        LEASED,
        INFLIGHT.map((seq) => accepted(seq)),
        keep,
      ),
    meant: [{ indexes: ['messages_pkey'], mostBuffers: keep === 'refs' ? 6000 : 3000, mostRows: 1000 }],
  })),
  {
    title: 'settles two hundred failures by the keys of their messages',
    work: (sql) =>
      new SettleRepository(sql).settle(
        LEASED,
        INFLIGHT.map((seq) => refused(seq)),
      ),
    meant: [{ indexes: ['messages_pkey'], mostBuffers: 6000, mostRows: 1000 }],
  },
  {
    title: 'settles two hundred outcomes of a dispatch that no statistics know yet by their keys',
    before: async (sql) => {
      await leaseFresh(sql);
      await barrier(sql, leased!, range(1, 200));
    },
    work: (sql) =>
      new SettleRepository(sql).settle(
        leased!,
        range(1, 200).map((seq) => refused(seq)),
      ),
    meant: [{ indexes: ['messages_pkey'], mostBuffers: 8000, mostRows: 1000 }],
  },
  {
    title: 'reads the messages of a batch that no statistics know yet as one range of their key',
    before: leaseFresh,
    work: (sql) => new BatchRepository(sql).pending(leased!),
    meant: [{ indexes: ['messages_pkey'], mostBuffers: 700, mostRows: 600 }],
  },
  {
    title: 'gives a batch that no statistics know yet back after reading one range of the key',
    before: leaseFresh,
    work: (sql) => new BatchRepository(sql).release(leased!, null),
    meant: [
      { indexes: ['batches_leased', 'batches_pkey', 'messages_pkey'], mostBuffers: 700, mostRows: 600 },
    ],
  },
  {
    title: 'cancels twenty batches that no statistics know yet as ranges of the key',
    before: (sql) => new GateRepository(sql).close({ ...CHANGE, dispatchId: MILLION.freshDispatchId }),
    work: (sql) => new CancelRepository(sql).cancelReady(MILLION.freshDispatchId, 20),
    meant: [
      {
        indexes: ['batches_pkey', 'dispatch_gates_pkey', 'messages_pkey'],
        mostBuffers: 40_000,
        mostRows: 12_000,
      },
    ],
  },
  {
    title: 'gives a batch back after reading its messages as one range of their key',
    before: async (sql) => (leased = await lease(sql, dispatchId)),
    work: (sql) => new BatchRepository(sql).release(leased!, null),
    meant: [{ indexes: ['batches_leased', 'batches_pkey', 'messages_pkey'], mostBuffers: 90 }],
  },
  {
    title: 'frees the batches whose lease is over by the index of leased ones',
    work: (sql) => new ReaperRepository(sql).reap(100),
    meant: [{ indexes: ['batches_leased', 'batches_pkey', 'messages_pkey'], mostBuffers: 12_000 }],
  },
  {
    title: 'frees the batches of a dead worker by the index of leased ones',
    work: (sql) => new ReaperRepository(sql).reapWorker(MILLION.deadWorkerId, ({ seq }) => seq % 2 === 0),
    meant: [
      { indexes: ['batches_leased', 'messages_pkey'], mostBuffers: 150 },
      { indexes: ['messages_pkey'], mostBuffers: 2000 },
      { indexes: ['batches_leased', 'batches_pkey', 'messages_pkey'], mostBuffers: 7000 },
      { indexes: ['batches_leased'], mostBuffers: 20 },
    ],
  },
  {
    title: 'frees three hundred batches at once, each as one range of the key',
    before: leaseMany,
    work: (sql) => new ReaperRepository(sql).reap(300),
    meant: [{ indexes: ['batches_leased', 'batches_pkey', 'messages_pkey'], mostBuffers: 40_000 }],
  },
  {
    title: 'counts what is inflight in three hundred leased batches, each as one range of the key',
    before: leaseMany,
    work: (sql) => new ProgressRepository(sql).of(dispatchId),
    meant: [
      {
        indexes: ['batches_leased', 'dispatch_counters_pkey', 'dispatches_pkey', 'messages_pkey'],
        mostBuffers: 15_000,
      },
    ],
  },
  {
    title: 'adds up where a million messages are from counters and leased batches',
    work: (sql) => new ProgressRepository(sql).of(dispatchId),
    meant: [
      {
        indexes: ['batches_leased', 'dispatch_counters_pkey', 'dispatches_pkey', 'messages_pkey'],
        mostBuffers: 300,
      },
    ],
  },
  {
    title: 'counts the batches of a dispatch by the indexes of ready, leased and parked ones',
    work: (sql) => new ProgressRepository(sql).batches(dispatchId),
    meant: [
      {
        indexes: ['batches_leased', 'batches_parked', 'batches_ready', 'dispatches_pkey'],
        mostBuffers: 3000,
      },
    ],
  },
  {
    title: 'cancels twenty batches of a stopped dispatch as ranges of the key',
    work: (sql) => new CancelRepository(sql).cancelReady(MILLION.stoppedDispatchId, 20),
    meant: [
      {
        indexes: ['batches_pkey', 'dispatch_gates_pkey', 'messages_pkey'],
        // Of a few hundred that are ready, it is as well to sort them.
        orIndexes: [['batches_pkey', 'batches_ready', 'dispatch_gates_pkey', 'messages_pkey']],
        mostBuffers: 3000,
      },
    ],
  },
  {
    title: 'cancels twenty batches of half a thousand messages as ranges of the key',
    before: (sql) => new GateRepository(sql).close(CHANGE),
    work: (sql) => new CancelRepository(sql).cancelReady(dispatchId, 20),
    meant: [
      {
        indexes: ['batches_pkey', 'dispatch_gates_pkey', 'messages_pkey'],
        mostBuffers: 40_000,
        mostRows: 12_000,
      },
    ],
  },
  {
    title: 'finds the work of the bell-ringer by the unfinished dispatches and their ready batches',
    work: (sql) => new DispatchRepository(sql).readyWork(),
    meant: [
      {
        indexes: ['batches_leased', 'batches_ready', 'dispatch_gates_pkey', 'dispatches_unfinished'],
        mostBuffers: 1500,
        mostBuffersUnanalysed: 6000,
      },
    ],
  },
  {
    title: 'reads a dispatch by its key',
    work: (sql) => new DispatchRepository(sql).find(dispatchId),
    meant: [{ indexes: ['dispatches_pkey'], mostBuffers: 10 }],
  },
  {
    title: 'reads how fast twenty dispatches may go by their keys',
    work: (sql) => new DispatchRateRepository(sql).of(MILLION.smallDispatchIds),
    meant: [{ indexes: ['dispatches_pkey'], mostBuffers: 80 }],
  },
  {
    title:
      'finds the channels that the rest of a dispatch goes over in the indexes of batches that are not done',
    work: (sql) => new DispatchRateRepository(sql).channelsLeft(dispatchId),
    meant: [{ indexes: ['batches_leased', 'batches_ready'], mostBuffers: 400, mostBuffersUnanalysed: 3000 }],
  },
  {
    title: 'shuts a gate by its key',
    work: (sql) => new GateRepository(sql).close(CHANGE),
    meant: [
      { indexes: ['dispatches_pkey'], mostBuffers: 60 },
      { indexes: ['dispatch_gates_pkey'], mostBuffers: 20 },
    ],
  },
  {
    title: 'asks which of twenty gates are shut by their keys',
    work: (sql) => new GateRepository(sql).closedAmong(MILLION.smallDispatchIds),
    meant: [{ indexes: ['dispatch_gates_pkey', 'dispatches_pkey'], mostBuffers: 150 }],
  },
  {
    title: 'adds up the last hour of a channel as one range of the key',
    work: (sql) => new UsageRepository(sql).since(channelId, Date.now() - 3_600_000),
    meant: [{ indexes: ['channel_usage_pkey'], mostBuffers: 150 }],
  },
  {
    title: 'adds up the last day of a channel without sorting on disk',
    work: (sql) => new UsageRepository(sql).since(channelId, Date.now() - 86_400_000),
    meant: [{ indexes: ['channel_usage_pkey'], mostBuffers: 3000 }],
  },
]);

function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

function accepted(seq: number): Settlement {
  const providerId = `wamid.new.${seq}`;
  return { seq, attempt: 1, state: 'accepted', triesSpent: 0, againInMs: null, providerId, trail: null };
}

function refused(seq: number): Settlement {
  const trail = { outcome: 'rejected', code: '131026', reason: 'not on WhatsApp' };
  return { seq, attempt: 1, state: 'failed', triesSpent: 0, againInMs: null, providerId: null, trail };
}
