import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../database/sql.js';
import { failuresCounted, JUDGED, WATCH } from './failure-watch.statements.js';

/** No more than `mostFailures` may be among any `outcomes` that follow each other. */
export interface FailureAllowance {
  readonly mostFailures: number;
  readonly outcomes: number;
}

/**
 * Dispatches that stop themselves when too much of them fails. Their settles count each outcome (failed and unknown are
 * failures; what is tried again is no outcome yet) and close the gate in the transaction that writes the one too many:
 * nothing passes the barrier behind it. Dispatches without a row here pay nothing.
 */
@Injectable()
export class FailureWatches {
  constructor(private readonly sql: Sql) {}

  /** Only where its policy says so too (`isWatched`), which is what settles go by. */
  async begin(
    db: Queryable,
    dispatchId: string,
    { mostFailures, outcomes }: FailureAllowance,
  ): Promise<void> {
    await db.query(
      `INSERT INTO failure_watches (dispatch_id, workspace_id, most_failures, outcomes)
       SELECT id, workspace_id, $2, $3 FROM dispatches WHERE id = $1 AND (policy ->> 'isWatched')::boolean`,
      [dispatchId, mostFailures, outcomes],
    );
  }

  /** Somebody looked at what failed: from here on it is counted anew. */
  async restart(tx: Queryable, dispatchId: string): Promise<void> {
    await tx.query('SELECT 1 FROM failure_watches WHERE dispatch_id = $1 FOR UPDATE', [dispatchId]);
    await tx.query(
      `UPDATE failure_watches
       SET seen = 0, failures = '{}', crossed_at = NULL, counted = ${failuresCounted('failure_watches.dispatch_id')}
       WHERE dispatch_id = $1`,
      [dispatchId],
    );
  }

  async isCrossed(db: Queryable, dispatchId: string): Promise<boolean> {
    const rows = await db.query(
      'SELECT 1 FROM failure_watches WHERE dispatch_id = $1 AND crossed_at IS NOT NULL',
      [dispatchId],
    );
    return rows.length > 0;
  }

  /** For good; whatever is still settled of it is counted nowhere. */
  async end(tx: Queryable, dispatchId: string): Promise<void> {
    await tx.query('DELETE FROM failure_watches WHERE dispatch_id = $1', [dispatchId]);
  }

  /**
   * Takes in the failures that no settle saw: those that webhooks reported and those of workers that went silent. They
   * count when they become known. Returns the dispatches whose limit they crossed, whose gates are closed. Reads the
   * counters of those that are watched and sending.
   */
  async takeLate(): Promise<string[]> {
    const late = await this.sql.query<{ id: string }>(LATE);
    const crossed: string[] = [];
    for (const { id } of late) if (await this.take(id)) crossed.push(id);
    return crossed;
  }

  /** Two statements: the counters must be read behind the lock that all settles of the dispatch wait for. */
  private async take(dispatchId: string): Promise<boolean> {
    return this.sql.transaction(async (tx) => {
      await tx.query('SELECT 1 FROM failure_watches WHERE dispatch_id = $1 FOR UPDATE', [dispatchId]);
      const [row] = await tx.query<{ isCrossed: boolean }>(TAKE_LATE, [dispatchId]);
      return row?.isCrossed === true;
    });
  }
}

const LATE = {
  name: 'failure-watch-late',
  text: `
    SELECT w.dispatch_id AS id FROM failure_watches w
    WHERE w.crossed_at IS NULL AND w.counted <> ${failuresCounted('w.dispatch_id')}`,
};

/** A failure that turned out to be none is not taken back: it was one when it was counted. */
const TAKE_LATE = {
  name: 'failure-watch-take-late',
  text: `
    WITH fresh AS MATERIALIZED (
      SELECT 0 AS seen, ARRAY(SELECT 0 FROM generate_series(1, ${failuresCounted('$1')} - w.counted)) AS failures
      FROM failure_watches w WHERE w.dispatch_id = $1
    ),
    healed AS (
      UPDATE failure_watches SET counted = ${failuresCounted('$1')}
      WHERE dispatch_id = $1 AND counted > ${failuresCounted('$1')}
    ),${WATCH.replace('seen > 0', 'cardinality(failures) > 0')},${JUDGED}
    SELECT is_crossed AS "isCrossed" FROM judged, (SELECT count(*) FROM shut) AS closed`,
};
