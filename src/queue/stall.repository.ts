import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../database/sql.js';
import { COUNTED_STATES } from '../ledger/message-state.js';

/** A (dispatch, channel) with batches that could be taken now. */
export interface ReadyWorkSeen {
  readonly dispatchId: string;
  readonly channelId: string;
  readonly workspaceId: string;
  readonly campaignId: string | null;
  /** Messages of the dispatch that have come to an end, whatever it was: what grows while it is sent. */
  readonly settled: number;
  readonly readyBatches: number;
  readonly leasedBatches: number;
  /** How often its ready batches were taken by a worker: whether bells come through, or turns lead to nothing. */
  readonly visits: number;
}

export interface KnownStall {
  readonly dispatchId: string;
  readonly channelId: string;
}

@Injectable()
export class StallRepository {
  constructor(private readonly sql: Sql) {}

  /** Reads what the bell-ringer reads, the partial index of ready batches, and adds up the counters of each dispatch. */
  async readyWork(): Promise<ReadyWorkSeen[]> {
    return this.sql.query<ReadyWorkSeen>(READY_WORK);
  }

  /** Writes a stall down; whether it is news. Of many workers that see the same, one writes it. */
  async note(tx: Queryable, work: ReadyWorkSeen, since: Date): Promise<boolean> {
    const { dispatchId, channelId, workspaceId, settled, readyBatches, leasedBatches, visits } = work;
    const rows = await tx.query(
      `INSERT INTO stalls (dispatch_id, channel_id, workspace_id, since, settled, seen)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING 1`,
      [
        dispatchId,
        channelId,
        workspaceId,
        since,
        settled,
        JSON.stringify({ readyBatches, leasedBatches, visits }),
      ],
    );
    return rows.length > 0;
  }

  /** Those that have ended by themselves: something was settled since, or nothing may be sent of it any more. */
  async endMoved(): Promise<KnownStall[]> {
    return this.sql.query<KnownStall>(END_MOVED);
  }

  async end({ dispatchId, channelId }: KnownStall): Promise<void> {
    await this.sql.query('DELETE FROM stalls WHERE dispatch_id = $1 AND channel_id = $2', [
      dispatchId,
      channelId,
    ]);
  }

  async all(): Promise<KnownStall[]> {
    return this.sql.query<KnownStall>(
      'SELECT dispatch_id AS "dispatchId", channel_id AS "channelId" FROM stalls',
    );
  }

  /** Since when a dispatch should be sent and is not; null when all is well. */
  async since(dispatchId: string): Promise<Date | null> {
    const [row] = await this.sql.query<{ since: Date | null }>(
      { name: 'stall-since', text: 'SELECT min(since) AS since FROM stalls WHERE dispatch_id = $1' },
      [dispatchId],
    );
    return row?.since ?? null;
  }

  /** Dispatches, over all workspaces. */
  async count(): Promise<number> {
    const [row] = await this.sql.query<{ n: number }>({
      name: 'stall-count',
      text: 'SELECT count(DISTINCT dispatch_id)::int AS n FROM stalls',
    });
    return row?.n ?? 0;
  }
}

const SETTLED = COUNTED_STATES.map((state) => `k.${state}`).join(' + ');
const SETTLED_OF = (dispatchId: string): string =>
  `(SELECT coalesce(sum(${SETTLED}), 0) FROM dispatch_counters k WHERE k.dispatch_id = ${dispatchId})`;

const READY_WORK = {
  name: 'stall-ready-work',
  text: `
    SELECT ready.dispatch_id AS "dispatchId", ready.channel_id AS "channelId", ready.workspace_id AS "workspaceId",
           ready.campaign_id AS "campaignId", ready.n AS "readyBatches", ready.visits,
           ${SETTLED_OF('ready.dispatch_id')}::float8 AS settled,
           (SELECT count(*)::int FROM batches l
            WHERE l.dispatch_id = ready.dispatch_id AND l.state = 'leased' AND l.channel_id = ready.channel_id
           ) AS "leasedBatches"
    FROM (
      SELECT b.dispatch_id, b.channel_id, d.workspace_id, d.campaign_id, count(*)::int AS n, sum(b.fence)::float8 AS visits
      FROM dispatches d
      JOIN dispatch_gates g ON g.dispatch_id = d.id AND g.open
      JOIN batches b ON b.dispatch_id = d.id AND b.state = 'ready'
      WHERE d.finished_at IS NULL AND NOT d.closing AND b.stage <= g.stage
        AND (b.not_before IS NULL OR b.not_before <= now())
        AND (b.opens_at IS NULL OR b.opens_at <= now())
        AND (b.closes_at IS NULL OR b.closes_at > now())
      GROUP BY b.dispatch_id, b.channel_id, d.workspace_id, d.campaign_id
    ) AS ready`,
};

const END_MOVED = {
  name: 'stall-end-moved',
  text: `
    DELETE FROM stalls s USING dispatches d JOIN dispatch_gates g ON g.dispatch_id = d.id
    WHERE d.id = s.dispatch_id
      AND (d.finished_at IS NOT NULL OR d.closing OR NOT g.open OR s.settled <> ${SETTLED_OF('s.dispatch_id')})
    RETURNING s.dispatch_id AS "dispatchId", s.channel_id AS "channelId"`,
};
