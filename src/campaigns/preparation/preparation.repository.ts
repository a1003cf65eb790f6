import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../../database/sql.js';
import { PREPARED_STATUSES, type CampaignStatus } from '../campaign-state.js';

/** A campaign as its preparation sees it, under its lock. */
export interface PreparationState {
  readonly status: CampaignStatus;
  readonly cursor: string;
  readonly until: string;
  readonly isPrepared: boolean;
  readonly dispatchId: string | null;
  /** As they are now: a person may have changed them since the campaign was read. */
  readonly channelIds: readonly string[];
}

export interface PreparationClaim {
  readonly workspaceId: string;
  /** Recipients, as they were counted at start. */
  readonly expected: number | null;
}

export interface PreparationStep {
  readonly cursor: string;
  readonly isPrepared: boolean;
  readonly leaseMs: number;
}

const UNPREPARED = `NOT is_prepared AND dispatch_id IS NOT NULL
  AND status IN (${PREPARED_STATUSES.map((status) => `'${status}'`).join(', ')})`;

/** Where preparing stands. Leases run on the database's clock; the cursor alone says what is done. */
@Injectable()
export class PreparationRepository {
  constructor(private readonly sql: Sql) {}

  /** Takes the lease of a campaign with something left to prepare; null when another has it or nothing is left. */
  async claim(campaignId: string, leaseMs: number): Promise<PreparationClaim | null> {
    const [row] = await this.sql.query<PreparationClaim>(
      `UPDATE campaigns SET prepare_lease_until = now() + $2 * interval '1 ms'
       WHERE id = $1 AND ${UNPREPARED} AND (prepare_lease_until IS NULL OR prepare_lease_until < now())
       RETURNING workspace_id AS "workspaceId", expected`,
      [campaignId, leaseMs],
    );
    return row ?? null;
  }

  async release(campaignId: string): Promise<void> {
    await this.sql.query('UPDATE campaigns SET prepare_lease_until = NULL WHERE id = $1', [campaignId]);
  }

  /** A campaign that nobody prepares though it should be: its bell was lost, or its worker. */
  async stalled(afterMs: number): Promise<string | null> {
    const [row] = await this.sql.query<{ id: string }>(
      `SELECT id FROM campaigns
       WHERE status IN ('preparing', 'sending', 'pausing', 'stopping') AND ${UNPREPARED}
         AND coalesce(prepare_lease_until, started_at + $1 * interval '1 ms') < now()
       ORDER BY started_at LIMIT 1`,
      [afterMs],
    );
    return row?.id ?? null;
  }

  /** Held until the chunk is committed: pause and stop come before it or after it, never in the middle. */
  async lock(tx: Queryable, campaignId: string): Promise<PreparationState | null> {
    const [row] = await tx.query<PreparationState>(
      `SELECT status, prepare_cursor::text AS cursor, prepare_until::text AS until, is_prepared AS "isPrepared",
              dispatch_id AS "dispatchId", channel_ids AS "channelIds"
       FROM campaigns WHERE id = $1 FOR UPDATE`,
      [campaignId],
    );
    return row ?? null;
  }

  /**
   * Where a stretch of so many contacts ends, at the last of the audience at most. Reads as many keys, some tens of
   * milliseconds for a hundred thousand.
   */
  async stretchEnd(
    tx: Queryable,
    workspaceId: string,
    { cursor, until }: Pick<PreparationState, 'cursor' | 'until'>,
    contacts: number,
  ): Promise<string> {
    const [row] = await tx.query<{ id: string }>(
      `SELECT id::text FROM contacts
       WHERE workspace_id = $1 AND id > $2::bigint AND id <= $3::bigint
       ORDER BY contacts.id OFFSET $4 LIMIT 1`,
      [workspaceId, cursor, until, contacts - 1],
    );
    return row?.id ?? until;
  }

  async advance(tx: Queryable, campaignId: string, step: PreparationStep): Promise<void> {
    await tx.query(
      `UPDATE campaigns
       SET prepare_cursor = $2, is_prepared = $3, prepare_failures = 0,
           prepare_lease_until = CASE WHEN $3 THEN NULL ELSE now() + $4 * interval '1 ms' END
       WHERE id = $1`,
      [campaignId, step.cursor, step.isPrepared, step.leaseMs],
    );
  }

  /** What has no row by now gets none; `reason` is what the campaign says of it. */
  async giveUp(tx: Queryable, campaignId: string, reason: string): Promise<void> {
    await tx.query(
      `UPDATE campaigns SET is_prepared = true, prepare_lease_until = NULL, status_reason = $2 WHERE id = $1`,
      [campaignId, reason],
    );
  }

  /** Nobody takes it up until `againMs` from now. Whose lease it ends is of no account: the cursor alone says what is done. */
  async putOff(campaignId: string, againMs: number): Promise<void> {
    await this.sql.query(
      `UPDATE campaigns SET prepare_lease_until = now() + $2 * interval '1 ms' WHERE id = $1`,
      [campaignId, againMs],
    );
  }

  /** Counts a failure of the chunk at the cursor and keeps the campaign away until `againMs` from now. */
  async countFailure(campaignId: string, againMs: number): Promise<number> {
    const [row] = await this.sql.query<{ failures: number }>(
      `UPDATE campaigns
       SET prepare_failures = prepare_failures + 1, prepare_lease_until = now() + $2 * interval '1 ms'
       WHERE id = $1 RETURNING prepare_failures AS failures`,
      [campaignId, againMs],
    );
    return row?.failures ?? 0;
  }
}
