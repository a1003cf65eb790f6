import { Injectable } from '@nestjs/common';
import { ReportSql } from '../../database/pools.js';
import { Sql } from '../../database/sql.js';
import type { Delivery, DeliveryState } from './delivery.js';

/** A part of a replay. */
export interface Replayed {
  /** Events that were looked at. */
  readonly seen: number;
  readonly replayed: number;
  /** Behind which the next part begins; null where there was none. */
  readonly last: ReplayPosition | null;
}

/** As Postgres writes it: its instants are finer than ours. */
export interface ReplayPosition {
  readonly at: string;
  readonly id: string;
}

export interface ReplayRange {
  readonly workspaceId: string;
  readonly subscriptionId: string;
  readonly events: readonly string[];
  readonly from: Date;
  readonly to: Date;
}

const SHOWN = `
  d.event_id AS id, o.type, d.state, d.attempts, d.event_at AS "eventAt",
  CASE WHEN d.state = 'pending' THEN d.not_before END AS "nextAttemptAt", d.last_attempt_at AS "lastAttemptAt",
  d.last_status AS "lastStatus", d.last_ms AS "lastMs", d.last_error AS "lastError", d.last_answer AS "lastAnswer"`;

/** What is started over: its day begins anew, and it is sent when it is due by its place among the others. */
const STARTED_OVER = `state = 'pending', attempts = 0, not_before = now(), first_attempt_at = NULL`;

/** Deliveries as the owners of a subscription see and order them. */
@Injectable()
export class DeliveryLogRepository {
  constructor(
    private readonly sql: Sql,
    private readonly reports: ReportSql,
  ) {}

  /**
   * Newest first, from before an event: a walk along the key, or along the index that has the state. OFFSET 0 looks each
   * event up by its key: merged with the walk, all that is newer than the page would be read as well.
   */
  async list(
    subscriptionId: string,
    state: DeliveryState | undefined,
    beforeId: string | null,
    limit: number,
  ): Promise<Delivery[]> {
    const ofState = state === undefined ? '' : 'AND d.state = $4';
    return this.reports.query<Delivery>(
      `SELECT ${SHOWN} FROM deliveries d
       CROSS JOIN LATERAL (SELECT type FROM outbox WHERE id = d.event_id OFFSET 0) AS o
       WHERE d.subscription_id = $1 AND ($2::bigint IS NULL OR d.event_id < $2) ${ofState}
       ORDER BY d.event_id DESC LIMIT $3`,
      [subscriptionId, beforeId, limit, ...(state === undefined ? [] : [state])],
    );
  }

  /** One more day for it, beginning now; also for one that waits. Null when there is none. */
  async retry(workspaceId: string, subscriptionId: string, eventId: string): Promise<Delivery | null> {
    const [row] = await this.sql.query<Delivery>(
      `WITH d AS (
         UPDATE deliveries SET ${STARTED_OVER}
         WHERE subscription_id = $1 AND event_id = $2 AND workspace_id = $3 RETURNING *
       )
       SELECT ${SHOWN} FROM d JOIN outbox o ON o.id = d.event_id`,
      [subscriptionId, eventId, workspaceId],
    );
    return row ?? null;
  }

  /**
   * The next events of a range, as if they had just happened: those that the subscription was not told of before, too.
   * What is on its way already is left as it is. Along the index of a workspace's events by time; kept in small parts,
   * so that no lock is held for long.
   */
  async replay(range: ReplayRange, after: ReplayPosition | null, limit: number): Promise<Replayed> {
    const [row] = await this.sql.query<{
      seen: number;
      replayed: number;
      at: string | null;
      id: string | null;
    }>(REPLAY, [
      range.subscriptionId,
      range.workspaceId,
      range.events,
      range.from,
      range.to,
      after?.at ?? null,
      after?.id ?? null,
      limit,
    ]);
    const { seen, replayed, at, id } = row!;
    return { seen, replayed, last: at === null || id === null ? null : { at, id } };
  }
}

const REPLAY = {
  name: 'delivery-replay',
  text: `
    WITH chosen AS MATERIALIZED (
      SELECT id, order_key, created_at, type = ANY($3::text[]) AS is_wanted
      FROM outbox
      WHERE workspace_id = $2 AND created_at < $5
        AND (created_at, id) > (coalesce($6::timestamptz, $4), coalesce($7::bigint, 0))
      ORDER BY created_at, id LIMIT $8
    ),
    put AS (
      INSERT INTO deliveries (subscription_id, event_id, workspace_id, order_key, event_at)
      SELECT $1, id, $2, order_key, created_at FROM chosen WHERE is_wanted ORDER BY id
      ON CONFLICT (subscription_id, event_id) DO UPDATE SET ${STARTED_OVER}
      WHERE deliveries.state <> 'pending'
      RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM chosen) AS seen, (SELECT count(*)::int FROM put) AS replayed,
           (SELECT created_at::text FROM chosen ORDER BY created_at DESC, id DESC LIMIT 1) AS at,
           (SELECT id FROM chosen ORDER BY created_at DESC, id DESC LIMIT 1) AS id`,
};
