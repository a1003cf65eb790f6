import { Injectable, Optional } from '@nestjs/common';
import { Sql, type Queryable, type Statement } from '../database/sql.js';
import { EventInterest } from '../events/event-interest.js';
import { NEWS_COLUMNS, TELL_NEWS } from '../events/message-news.js';
import { statesBefore } from './message-state.js';
import type { Telling } from './settle.statements.js';

export interface Reaped {
  readonly batches: number;
  readonly unknown: number;
}

/** A row whose call may or may not have begun. */
export interface OpenRow {
  readonly dispatchId: string;
  readonly seq: number;
  readonly attempt: number;
}

export interface ReapedWorker extends Reaped {
  readonly givenBack: number;
  /** A batch of the worker is locked by a statement that still runs. */
  readonly isMoreLeft: boolean;
}

/**
 * Takes batches from workers that went silent. Their open calls cannot be told apart from accepted ones, so those rows
 * become unknown and never pending; what was not begun is still pending and goes on with the freed batch.
 */
@Injectable()
export class ReaperRepository {
  constructor(
    private readonly sql: Sql,
    @Optional() private readonly interest?: EventInterest,
  ) {}

  /** At most `limit` batches a call. Cost: the partial index of leased batches, one key range a batch that expired. */
  async reap(limit: number): Promise<Reaped> {
    const [row] = await this.sql.query<Reaped>(REAP[this.telling], [limit]);
    return row ?? { batches: 0, unknown: 0 };
  }

  /**
   * Takes all batches of one worker that is proved to be dead, before their lease ends. `hasBegun` tells by its
   * journal which calls may have left; the rest goes back to pending, which is the one way back that a crash has.
   */
  async reapWorker(workerId: string, hasBegun: (row: OpenRow) => boolean): Promise<ReapedWorker> {
    return this.sql.transaction(async (tx) => {
      const open = await tx.query<OpenRow>(OPEN_ROWS, [workerId]);
      const neverBegun = open.filter((row) => !hasBegun(row));
      const givenBack = await this.giveBack(tx, neverBegun);
      const [reaped] = await tx.query<Reaped>(REAP_WORKER[this.telling].text, [workerId]);
      const [left] = await tx.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM batches WHERE state = 'leased' AND leased_by = $1`,
        [workerId],
      );
      return { ...reaped!, givenBack, isMoreLeft: left!.n > 0 };
    });
  }

  private get telling(): Telling {
    return this.interest?.inMessages() === true ? 'told' : 'silent';
  }

  private async giveBack(tx: Queryable, rows: readonly OpenRow[]): Promise<number> {
    if (rows.length === 0) return 0;
    const moved = await tx.query(
      `UPDATE messages m SET state = 'pending'
       FROM unnest($1::bigint[], $2::int[], $3::int[]) AS r (dispatch_id, seq, attempt)
       WHERE m.dispatch_id = r.dispatch_id AND m.seq = r.seq AND m.attempt = r.attempt AND m.state = '${INFLIGHT}'
       RETURNING 1`,
      [rows.map((row) => row.dispatchId), rows.map((row) => row.seq), rows.map((row) => row.attempt)],
    );
    return moved.length;
  }
}

const [INFLIGHT] = statesBefore('loseTrack');

/** The batches that a statement takes; each stands in a CTE of the name `expired`. */
const OF_EXPIRED_LEASES = `
  SELECT dispatch_id, batch_no, first_seq, last_seq FROM batches
  WHERE state = 'leased' AND lease_until < now()
  ORDER BY dispatch_id, batch_no LIMIT $1
  FOR UPDATE SKIP LOCKED`;
const OF_ONE_WORKER = `
  SELECT dispatch_id, batch_no, first_seq, last_seq FROM batches
  WHERE state = 'leased' AND leased_by = $1
  ORDER BY dispatch_id, batch_no
  FOR UPDATE SKIP LOCKED`;

/**
 * Their open rows. A sub-select of its own for each batch (OFFSET 0 keeps it one), so that each is a range of the key: a
 * join of batches and messages by range may be planned as a scan of all messages.
 */
const OPEN_IN_EXPIRED = `
  SELECT m.dispatch_id, m.seq, m.attempt
  FROM expired e
  CROSS JOIN LATERAL (
    SELECT dispatch_id, seq, attempt FROM messages
    WHERE dispatch_id = e.dispatch_id AND seq BETWEEN e.first_seq AND e.last_seq AND state = '${INFLIGHT}' OFFSET 0
  ) AS m`;

const OPEN_ROWS = `
  WITH expired AS MATERIALIZED (${OF_ONE_WORKER}), open AS (${OPEN_IN_EXPIRED})
  SELECT dispatch_id AS "dispatchId", seq, attempt FROM open`;

const LOST = 'The worker that sent it went silent; whether the provider took it is not known.';

const NEWS = `,
    news (${NEWS_COLUMNS}) AS (
      SELECT workspace_id, dispatch_id, seq, 1, 'message.unknown', recipient, channel_id, now(), 'lease_expired', '${LOST}',
             NULL
      FROM lost
    ),
    ${TELL_NEWS}`;

function reapStatement(expired: string, news: string): string {
  return `
    WITH expired AS MATERIALIZED (${expired}),
    open AS MATERIALIZED (${OPEN_IN_EXPIRED}),
    lost AS (
      UPDATE messages m SET state = 'unknown', last_code = 'lease_expired'
      -- Through arrays, which the planner takes to be short: it looks each row up by its key, however many it expects.
      FROM unnest(ARRAY(SELECT dispatch_id FROM open), ARRAY(SELECT seq FROM open)) AS o (dispatch_id, seq)
      WHERE m.dispatch_id = o.dispatch_id AND m.seq = o.seq AND m.state = '${INFLIGHT}'
      RETURNING m.workspace_id, m.dispatch_id, m.seq, m.attempt, m.channel_id, m.recipient
    ),
    watched AS (
      INSERT INTO unknowns (dispatch_id, seq, workspace_id, channel_id, attempt)
      SELECT dispatch_id, seq, workspace_id, channel_id, attempt FROM lost WHERE channel_id IS NOT NULL
      ON CONFLICT DO NOTHING
    ),
    trail AS (
      INSERT INTO attempts (workspace_id, dispatch_id, seq, attempt, source, outcome, code, reason)
      SELECT workspace_id, dispatch_id, seq, attempt, 'reaper', 'unknown', 'lease_expired',
             '${LOST}'
      FROM lost
    ),
    counted AS (
      INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, unknown)
      SELECT workspace_id, dispatch_id, 0, count(*) FROM lost GROUP BY workspace_id, dispatch_id ORDER BY dispatch_id
      ON CONFLICT (dispatch_id, slot) DO UPDATE SET unknown = dispatch_counters.unknown + EXCLUDED.unknown
    ),
    freed AS (
      UPDATE batches b
      SET state = coalesce(b.after_lease, 'ready'), fence = b.fence + 1, lease_until = NULL, leased_by = NULL,
          after_lease = NULL
      FROM expired e WHERE b.dispatch_id = e.dispatch_id AND b.batch_no = e.batch_no
      RETURNING 1
    )${news}
    SELECT (SELECT count(*)::int FROM freed) AS batches, (SELECT count(*)::int FROM lost) AS unknown`;
}

const reapBoth = (name: string, expired: string): Readonly<Record<Telling, Statement>> => ({
  silent: { name, text: reapStatement(expired, '') },
  told: { name: `${name}-told`, text: reapStatement(expired, NEWS) },
});

const REAP = reapBoth('reap', OF_EXPIRED_LEASES);
const REAP_WORKER = reapBoth('reap-worker', OF_ONE_WORKER);
