import { Injectable } from '@nestjs/common';
import { SendSql } from '../database/pools.js';
import type { Queryable } from '../database/sql.js';
import type { StreamAppended, StreamKey, StreamRow } from './stream.js';
import { statesBefore } from './message-state.js';
import { suppressionsThatStop } from './suppression.js';
import { recipientHash, SuppressionRepository } from './suppression.repository.js';

/** Adds single messages to the stream that is open for them. */
@Injectable()
export class StreamAppendRepository {
  constructor(
    private readonly sql: SendSql,
    private readonly suppressions: SuppressionRepository,
  ) {}

  /**
   * All rows in one statement and so in one durable commit, or null when no stream of `day` (UTC, `2026-11-22`) or
   * later is open. The lock on the stream's row holds a roll-over back until they are in, and the one on the dispatch
   * gives its newest total to whoever had to wait: of many processes that append at once, each gets numbers of its own.
   *
   * The last batch grows while nobody has leased it and it waits for nothing: while a channel is busy, posts gather in
   * few batches instead of in one each. At most `batchSize` rows a call. A recipient may come any number of times.
   */
  async append(
    stream: StreamKey,
    day: string,
    rows: readonly StreamRow[],
    batchSize: number,
    tx: Queryable = this.sql,
  ): Promise<StreamAppended | null> {
    const [appended] = await tx.query<StreamAppended>(APPEND, [
      stream.channelId,
      stream.category,
      JSON.stringify(stream.policy),
      stream.workspaceId,
      day,
      rows.map((row) => row.recipient),
      rows.map((row) => JSON.stringify(row.content)),
      this.suppressions.pepper,
      suppressionsThatStop(stream.category),
      batchSize,
    ]);
    return appended ?? null;
  }
}

const [PENDING] = statesBefore('begin');
const APPEND = {
  name: 'stream-append',
  text: `
    WITH durable AS MATERIALIZED (SELECT set_config('synchronous_commit', 'on', true)),
    stream AS MATERIALIZED (
      SELECT s.dispatch_id FROM open_streams s
      WHERE s.channel_id = $1 AND s.category = $2 AND s.policy = $3::jsonb AND s.workspace_id = $4 AND s.day >= $5::date
        AND EXISTS (SELECT FROM durable)
      FOR NO KEY UPDATE OF s
    ),
    target AS MATERIALIZED (
      SELECT d.id, d.total, d.batch_count FROM dispatches d WHERE d.id = (SELECT dispatch_id FROM stream) FOR UPDATE
    ),
    judged AS MATERIALIZED (
      SELECT t.id, t.total + r.position AS seq, r.recipient, r.content::jsonb AS content, (
        SELECT 1 FROM suppressions s
        WHERE s.workspace_id = $4 AND s.recipient_hash = ${recipientHash('r.recipient', '$8')} AND s.category = ANY($9::text[])
        LIMIT 1
      ) IS NOT NULL AS is_suppressed
      FROM target t, unnest($6::text[], $7::text[]) WITH ORDINALITY AS r (recipient, content, position)
    ),
    written AS (
      INSERT INTO messages (dispatch_id, seq, workspace_id, channel_id, recipient, content, state, last_code)
      SELECT id, seq, $4, $1, recipient, content,
             CASE WHEN is_suppressed THEN 'skipped' ELSE '${PENDING}' END::message_state,
             CASE WHEN is_suppressed THEN 'suppressed' END
      FROM judged ORDER BY seq
    ),
    tally AS MATERIALIZED (
      SELECT count(*)::int AS rows, (count(*) FILTER (WHERE is_suppressed))::int AS skipped FROM judged
    ),
    widened AS (
      UPDATE batches b SET last_seq = b.last_seq + tally.rows
      FROM target t, tally
      WHERE b.dispatch_id = t.id AND b.batch_no = t.batch_count AND b.state = 'ready' AND b.last_seq = t.total
        AND (b.not_before IS NULL OR b.not_before <= now())
        AND b.last_seq - b.first_seq + 1 + tally.rows <= $10::int
      RETURNING 1
    ),
    begun AS (
      INSERT INTO batches (dispatch_id, batch_no, workspace_id, channel_id, first_seq, last_seq, state)
      SELECT t.id, t.batch_count + 1, $4, $1, t.total + 1, t.total + tally.rows,
             CASE WHEN tally.skipped = tally.rows THEN 'done' ELSE 'ready' END
      FROM target t, tally WHERE NOT EXISTS (SELECT FROM widened)
      RETURNING 1
    ),
    counted AS (
      INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, skipped)
      SELECT $4, t.id, 0, tally.skipped FROM target t, tally WHERE tally.skipped > 0
      ON CONFLICT (dispatch_id, slot) DO UPDATE SET skipped = dispatch_counters.skipped + EXCLUDED.skipped
    ),
    grown AS (
      UPDATE dispatches d
      SET total = t.total + tally.rows, batch_count = t.batch_count + (SELECT count(*) FROM begun)
      FROM target t, tally WHERE d.id = t.id
    )
    SELECT t.id AS "dispatchId", t.total + 1 AS "firstSeq", tally.skipped FROM target t, tally`,
};
