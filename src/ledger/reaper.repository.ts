import { Injectable } from '@nestjs/common';
import { Sql } from '../database/sql.js';
import { statesBefore } from './message-state.js';

export interface Reaped {
  readonly batches: number;
  readonly unknown: number;
}

/**
 * Takes batches from workers that went silent. Their open calls cannot be told apart from accepted ones, so those rows
 * become unknown and never pending; what was not begun is still pending and goes on with the freed batch.
 */
@Injectable()
export class ReaperRepository {
  constructor(private readonly sql: Sql) {}

  /** At most `limit` batches a call. Cost: the partial index of leased batches, one key range a batch that expired. */
  async reap(limit: number): Promise<Reaped> {
    const [row] = await this.sql.query<Reaped>(REAP, [limit]);
    return row ?? { batches: 0, unknown: 0 };
  }
}

const [INFLIGHT] = statesBefore('loseTrack');

const REAP = {
  name: 'reap',
  text: `
    WITH expired AS MATERIALIZED (
      SELECT dispatch_id, batch_no, first_seq, last_seq FROM batches
      WHERE state = 'leased' AND lease_until < now()
      ORDER BY dispatch_id, batch_no LIMIT $1
      FOR UPDATE SKIP LOCKED
    ),
    lost AS (
      UPDATE messages m SET state = 'unknown', last_code = 'lease_expired'
      FROM expired e
      WHERE m.dispatch_id = e.dispatch_id AND m.seq BETWEEN e.first_seq AND e.last_seq AND m.state = '${INFLIGHT}'
      RETURNING m.workspace_id, m.dispatch_id, m.seq, m.attempt
    ),
    trail AS (
      INSERT INTO attempts (workspace_id, dispatch_id, seq, attempt, source, outcome, code, reason)
      SELECT workspace_id, dispatch_id, seq, attempt, 'reaper', 'unknown', 'lease_expired',
             'The worker that sent it went silent; whether the provider took it is not known.'
      FROM lost
    ),
    counted AS (
      INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, unknown)
      SELECT workspace_id, dispatch_id, 0, count(*) FROM lost GROUP BY workspace_id, dispatch_id ORDER BY dispatch_id
      ON CONFLICT (dispatch_id, slot) DO UPDATE SET unknown = dispatch_counters.unknown + EXCLUDED.unknown
    ),
    freed AS (
      UPDATE batches b SET state = 'ready', fence = b.fence + 1, lease_until = NULL, leased_by = NULL
      FROM expired e WHERE b.dispatch_id = e.dispatch_id AND b.batch_no = e.batch_no
      RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM freed) AS batches, (SELECT count(*)::int FROM lost) AS unknown`,
};
