import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../database/sql.js';
import type { ResendOrder, ResendableState } from './resend.js';

interface ResendRow {
  states: ResendableState[];
  codes: string[] | null;
  unknown_before: Date;
}

/** Resends as they are ordered: the dispatch of each, what it is of, and what stands against it. */
@Injectable()
export class ResendRepository {
  constructor(private readonly sql: Sql) {}

  /** A dispatch like the one before it: the same content, policy, rate and channels; its gate is closed. */
  async open(tx: Queryable, before: string, order: ResendOrder, orderedBy: string): Promise<string> {
    const [row] = await tx.query<{ id: string }>(
      `WITH made AS (
         INSERT INTO dispatches
           (workspace_id, kind, campaign_id, category, content, policy, rate_per_second, rate_version, pacing, channel_ids)
         SELECT workspace_id, 'resend', campaign_id, category, content, policy, rate_per_second, rate_version, pacing,
                channel_ids
         FROM dispatches WHERE id = $1
         RETURNING id, workspace_id
       ),
       gate AS (
         INSERT INTO dispatch_gates (dispatch_id, workspace_id, changed_by) SELECT id, workspace_id, $2 FROM made
       )
       INSERT INTO resends (dispatch_id, workspace_id, states, codes, unknown_before)
       SELECT id, workspace_id, $3, $4, $5 FROM made
       RETURNING dispatch_id AS id`,
      [before, orderedBy, order.states, order.codes, order.unknownBefore],
    );
    return row!.id;
  }

  /** Null for a dispatch that is no resend. */
  async orderOf(dispatchId: string): Promise<ResendOrder | null> {
    const [row] = await this.sql.query<ResendRow>(
      'SELECT states, codes, unknown_before FROM resends WHERE dispatch_id = $1',
      [dispatchId],
    );
    if (row === undefined) return null;
    return { states: row.states, codes: row.codes, unknownBefore: row.unknown_before };
  }

  /** All dispatches of a campaign, its run first. */
  async dispatchesOf(campaignId: string, db: Queryable = this.sql): Promise<string[]> {
    const rows = await db.query<{ id: string }>(
      'SELECT id FROM dispatches WHERE campaign_id = $1 ORDER BY id',
      [campaignId],
    );
    return rows.map(({ id }) => id);
  }

  /** Whether what was to be said has been let go, being old enough; until this transaction ends, it will not be. */
  async isContentGone(tx: Queryable, dispatchIds: readonly string[]): Promise<boolean> {
    const [row] = await tx.query<{ is_gone: boolean | null }>(
      `SELECT bool_or(content_purged_at IS NOT NULL OR purged_at IS NOT NULL) AS is_gone
       FROM (SELECT content_purged_at, purged_at FROM dispatches WHERE id = ANY($1::bigint[]) FOR SHARE) AS d`,
      [dispatchIds],
    );
    return row?.is_gone === true;
  }

  /** Since when the youngest unknown message of these (and of these codes) has been so; null where none is. */
  async youngestUnknown(
    tx: Queryable,
    dispatchIds: readonly string[],
    codes: readonly string[] | null,
  ): Promise<Date | null> {
    const [row] = await tx.query<{ since: Date | null }>(
      {
        name: 'resend-youngest-unknown',
        text: `
          SELECT max(u.since) AS since
          FROM (SELECT * FROM unknowns WHERE dispatch_id = ANY($1::bigint[]) OFFSET 0) AS u
          CROSS JOIN LATERAL (
            SELECT 1 FROM messages m
            WHERE m.dispatch_id = u.dispatch_id AND m.seq = u.seq AND m.state = 'unknown'
              AND ($2::text[] IS NULL OR m.last_code = ANY($2))
            OFFSET 0
          ) AS m`,
      },
      [dispatchIds, codes],
    );
    return row?.since ?? null;
  }

  /**
   * How many newest rows of these dispatches have one of the codes. Failures and unknowns leave a row in attempts,
   * whose index holds the code; each is looked up by its key.
   */
  async countWithCodes(
    tx: Queryable,
    dispatchIds: readonly string[],
    states: readonly ResendableState[],
    codes: readonly string[],
  ): Promise<number> {
    const [row] = await tx.query<{ n: number }>(
      {
        name: 'resend-count-codes',
        text: `
          SELECT count(*)::int AS n FROM (
            SELECT DISTINCT dispatch_id, seq FROM attempts
            WHERE dispatch_id = ANY($1::bigint[]) AND code = ANY($3::text[])
          ) AS a
          CROSS JOIN LATERAL (
            SELECT 1 FROM messages
            WHERE dispatch_id = a.dispatch_id AND seq = a.seq AND state = ANY($2::message_state[])
              AND last_code = ANY($3::text[]) AND resent_in IS NULL OFFSET 0
          ) AS m`,
      },
      [dispatchIds, states, codes],
    );
    return row!.n;
  }
}
