import { messageSource } from '../../../src/campaigns/audience/audience-source.js';
import { GovernanceRepository } from '../../../src/campaigns/governance/governance.repository.js';
import type { Sql } from '../../../src/database/sql.js';
import { DispatchStages } from '../../../src/ledger/dispatch-stages.repository.js';
import type { LeasedBatch } from '../../../src/ledger/dispatch.js';
import { FailureWatches } from '../../../src/ledger/failure-watch.repository.js';
import { MessageWriter } from '../../../src/ledger/message-writer.repository.js';
import { SettleRepository } from '../../../src/ledger/settle.repository.js';
import type { Settlement } from '../../../src/ledger/settlement.js';
import { ALWAYS_CUSTOM, describePlans } from '../../support/explained-sql.js';
import { settlement } from '../../support/ledger-fixture.js';
import { millionSuppressions } from '../../support/million-database.js';
import { MILLION } from '../../support/million-rows.js';

const { dispatchId, channelId, workspaceId, leasedBatch } = MILLION;
/** All of it is settled, and 10,000 messages are its only stage. */
const CANARY = MILLION.smallDispatchIds[0]!;

const LEASED: LeasedBatch = {
  dispatchId,
  batchNo: leasedBatch.no,
  workspaceId,
  channelId,
  firstSeq: leasedBatch.firstSeq,
  lastSeq: leasedBatch.lastSeq,
  fence: 1,
};
const INFLIGHT = Array.from({ length: 200 }, (_, index) => leasedBatch.firstSeq + index);
const FAULT = { outcome: 'rejected', code: '131026', reason: 'not on WhatsApp' };

const failed = (seq: number): Settlement =>
  settlement(seq, 1, { state: 'failed', providerId: null, trail: FAULT });

/** Half a thousand that failed are remembered; with as many more it stops. */
const watch = async (sql: Sql, mostFailures = 1000): Promise<void> => {
  await sql.query(`UPDATE dispatches SET policy = policy || '{"isWatched":true}' WHERE id = $1`, [
    dispatchId,
  ]);
  await new FailureWatches(sql).begin(sql, dispatchId, { mostFailures, outcomes: 5000 });
  await sql.query(
    `UPDATE failure_watches SET seen = 10000, failures = ARRAY(SELECT generate_series(9000, 9499)), counted = 500`,
  );
};

const settleWatched =
  (outcomes: readonly Settlement[]) =>
  (sql: Sql): Promise<number> =>
    new SettleRepository(sql).settle(LEASED, outcomes, 'refs', 'watched');

const governance = (sql: Sql) => new GovernanceRepository(sql, millionSuppressions);

/** A chunk of 20,000 as preparation writes it. */
const appendStaged = (sql: Sql) =>
  new MessageWriter(millionSuppressions).append(
    sql,
    { id: MILLION.emptyDispatchId, workspaceId, category: 'marketing', stageEnds: [500, 5000] },
    messageSource(
      {
        workspaceId,
        campaignId: MILLION.campaignId,
        audience: { kind: 'all' },
        category: 'marketing',
        variables: [],
      },
      { after: '100000', until: '300000', limit: 20_000 },
      [{ channelId, weight: 1 }],
      [],
    ),
    500,
  );

describePlans('campaigns that watch themselves, among a million messages', [
  {
    title: 'counts two hundred acceptances beside what settles them anyway',
    before: watch,
    work: settleWatched(INFLIGHT.map((seq) => settlement(seq, 1))),
    meant: [
      {
        indexes: ['messages_pkey'],
        orIndexes: [['failure_watches_pkey', 'messages_pkey']],
        wholeTables: ['failure_watches'],
        mostBuffers: 6000,
        mostRows: 1000,
      },
    ],
  },
  {
    title: 'counts two hundred failures and shuts the gate, by the key of the gate',
    before: (sql) => watch(sql, 600),
    work: settleWatched(INFLIGHT.map(failed)),
    meant: [
      {
        indexes: ['dispatch_gates_pkey', 'messages_pkey'],
        orIndexes: [['dispatch_gates_pkey', 'failure_watches_pkey', 'messages_pkey']],
        wholeTables: ['failure_watches'],
        mostBuffers: 6000,
        mostRows: 2500,
      },
    ],
  },
  {
    title: 'looks for failures that no settle saw in the counters of those that are watched',
    before: async (sql) => {
      await watch(sql);
      // What the counters of the million hold: a failed, an unknown and an unconfirmed one in each of 16 slots.
      await sql.query('UPDATE failure_watches SET counted = 48');
    },
    work: (sql) => new FailureWatches(sql).takeLate(),
    meant: [{ indexes: ['dispatch_counters_pkey'], wholeTables: ['failure_watches'], mostBuffers: 30 }],
  },
  {
    title: 'writes a chunk in stages by the keys by which it is written in one',
    work: appendStaged,
    plannings: ALWAYS_CUSTOM,
    meant: [
      {
        indexes: ['contacts_pkey', 'dispatches_pkey', 'messages_recipient', 'suppressions_pkey'],
        mostBuffers: 500_000,
      },
    ],
  },
  {
    title: 'finds out whether a stage is settled by the batches that are not done',
    before: (sql) => sql.query(`UPDATE dispatches SET stage_ends = '{10000}' WHERE id = $1`, [CANARY]),
    work: (sql) => new DispatchStages(sql).settled(CANARY, true),
    meant: [
      {
        indexes: [
          'batches_leased',
          'batches_parked',
          'batches_ready',
          'dispatch_gates_pkey',
          'dispatches_pkey',
        ],
        mostBuffers: 40,
      },
    ],
  },
  {
    title: 'finds the campaigns that go stage by stage among those in motion',
    work: (sql) => governance(sql).staged(),
    meant: [
      {
        indexes: ['campaigns_in_motion', 'dispatch_gates_pkey', 'dispatches_pkey'],
        orIndexes: [['campaigns_in_motion', 'dispatches_pkey']],
        mostBuffers: 60,
      },
    ],
  },
  {
    title: 'finds the campaigns whose message is refused for everybody among those in motion',
    work: (sql) => governance(sql).refused(),
    meant: [{ indexes: ['campaigns_in_motion', 'dispatch_gates_pkey'], mostBuffers: 60 }],
  },
  {
    title: 'finds the campaigns whose failures crossed their limit by the few that are watched',
    before: async (sql) => {
      await watch(sql);
      await sql.query('UPDATE failure_watches SET crossed_at = now()');
      await sql.query(
        'UPDATE dispatches SET campaign_id = (SELECT id FROM campaigns WHERE dispatch_id = $1) WHERE id = $1',
        [dispatchId],
      );
    },
    work: (sql) => governance(sql).failing(),
    meant: [
      {
        indexes: ['campaigns_pkey', 'dispatches_pkey', 'failure_watches_crossed'],
        orIndexes: [['campaigns_pkey', 'dispatches_pkey']],
        wholeTables: ['failure_watches'],
        mostBuffers: 60,
      },
    ],
  },
  {
    title: 'looks up the opt-out of each of ten thousand people of a canary by its key',
    work: (sql) => governance(sql).figures(CANARY, 'marketing'),
    meant: [
      {
        indexes: [
          'batches_pkey',
          'dispatch_counters_pkey',
          'dispatches_pkey',
          'messages_pkey',
          'suppressions_pkey',
        ],
        mostBuffers: 80_000,
        mostRows: 40_000,
      },
    ],
  },
]);
