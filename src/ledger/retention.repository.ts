import { Injectable } from '@nestjs/common';
import type { Queryable } from '../database/sql.js';

/** What a dispatch is told to have lost, first what was said and then to whom. */
export type Going = 'content' | 'rows';

const MARK_OF: Record<Going, string> = { content: 'content_purged_at', rows: 'purged_at' };

/** Range of numbers of one dispatch: behind the first, up to the second. */
export interface SeqRange {
  readonly dispatchId: string;
  readonly after: number;
  readonly upTo: number;
}

/**
 * Nothing is taken from a dispatch that still runs, whose campaign still tries some of it again, or that has messages
 * of which nobody knows yet what became.
 */
const IS_AT_REST = `
  NOT EXISTS (SELECT FROM unknowns u WHERE u.dispatch_id = d.id)
  AND NOT EXISTS (SELECT FROM dispatches o WHERE o.campaign_id = d.campaign_id AND o.finished_at IS NULL)`;

/**
 * Lets go of what is old. Each statement is one chunk, along an index; counters, gates and the dispatches themselves
 * stay, so that a campaign keeps its figures.
 */
@Injectable()
export class RetentionRepository {
  /**
   * The one that ended first, of those that ended before and still have it, for this transaction to mark. Two steps: a
   * resend that is being ordered holds the row FOR SHARE, and only behind the lock it is seen that there is one.
   */
  async claimOldest(tx: Queryable, what: Going, endedBefore: Date): Promise<string | null> {
    const [oldest] = await tx.query<{ id: string }>(
      `SELECT d.id FROM dispatches d
       WHERE d.finished_at < $1 AND d.${MARK_OF[what]} IS NULL AND ${IS_AT_REST}
       ORDER BY d.finished_at LIMIT 1 FOR NO KEY UPDATE OF d`,
      [endedBefore],
    );
    if (oldest === undefined) return null;
    // From here on it counts as gone: nobody may try some of it again and find half of it.
    const [claimed] = await tx.query<{ id: string }>(
      `UPDATE dispatches d SET ${MARK_OF[what]} = now() WHERE d.id = $1 AND ${IS_AT_REST} RETURNING d.id`,
      [oldest.id],
    );
    return claimed?.id ?? null;
  }

  /** Its messages have the numbers from 1 to this. */
  async totalOf(tx: Queryable, dispatchId: string): Promise<number> {
    const [row] = await tx.query<{ total: number }>('SELECT total FROM dispatches WHERE id = $1', [
      dispatchId,
    ]);
    return row?.total ?? 0;
  }

  /** Who got it, when and what became of it stays; what it said to them goes. */
  async clearContent(tx: Queryable, range: SeqRange): Promise<number> {
    const rows = await tx.query(
      `UPDATE messages SET variables = '{}', content = NULL
       WHERE dispatch_id = $1 AND seq > $2 AND seq <= $3 AND (variables <> '{}' OR content IS NOT NULL) RETURNING 1`,
      [range.dispatchId, range.after, range.upTo],
    );
    return rows.length;
  }

  /** Messages, their attempts and what the provider called them, by the same numbers in all three keys. */
  async deleteRows(tx: Queryable, range: SeqRange): Promise<number> {
    const [row] = await tx.query<{ n: number }>(
      `WITH trail AS (DELETE FROM attempts WHERE dispatch_id = $1 AND seq > $2 AND seq <= $3),
            names AS (DELETE FROM receipts WHERE dispatch_id = $1 AND first_seq > $2 AND first_seq <= $3),
            gone AS (DELETE FROM messages WHERE dispatch_id = $1 AND seq > $2 AND seq <= $3 RETURNING 1)
       SELECT count(*)::int AS n FROM gone`,
      [range.dispatchId, range.after, range.upTo],
    );
    return row?.n ?? 0;
  }

  async deleteBatches(tx: Queryable, dispatchId: string, limit: number): Promise<number> {
    const rows = await tx.query(
      `DELETE FROM batches WHERE dispatch_id = $1
         AND batch_no = ANY(ARRAY(SELECT batch_no FROM batches WHERE dispatch_id = $1 ORDER BY batch_no LIMIT $2))
       RETURNING 1`,
      [dispatchId, limit],
    );
    return rows.length;
  }
}
