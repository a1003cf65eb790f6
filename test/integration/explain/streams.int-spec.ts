import { StreamAppendRepository } from '../../../src/ledger/stream-append.repository.js';
import { DispatchRepository } from '../../../src/ledger/dispatch.repository.js';
import { GateRepository } from '../../../src/ledger/gate.repository.js';
import { ProgressRepository } from '../../../src/ledger/progress.repository.js';
import type { StreamKey } from '../../../src/ledger/stream.js';
import { StreamRepository } from '../../../src/ledger/stream.repository.js';
import { TaskRepository } from '../../../src/messages/task.repository.js';
import type { Sql } from '../../../src/database/sql.js';
import { describePlans } from '../../support/explained-sql.js';
import { millionSuppressions } from '../../support/million-database.js';
import { MILLION } from '../../support/million-rows.js';

const { workspaceId, channelId } = MILLION;
const DAY = '2026-11-22';
const STREAM: StreamKey = {
  workspaceId,
  channelId,
  category: 'marketing',
  policy: { maxTries: 4, retryBaseMs: 5000, retryMaxMs: 5000, isSteady: true },
};
const ROWS = Array.from({ length: 200 }, (_, n) => ({
  recipient: `+5255${String(30_000_000 + n)}`,
  content: { type: 'text', text: 'hola' },
}));

const streamsOn = (sql: Sql): StreamRepository =>
  new StreamRepository(
    sql,
    new DispatchRepository(sql),
    new GateRepository(sql),
    new ProgressRepository(sql),
  );
/** As if the empty dispatch were a stream, the one of the day or one that is over. */
const openStream = (sql: Sql) =>
  sql.query(
    `INSERT INTO open_streams (channel_id, category, policy, workspace_id, day, dispatch_id)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [channelId, STREAM.category, JSON.stringify(STREAM.policy), workspaceId, DAY, MILLION.emptyDispatchId],
  );
const retiredStream = (sql: Sql) =>
  sql.query(`UPDATE dispatches SET kind = 'stream', finished_at = NULL WHERE id = $1`, [
    MILLION.emptyDispatchId,
  ]);
const append = (sql: Sql) =>
  new StreamAppendRepository(sql, millionSuppressions).append(STREAM, DAY, ROWS, 500);

describePlans('single messages beside a million', [
  {
    title: 'adds two hundred to the stream of the day, each suppression looked up by its key',
    before: openStream,
    work: append,
    meant: [
      {
        indexes: ['batches_pkey', 'dispatches_pkey', 'suppressions_pkey'],
        // A row for each channel that sends single messages.
        wholeTables: ['open_streams'],
        mostBuffers: 8000,
      },
    ],
  },
  {
    title: 'finds a task by the keys of its message',
    work: (sql) =>
      new TaskRepository(sql).find(workspaceId, { dispatchId: MILLION.smallDispatchIds[0]!, seq: 7 }),
    meant: [{ indexes: ['attempts_message', 'messages_pkey', 'provider_refs_of_streams'], mostBuffers: 20 }],
  },
  {
    title: 'looks for streams that are over among the unfinished dispatches',
    before: retiredStream,
    work: (sql) => streamsOn(sql).settled(),
    meant: [
      {
        indexes: ['dispatch_counters_pkey', 'dispatches_unfinished'],
        wholeTables: ['open_streams'],
        mostBuffers: 200,
      },
    ],
  },
]);
