import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../../database/sql.js';
import type { MessageCategory } from '../../ledger/suppression.js';
import type { Calendar, SendWindow } from './send-window.js';

/** What says when the batches of a campaign may be sent. */
export interface WindowedRun extends Calendar {
  readonly window: SendWindow | null;
  readonly category: MessageCategory;
}

/** Batches of one dispatch and one zone whose hours are over. */
export interface OverdueZone extends WindowedRun {
  readonly dispatchId: string;
  readonly zone: string | null;
}

/** When the batches of a zone may be sent; null of both: at any time. */
export interface ZoneOpening {
  readonly zone: string | null;
  readonly opensAt: Date | null;
  readonly closesAt: Date | null;
}

/** Batches that a tick looks at. A campaign of a million has two thousand. */
const MOST_ROLLED = 5000;

@Injectable()
export class WindowRepository {
  constructor(private readonly sql: Sql) {}

  async runOf(tx: Queryable, campaignId: string): Promise<WindowedRun | null> {
    const [row] = await tx.query<WindowedRun>(
      {
        name: 'window-run',
        text: `SELECT ${RULE} FROM campaigns c JOIN workspaces w ON w.id = c.workspace_id WHERE c.id = $1`,
      },
      [campaignId],
    );
    return row ?? null;
  }

  /** Zones of a dispatch's batches that are not done, or of those that were just written. */
  async zonesOf(tx: Queryable, dispatchId: string, which: BatchesToPlace): Promise<(string | null)[]> {
    const rows = await tx.query<{ zone: string | null }>(ZONES[which], [dispatchId]);
    return rows.map(({ zone }) => zone);
  }

  /** Says when these may be sent. A worker that has one of them leased hears of it at its next barrier. */
  async place(
    tx: Queryable,
    dispatchId: string,
    openings: readonly ZoneOpening[],
    which: BatchesToPlace,
  ): Promise<void> {
    await tx.query(PLACE[which], [dispatchId, ...columnsOf(openings)]);
  }

  /**
   * Batches that nobody may take any more, by dispatch and zone. Reads the partial index of those with an end, which is
   * empty where no campaign has hours.
   */
  async overdue(): Promise<OverdueZone[]> {
    return this.sql.query<OverdueZone>(OVERDUE);
  }

  /** Moves them on to their next opening; what another process is at is left to it. Returns how many. */
  async roll(openings: readonly (ZoneOpening & { readonly dispatchId: string })[]): Promise<number> {
    const [row] = await this.sql.query<{ n: number }>(ROLL, [
      openings.map(({ dispatchId }) => dispatchId),
      ...columnsOf(openings),
    ]);
    return row?.n ?? 0;
  }

  /** What is left of a dispatch, by zone. */
  async leftByZone(dispatchId: string): Promise<{ zone: string | null; messages: number }[]> {
    return this.sql.query({ name: 'window-left', text: LEFT_BY_ZONE }, [dispatchId]);
  }

  /** Campaigns of a workspace that the calendar binds and that may have batches. */
  async bound(workspaceId: string): Promise<string[]> {
    const rows = await this.sql.query<{ id: string }>(
      `SELECT id FROM campaigns
       WHERE workspace_id = $1 AND dispatch_id IS NOT NULL
         AND status IN ('preparing', 'sending', 'pausing', 'paused', 'held')
       ORDER BY id`,
      [workspaceId],
    );
    return rows.map(({ id }) => id);
  }

  async setZoned(tx: Queryable, campaignId: string): Promise<void> {
    await tx.query('UPDATE campaigns SET is_zoned = true WHERE id = $1', [campaignId]);
  }

  async setWindow(tx: Queryable, campaignId: string, window: SendWindow | null): Promise<void> {
    await tx.query('UPDATE campaigns SET send_window = $2, updated_at = now() WHERE id = $1', [
      campaignId,
      window === null ? null : JSON.stringify(window),
    ]);
  }
}

/** `new`: those that were written and not told yet. */
export type BatchesToPlace = 'all' | 'new';

const RULE = `c.send_window AS window, c.category, w.time_zone AS timezone, w.holidays, w.quiet_hours AS "quietHours"`;

const ZONES = {
  all: `SELECT DISTINCT zone FROM batches WHERE dispatch_id = $1 AND state <> 'done'`,
  new: `SELECT DISTINCT zone FROM batches WHERE dispatch_id = $1 AND state IN ('ready', 'parked') AND closes_at IS NULL`,
} as const;

const placed = (which: string): string => `
  UPDATE batches b SET opens_at = o.opens_at, closes_at = o.closes_at
  FROM unnest($2::text[], $3::timestamptz[], $4::timestamptz[]) AS o (zone, opens_at, closes_at)
  WHERE b.dispatch_id = $1 AND ${which} AND coalesce(b.zone, '') = o.zone
    AND (b.opens_at, b.closes_at) IS DISTINCT FROM (o.opens_at, o.closes_at)`;

const PLACE = {
  all: placed(`b.state <> 'done'`),
  new: placed(`b.state IN ('ready', 'parked') AND b.closes_at IS NULL`),
} as const;

const OVERDUE = {
  name: 'window-overdue',
  text: `
    SELECT due.dispatch_id AS "dispatchId", due.zone, ${RULE}
    FROM (
      SELECT DISTINCT dispatch_id, zone FROM (
        SELECT dispatch_id, zone FROM batches
        WHERE state = 'ready' AND closes_at IS NOT NULL AND closes_at <= now()
        ORDER BY closes_at LIMIT ${MOST_ROLLED}
      ) AS first
    ) AS due
    JOIN dispatches d ON d.id = due.dispatch_id
    JOIN campaigns c ON c.id = d.campaign_id
    JOIN workspaces w ON w.id = c.workspace_id`,
};

/** Chosen by the same index and locked by their keys then, so that no more is locked than is moved. */
const ROLL = {
  name: 'window-roll',
  text: `
    WITH due AS MATERIALIZED (
      SELECT dispatch_id, batch_no, zone FROM batches
      WHERE state = 'ready' AND closes_at IS NOT NULL AND closes_at <= now()
      ORDER BY closes_at LIMIT ${MOST_ROLLED}
      FOR UPDATE SKIP LOCKED
    ),
    moved AS (
      UPDATE batches b SET opens_at = o.opens_at, closes_at = o.closes_at
      FROM due
      JOIN unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::timestamptz[]) AS o (dispatch_id, zone, opens_at, closes_at)
        ON o.dispatch_id = due.dispatch_id AND o.zone = coalesce(due.zone, '')
      WHERE b.dispatch_id = due.dispatch_id AND b.batch_no = due.batch_no
      RETURNING 1
    )
    SELECT count(*)::int AS n FROM moved`,
};

const UNSENT = 'coalesce(unsent, last_seq - first_seq + 1)';

const LEFT_BY_ZONE = `
  SELECT zone, sum(${UNSENT})::int AS messages FROM batches WHERE dispatch_id = $1 AND state <> 'done'
  GROUP BY zone ORDER BY zone`;

function columnsOf(openings: readonly ZoneOpening[]): readonly unknown[][] {
  return [
    openings.map(({ zone }) => zone ?? ''),
    openings.map(({ opensAt }) => opensAt),
    openings.map(({ closesAt }) => closesAt),
  ];
}
