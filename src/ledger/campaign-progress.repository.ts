import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../database/sql.js';
import { COUNTER_SUMS } from './counter-columns.js';
import type { DispatchProgress } from './dispatch.js';
import { COUNTED_STATES, type CountedState, type MessageState } from './message-state.js';
import type { BatchCounts } from './progress.repository.js';

type CounterRow = Record<CountedState, number> & { total: number; inflight: number };

/** The totals of a campaign with resends: each recipient once, by its newest row. */
@Injectable()
export class CampaignProgressRepository {
  constructor(private readonly sql: Sql) {}

  /**
   * All dispatches together, without what was resent from one to the next; adds up to the recipients of the run at any
   * moment, because a chunk writes new rows and leaves old ones out in one transaction. As cheap as the progress of one
   * dispatch, as many times as there are: counters, and the messages of leased batches.
   */
  async of(campaignId: string, db: Queryable = this.sql): Promise<DispatchProgress> {
    const [row] = await db.query<CounterRow>(PROGRESS, [campaignId]);
    return asProgress(row!);
  }

  /** The same by counting every row. For audits, not for requests. */
  async recount(campaignId: string, db: Queryable = this.sql): Promise<DispatchProgress> {
    const rows = await db.query<{ state: MessageState; n: number }>(
      `SELECT m.state, count(*)::int AS n FROM dispatches d JOIN messages m ON m.dispatch_id = d.id
       WHERE d.campaign_id = $1 AND m.resent_in IS NULL GROUP BY m.state`,
      [campaignId],
    );
    const by = new Map(rows.map((row) => [row.state, row.n]));
    const counted = Object.fromEntries(COUNTED_STATES.map((state) => [state, by.get(state) ?? 0]));
    const total = rows.reduce((sum, row) => sum + row.n, 0);
    const inflight = by.get('inflight') ?? 0;
    return asProgress({ ...(counted as Record<CountedState, number>), total, inflight });
  }

  async batches(campaignId: string): Promise<BatchCounts> {
    const [row] = await this.sql.query<BatchCounts>(
      {
        name: 'campaign-batches',
        text: `
          SELECT coalesce(sum(d.batch_count), 0)::int AS total, coalesce(sum(l.n), 0)::int AS leased,
                 coalesce(sum(r.n + p.n), 0)::int AS waiting,
                 coalesce(sum(d.batch_count - l.n - r.n - p.n), 0)::int AS done
          FROM dispatches d,
            LATERAL (SELECT count(*)::int AS n FROM batches b WHERE b.dispatch_id = d.id AND b.state = 'leased') AS l,
            LATERAL (SELECT count(*)::int AS n FROM batches b WHERE b.dispatch_id = d.id AND b.state = 'ready') AS r,
            LATERAL (SELECT count(*)::int AS n FROM batches b WHERE b.dispatch_id = d.id AND b.state = 'parked') AS p
          WHERE d.campaign_id = $1`,
      },
      [campaignId],
    );
    return row!;
  }
}

function asProgress(row: CounterRow): DispatchProgress {
  const counted = Object.fromEntries(COUNTED_STATES.map((state) => [state, row[state]])) as Record<
    CountedState,
    number
  >;
  const settled = COUNTED_STATES.reduce((sum, state) => sum + counted[state], 0);
  const { total, inflight } = row;
  return { ...counted, total, inflight, pending: total - settled - inflight };
}

const LEFT = COUNTED_STATES.map((state) => `(counted.${state} - resent.${state})::int AS ${state}`).join(
  ', ',
);
const RESENT = COUNTED_STATES.map((state) => `resent.${state}`).join(' + ');

const PROGRESS = {
  name: 'campaign-progress',
  text: `
    WITH runs AS MATERIALIZED (SELECT id, total FROM dispatches WHERE campaign_id = $1)
    SELECT (whole.total - (${RESENT}))::int AS total, inflight.n AS inflight, ${LEFT}
    FROM (SELECT coalesce(sum(total), 0) AS total FROM runs) AS whole,
      (SELECT ${COUNTER_SUMS} FROM dispatch_counters c WHERE c.dispatch_id = ANY(ARRAY(SELECT id FROM runs))) AS counted,
      (SELECT ${COUNTER_SUMS} FROM resent_counters c WHERE c.dispatch_id = ANY(ARRAY(SELECT id FROM runs))) AS resent,
      LATERAL (
        SELECT coalesce(sum((
          SELECT count(*) FROM messages m
          WHERE m.dispatch_id = b.dispatch_id AND m.seq BETWEEN b.first_seq AND b.last_seq AND m.state = 'inflight'
        )), 0)::int AS n
        FROM runs JOIN batches b ON b.dispatch_id = runs.id AND b.state = 'leased'
      ) AS inflight`,
};
