import type { Sql } from '../../../src/database/sql.js';
import { BatchMoves, type BatchMove } from '../../../src/ledger/batch-move.repository.js';
import { MessageTargetRepository } from '../../../src/router/application/message-target.repository.js';
import { RecentUsageRepository } from '../../../src/ledger/recent-usage.repository.js';
import { describePlans } from '../../support/explained-sql.js';
import { MILLION } from '../../support/million-rows.js';

const { channelId, otherChannelId, dispatchId, waitingDispatchId, workspaceId } = MILLION;
const HUGE = '5050';
const HUGE_BATCHES = 10_000;

const allow = (sql: Sql): Promise<void> =>
  new BatchMoves(sql).allow(sql, waitingDispatchId, [channelId, otherChannelId]);

/** A pool of five million messages of which nothing is sent: ten thousand ready batches on two channels. */
const addHuge = async (sql: Sql): Promise<void> => {
  await sql.query(`
    INSERT INTO dispatches (id, workspace_id, kind, category, content, policy, total, batch_count, closing, channel_ids)
    VALUES (${HUGE}, '${workspaceId}', 'run', 'marketing', '{}', '{}', ${HUGE_BATCHES * 500}, ${HUGE_BATCHES}, false,
            '{${channelId},${otherChannelId}}');
    INSERT INTO dispatch_gates (dispatch_id, workspace_id, open, changed_by) VALUES (${HUGE}, '${workspaceId}', true, 'spec');
    INSERT INTO batches (dispatch_id, batch_no, workspace_id, channel_id, first_seq, last_seq)
    SELECT ${HUGE}, n, '${workspaceId}', CASE WHEN n % 2 = 0 THEN '${channelId}' ELSE '${otherChannelId}' END::uuid,
           (n - 1) * 500 + 1, n * 500
    FROM generate_series(1, ${HUGE_BATCHES}) AS n`);
};
const addHugeAndKnown = async (sql: Sql): Promise<void> => {
  await addHuge(sql);
  await sql.query('ANALYZE batches');
};

const move = (sql: Sql, over: Partial<BatchMove> = {}): Promise<number> =>
  new BatchMoves(sql).move(sql, {
    dispatchId,
    from: channelId,
    to: otherChannelId,
    messages: 5000,
    which: 'loose',
    ...over,
  });

describePlans('moving batches among a million messages', [
  {
    title: 'reads nothing of the batches while no dispatch has several channels',
    work: (sql) => new BatchMoves(sql).open(),
    meant: [
      {
        indexes: ['batches_leased', 'batches_ready', 'dispatch_gates_pkey', 'dispatches_unfinished'],
        mostBuffers: 60,
        mostBuffersUnanalysed: 300,
      },
    ],
  },
  {
    title: 'reads what is left of all that is being sent by the indexes of ready and leased batches',
    before: allow,
    work: (sql) => new BatchMoves(sql).open(),
    meant: [
      {
        indexes: ['batches_leased', 'batches_ready', 'dispatch_gates_pkey', 'dispatches_unfinished'],
        mostBuffers: 2500,
        mostBuffersUnanalysed: 6000,
      },
    ],
  },
  {
    title: 'adds up ten thousand ready batches beside the batches of a million messages that are done',
    before: addHugeAndKnown,
    work: (sql) => new BatchMoves(sql).open(),
    meant: [
      {
        indexes: ['batches_leased', 'batches_ready', 'dispatch_gates_pkey', 'dispatches_unfinished'],
        // In the order of the index; in that of the heap they are a third of it.
        mostBuffers: 35_000,
        mostRows: 60_000,
      },
    ],
  },
  {
    title: 'reads what is left of one dispatch by the same indexes',
    before: allow,
    work: (sql) => new BatchMoves(sql).lock(sql, waitingDispatchId),
    meant: [
      { indexes: [], mostBuffers: 5 },
      {
        indexes: ['batches_leased', 'batches_ready', 'dispatch_gates_pkey', 'dispatches_unfinished'],
        orIndexes: [['batches_leased', 'batches_ready', 'dispatch_gates_pkey', 'dispatches_pkey']],
        mostBuffers: 600,
        mostBuffersUnanalysed: 2500,
      },
    ],
  },
  {
    title: 'moves ten of a thousand ready batches by the index of those that are ready',
    work: (sql) => move(sql),
    meant: [
      {
        indexes: ['batches_pkey', 'batches_ready', 'dispatch_gates_pkey'],
        mostBuffers: 3000,
        mostRows: 8000,
      },
    ],
  },
  {
    title: 'moves a thousand of ten thousand batches without reading those that are done',
    before: addHugeAndKnown,
    work: (sql) => move(sql, { dispatchId: HUGE, messages: 500_000, which: 'any' }),
    meant: [
      {
        indexes: ['batches_pkey', 'batches_ready', 'dispatch_gates_pkey'],
        mostBuffers: 60_000,
        mostRows: 20_000,
      },
    ],
  },
  {
    title: 'cuts a batch by the range of its messages',
    work: (sql) => move(sql, { messages: 123 }),
    meant: [
      {
        indexes: ['batches_pkey', 'batches_ready', 'dispatch_gates_pkey'],
        mostBuffers: 3000,
        mostRows: 8000,
      },
      {
        indexes: ['batches_pkey', 'batches_ready', 'dispatch_gates_pkey', 'dispatches_pkey', 'messages_pkey'],
        mostBuffers: 200,
        mostRows: 1500,
      },
    ],
  },
  {
    title: 'finds by the index of attempts who tried a hundred messages before',
    work: (sql) =>
      new MessageTargetRepository().triedBefore(
        sql,
        Array.from({ length: 100 }, (_, n) => ({ channelId, dispatchId, seq: 1 + n * 5, attempt: 1 })),
      ),
    meant: [
      {
        indexes: ['attempts_message'],
        orIndexes: [['attempts_message', 'messages_pkey']],
        mostBuffers: 1500,
      },
    ],
  },
  {
    title: 'adds up the last two minutes of twenty channels as ranges of the key',
    work: (sql) =>
      new RecentUsageRepository(sql).of(Array.from({ length: 10 }, () => [channelId, otherChannelId]).flat()),
    meant: [{ indexes: ['channel_usage_pkey'], mostBuffers: 2000 }],
  },
]);
