import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../../database/sql.js';
import type { Recurrence } from './recurrence.js';
import type { OpenOccurrences, SkippedRun } from './schedule-policy.js';

export interface DueCampaign {
  readonly id: string;
  readonly workspaceId: string;
  readonly dueAt: Date;
  readonly updatedAt: Date;
  readonly parentId: string | null;
  readonly occurrenceAt: Date | null;
  /** It makes campaigns instead of being started. */
  readonly recurs: boolean;
}

/** Literal, as in the index of open occurrences, or the planner does not know that it may use it. */
const OPEN = `status IN ('scheduled', 'preparing', 'sending', 'pausing', 'paused', 'held', 'stopping')`;
/** One that is held before it started is a question to a person, and no other occurrence waits for the answer. */
const BLOCKING = `${OPEN} AND (status <> 'held' OR dispatch_id IS NOT NULL)`;

/** When campaigns start by themselves: `campaigns.due_at`, and the rules of those that recur. */
@Injectable()
export class ScheduleRepository {
  constructor(private readonly sql: Sql) {}

  /**
   * Takes campaigns whose time has come, so that of any number of processes one is at each of them. The lease runs on
   * the database's clock and only spares work: of two starts of one campaign the second is refused under its lock, and
   * what a dead process took is taken again. Reads the partial index of scheduled campaigns from its beginning; the ids
   * stand in an array, or without statistics the planner reads all campaigns beside them.
   */
  async claim(now: Date, most: number, leaseMs: number): Promise<DueCampaign[]> {
    return this.sql.query<DueCampaign>(
      {
        name: 'campaigns-claim-due',
        text: `
        UPDATE campaigns SET schedule_lease_until = now() + $3 * interval '1 ms'
        WHERE id = ANY (ARRAY(
          SELECT id FROM campaigns
          WHERE status = 'scheduled' AND due_at <= $1
            AND (schedule_lease_until IS NULL OR schedule_lease_until < now())
          ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
        ))
        RETURNING id, workspace_id AS "workspaceId", due_at AS "dueAt", updated_at AS "updatedAt",
          parent_id AS "parentId", occurrence_at AS "occurrenceAt",
          (SELECT true FROM schedules s WHERE s.campaign_id = campaigns.id) IS NOT NULL AS recurs`,
      },
      [now, most, leaseMs],
    );
  }

  /** Looked at again in so long. */
  async release(id: string, afterMs: number): Promise<void> {
    await this.sql.query(
      `UPDATE campaigns SET schedule_lease_until = now() + $2 * interval '1 ms' WHERE id = $1`,
      [id, afterMs],
    );
  }

  /** It cannot start yet and is not late for that: its time is now, until it is looked at again. */
  async defer(id: string, dueAt: Date, now: Date, reason: string, afterMs: number): Promise<void> {
    await this.sql.query(
      `UPDATE campaigns
       SET due_at = $3, status_reason = $4, schedule_lease_until = now() + $5 * interval '1 ms'
       WHERE id = $1 AND status = 'scheduled' AND due_at = $2`,
      [id, dueAt, now, reason, afterMs],
    );
  }

  async setDue(tx: Queryable, id: string, dueAt: Date | null): Promise<void> {
    await tx.query(
      `UPDATE campaigns SET due_at = $2, schedule_lease_until = NULL, status_reason = NULL, updated_at = now() WHERE id = $1`,
      [id, dueAt],
    );
  }

  async keepRule(tx: Queryable, workspaceId: string, id: string, rule: Recurrence): Promise<void> {
    await tx.query(
      `INSERT INTO schedules (campaign_id, workspace_id, cron, timezone, misfire, overlap, until)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (campaign_id) DO UPDATE
       SET cron = EXCLUDED.cron, timezone = EXCLUDED.timezone, misfire = EXCLUDED.misfire,
           overlap = EXCLUDED.overlap, until = EXCLUDED.until`,
      [id, workspaceId, rule.cron, rule.timezone, rule.misfire, rule.overlap, rule.until],
    );
  }

  async forgetRule(tx: Queryable, id: string): Promise<void> {
    await tx.query('DELETE FROM schedules WHERE campaign_id = $1', [id]);
  }

  async noteSkipped(tx: Queryable, id: string, { at, reason }: SkippedRun): Promise<void> {
    await tx.query('UPDATE schedules SET skipped_at = $2, skipped_reason = $3 WHERE campaign_id = $1', [
      id,
      at,
      reason,
    ]);
  }

  async isMade(tx: Queryable, parentId: string, occurrenceAt: Date): Promise<boolean> {
    const rows = await tx.query('SELECT 1 FROM campaigns WHERE parent_id = $1 AND occurrence_at = $2', [
      parentId,
      occurrenceAt,
    ]);
    return rows.length > 0;
  }

  /** Makes a campaign an occurrence. The unique index is what lets no instant have two. */
  async adopt(tx: Queryable, id: string, parentId: string, occurrenceAt: Date): Promise<void> {
    await tx.query('UPDATE campaigns SET parent_id = $2, occurrence_at = $3 WHERE id = $1', [
      id,
      parentId,
      occurrenceAt,
    ]);
  }

  /** By the index of those that have not ended, which does not grow with those that have. */
  async openOccurrences(tx: Queryable, parentId: string): Promise<OpenOccurrences> {
    const [row] = await tx.query<{ running: number; waiting: number }>(
      `SELECT count(*) FILTER (WHERE status <> 'scheduled')::int AS running,
              count(*) FILTER (WHERE status = 'scheduled')::int AS waiting
       FROM campaigns WHERE parent_id = $1 AND ${BLOCKING}`,
      [parentId],
    );
    return row!;
  }

  /** An occurrence before this one that has not ended; by the same index. */
  async openBefore(parentId: string, occurrenceAt: Date): Promise<Date | null> {
    const [row] = await this.sql.query<{ at: Date }>(
      `SELECT occurrence_at AS at FROM campaigns
       WHERE parent_id = $1 AND occurrence_at < $2 AND ${BLOCKING} ORDER BY occurrence_at LIMIT 1`,
      [parentId, occurrenceAt],
    );
    return row?.at ?? null;
  }
}
