import { Injectable } from '@nestjs/common';
import type { Queryable } from '../database/sql.js';
import type { MessageSource } from './message-writer.repository.js';
import { statesBefore } from './message-state.js';
import { suppressionsThatStop, type MessageCategory } from './suppression.js';
import { recipientHash, SuppressionRepository } from './suppression.repository.js';

/** A dispatch whose rows all bring their own content and leave by one channel. */
export interface BulkDispatch {
  readonly id: string;
  readonly workspaceId: string;
  readonly channelId: string;
  readonly category: MessageCategory;
}

/** How many of a request will not be sent. */
export interface SkippedOfBulk {
  readonly suppressed: number;
  readonly windowClosed: number;
}

/** Adds messages that differ in their content to a dispatch, all of one request at once. */
@Injectable()
export class BulkAppendRepository {
  constructor(private readonly suppressions: SuppressionRepository) {}

  /**
   * `source` yields `position int, contact_id bigint, recipient text, variables jsonb, content jsonb`. Rows, batches and
   * counters are one statement, some thousands of rows of it, and the transaction that it stands in commits durably:
   * what was answered must be there. Unlike in a run a recipient may come any number of times, each time with something
   * of its own to be told. Those who opted out become skipped, looked up one by one by the key of suppressions, and so
   * do those of whom a source `hasWindow` says that theirs `is_closed`. Returns how many those are.
   */
  async append(
    tx: Queryable,
    { id, workspaceId, channelId, category }: BulkDispatch,
    source: MessageSource,
    batchSize: number,
  ): Promise<SkippedOfBulk> {
    const next = source.values.length;
    const p = (offset: number): string => `$${next + offset}`;
    const [row] = await tx.query<SkippedOfBulk>(appendStatement(source, p), [
      ...source.values,
      id,
      workspaceId,
      channelId,
      this.suppressions.pepper,
      suppressionsThatStop(category),
      batchSize,
    ]);
    return row!;
  }
}

const [PENDING] = statesBefore('begin');

function appendStatement(source: MessageSource, p: (offset: number) => string): string {
  const [dispatch, workspace, channel, pepper, categories, batchSize] = [p(1), p(2), p(3), p(4), p(5), p(6)];
  return `
    WITH durable AS MATERIALIZED (SELECT set_config('synchronous_commit', 'on', true)),
    target AS MATERIALIZED (
      SELECT id, total, batch_count FROM dispatches WHERE id = ${dispatch} AND EXISTS (SELECT FROM durable) FOR UPDATE
    ),
    source AS MATERIALIZED (${source.text}),
    judged AS MATERIALIZED (
      SELECT s.*, t.id, row_number() OVER (ORDER BY s.position) - 1 AS nth,
             t.total + row_number() OVER (ORDER BY s.position) AS seq, CASE WHEN (
               SELECT 1 FROM suppressions x
               WHERE x.workspace_id = ${workspace} AND x.recipient_hash = ${recipientHash('s.recipient', pepper)}
                 AND x.category = ANY(${categories}::text[])
               LIMIT 1
             ) IS NOT NULL THEN 'suppressed'${source.hasWindow === true ? ` WHEN s.is_closed THEN 'window_closed'` : ''} END AS skip
      FROM source s, target t
    ),
    written AS (
      INSERT INTO messages (dispatch_id, seq, workspace_id, channel_id, contact_id, recipient, variables, content, state, last_code)
      SELECT id, seq, ${workspace}, ${channel}, contact_id, recipient, variables, content,
             CASE WHEN skip IS NULL THEN '${PENDING}' ELSE 'skipped' END::message_state, skip
      FROM judged ORDER BY seq
    ),
    batched AS (
      INSERT INTO batches (dispatch_id, batch_no, workspace_id, channel_id, first_seq, last_seq, state)
      SELECT t.id, t.batch_count + g.nth + 1, ${workspace}, ${channel}, g.first_seq, g.last_seq,
             CASE WHEN g.all_skipped THEN 'done' ELSE 'ready' END
      FROM target t, (
        SELECT nth / ${batchSize}::int AS nth, min(seq) AS first_seq, max(seq) AS last_seq,
               bool_and(skip IS NOT NULL) AS all_skipped
        FROM judged GROUP BY 1
      ) AS g
      RETURNING 1
    ),
    tally AS MATERIALIZED (
      SELECT count(*)::int AS rows, count(skip)::int AS skipped,
             (count(*) FILTER (WHERE skip = 'suppressed'))::int AS suppressed,
             (count(*) FILTER (WHERE skip = 'window_closed'))::int AS closed
      FROM judged
    ),
    counted AS (
      INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, skipped)
      SELECT ${workspace}, t.id, 0, tally.skipped FROM target t, tally WHERE tally.skipped > 0
      ON CONFLICT (dispatch_id, slot) DO UPDATE SET skipped = dispatch_counters.skipped + EXCLUDED.skipped
    ),
    grown AS (
      UPDATE dispatches d
      SET total = t.total + tally.rows, batch_count = t.batch_count + (SELECT count(*) FROM batched)
      FROM target t, tally WHERE d.id = t.id
    )
    SELECT suppressed, closed AS "windowClosed" FROM tally`;
}
