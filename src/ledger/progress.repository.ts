import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../database/sql.js';
import type { DispatchProgress } from './dispatch.js';
import { COUNTED_STATES, type CountedState } from './message-state.js';

export interface BatchCounts {
  readonly total: number;
  readonly leased: number;
  readonly waiting: number;
  readonly done: number;
}

type CounterRow = Record<CountedState, number> & { total: number; inflight: number };

@Injectable()
export class ProgressRepository {
  constructor(private readonly sql: Sql) {}

  /**
   * Where every recipient is, in O(slots + leased batches) whatever the size: counters hold all states but pending and
   * inflight, inflight rows exist only in leased batches, and pending is the rest. One statement, so one snapshot. The
   * rows of a batch are counted by a sub-select: a join by range may be planned as a scan of all messages.
   */
  async of(dispatchId: string, db: Queryable = this.sql): Promise<DispatchProgress> {
    const [row] = await db.query<CounterRow>(PROGRESS, [dispatchId]);
    const counts = row ?? ({} as CounterRow);
    const counted = Object.fromEntries(COUNTED_STATES.map((state) => [state, counts[state] ?? 0])) as Record<
      CountedState,
      number
    >;
    const total = counts.total ?? 0;
    const inflight = counts.inflight ?? 0;
    const settled = COUNTED_STATES.reduce((sum, state) => sum + counted[state], 0);
    return { ...counted, total, inflight, pending: total - settled - inflight };
  }

  /** The same by counting every row: what the counters must equal at any moment. For audits, not for requests. */
  async recount(dispatchId: string, db: Queryable = this.sql): Promise<DispatchProgress> {
    const rows = await db.query<{ state: CountedState | 'pending' | 'inflight'; n: number }>(
      'SELECT state, count(*)::int AS n FROM messages WHERE dispatch_id = $1 GROUP BY state',
      [dispatchId],
    );
    const by = new Map(rows.map((row) => [row.state, row.n]));
    const counted = Object.fromEntries(COUNTED_STATES.map((state) => [state, by.get(state) ?? 0])) as Record<
      CountedState,
      number
    >;
    const total = rows.reduce((sum, row) => sum + row.n, 0);
    return { ...counted, total, pending: by.get('pending') ?? 0, inflight: by.get('inflight') ?? 0 };
  }

  /** Batches by what they are doing; the queue-status of a campaign calls them jobs. */
  async batches(dispatchId: string): Promise<BatchCounts> {
    const [row] = await this.sql.query<BatchCounts>(
      {
        name: 'progress-batches',
        text: `
          SELECT d.batch_count AS total, l.n AS leased, r.n + p.n AS waiting, d.batch_count - l.n - r.n - p.n AS done
          FROM dispatches d,
            LATERAL (SELECT count(*)::int AS n FROM batches b WHERE b.dispatch_id = d.id AND b.state = 'leased') AS l,
            LATERAL (SELECT count(*)::int AS n FROM batches b WHERE b.dispatch_id = d.id AND b.state = 'ready') AS r,
            LATERAL (SELECT count(*)::int AS n FROM batches b WHERE b.dispatch_id = d.id AND b.state = 'parked') AS p
          WHERE d.id = $1`,
      },
      [dispatchId],
    );
    return row ?? { total: 0, leased: 0, waiting: 0, done: 0 };
  }
}

const SUMS = COUNTED_STATES.map((state) => `coalesce(sum(c.${state}), 0)::int AS ${state}`).join(', ');

const PROGRESS = {
  name: 'progress',
  text: `
    SELECT d.total, inflight.n AS inflight, counters.*
    FROM dispatches d,
      LATERAL (SELECT ${SUMS} FROM dispatch_counters c WHERE c.dispatch_id = d.id) AS counters,
      LATERAL (
        SELECT coalesce(sum((
          SELECT count(*) FROM messages m
          WHERE m.dispatch_id = b.dispatch_id AND m.seq BETWEEN b.first_seq AND b.last_seq AND m.state = 'inflight'
        )), 0)::int AS n
        FROM batches b WHERE b.dispatch_id = d.id AND b.state = 'leased'
      ) AS inflight
    WHERE d.id = $1`,
};
