import { Injectable } from '@nestjs/common';
import { Sql } from '../database/sql.js';
import { statesBefore } from './message-state.js';

/** What became of messages that were unknown for as long as the horizon. */
export interface GivenUp {
  /** Rows that were looked at; fewer than asked for when no more are that old. */
  readonly due: number;
  readonly unconfirmed: number;
}

/** Ends the wait for evidence. Evidence that comes later still counts: see the state table. */
@Injectable()
export class HorizonRepository {
  constructor(private readonly sql: Sql) {}

  /**
   * Unknown for `horizonMs` or longer: unconfirmed, with the counters, at most `limit` in one transaction. Found by
   * the time in `unknowns`, oldest first, and looked up by their keys: it costs what is due, whatever the messages
   * are. Messages are locked first and in the order of their keys, as by whoever brings evidence; which of them
   * evidence has settled, shows then. One process at a time: two would take the same ones.
   */
  async giveUp(horizonMs: number, limit: number): Promise<GivenUp> {
    return this.sql.transaction(async (tx) => {
      const [lock] = await tx.query<{ is_mine: boolean }>(
        `SELECT pg_try_advisory_xact_lock(hashtextextended('unknown horizon', 0)) AS is_mine`,
      );
      if (!lock!.is_mine) return { due: 0, unconfirmed: 0 };
      const [row] = await tx.query<GivenUp>(GIVE_UP, [horizonMs, limit]);
      return row!;
    });
  }
}

const [UNKNOWN] = statesBefore('giveUp');

const GIVE_UP = {
  name: 'horizon-give-up',
  text: `
    WITH due AS MATERIALIZED (
      SELECT dispatch_id, seq, attempt FROM unknowns
      WHERE since <= now() - $1::float8 * interval '1 ms'
      ORDER BY since LIMIT $2
    ),
    prior AS MATERIALIZED (
      SELECT m.dispatch_id, m.seq
      -- Through arrays, which the planner takes to be short: each row by its key, however many it expects.
      FROM unnest(ARRAY(SELECT dispatch_id FROM due), ARRAY(SELECT seq FROM due), ARRAY(SELECT attempt FROM due))
        AS d (dispatch_id, seq, attempt)
      JOIN messages m ON m.dispatch_id = d.dispatch_id AND m.seq = d.seq
      WHERE m.attempt = d.attempt AND m.state = '${UNKNOWN}'
      ORDER BY m.dispatch_id, m.seq
      FOR NO KEY UPDATE OF m
    ),
    moved AS (
      UPDATE messages m SET state = 'unconfirmed'
      FROM unnest(ARRAY(SELECT dispatch_id FROM prior), ARRAY(SELECT seq FROM prior)) AS p (dispatch_id, seq)
      WHERE m.dispatch_id = p.dispatch_id AND m.seq = p.seq AND m.state = '${UNKNOWN}'
      RETURNING m.workspace_id, m.dispatch_id
    ),
    counted AS (
      INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, unknown, unconfirmed)
      SELECT workspace_id, dispatch_id, 0, -count(*), count(*) FROM moved
      GROUP BY workspace_id, dispatch_id ORDER BY dispatch_id
      ON CONFLICT (dispatch_id, slot) DO UPDATE
      SET unknown = dispatch_counters.unknown + EXCLUDED.unknown,
          unconfirmed = dispatch_counters.unconfirmed + EXCLUDED.unconfirmed
    ),
    forgotten AS (
      DELETE FROM unknowns u
      USING unnest(ARRAY(SELECT dispatch_id FROM due), ARRAY(SELECT seq FROM due)) AS d (dispatch_id, seq)
      WHERE u.dispatch_id = d.dispatch_id AND u.seq = d.seq
    )
    SELECT (SELECT count(*)::int FROM due) AS due, (SELECT count(*)::int FROM moved) AS unconfirmed`,
};
