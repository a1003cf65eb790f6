import { Injectable } from '@nestjs/common';
import { intArray } from '../database/array-literal.js';
import { Sql } from '../database/sql.js';
import { COUNTER_SLOTS, type LeasedBatch } from './dispatch.js';
import { statesBefore } from './message-state.js';
import { suppressionsThatStop, type MessageCategory } from './suppression.js';
import { recipientHash, SuppressionRepository } from './suppression.repository.js';

export type BarrierResult =
  /** `attempts` by seq: these may be sent now, once, under that attempt. */
  | { readonly kind: 'passed'; readonly attempts: ReadonlyMap<number, number>; readonly skipped: number }
  | { readonly kind: 'gate-closed' }
  | { readonly kind: 'lease-lost' };

interface BarrierRow {
  is_open: boolean;
  is_held: boolean;
  seqs: number[];
  attempts: number[];
  skipped: number;
}

/**
 * The one door to sending. Before it commits, no byte leaves; when its commit is not known (this throws), nothing may
 * be sent, and the rows it may have moved become unknown with the lease.
 *
 * One statement, one commit for up to 200 messages: gate FOR SHARE, lease and fence renewed, suppressions looked up,
 * rows moved, usage counted. The suppression look-up is a scalar subquery with LIMIT on purpose: as EXISTS the planner
 * may hash all suppressions of the workspace for each barrier. The rows are moved by both columns of `judged`: compared
 * with $1, a dispatch that was prepared since the last ANALYZE counts as one row, and all of it is read and compared
 * with each of the 200 (20,000 messages: 1.4 s a barrier). Durable whatever the server's default says.
 */
@Injectable()
export class BarrierRepository {
  constructor(
    private readonly sql: Sql,
    private readonly suppressions: SuppressionRepository,
  ) {}

  async pass(
    batch: LeasedBatch,
    seqs: readonly number[],
    category: MessageCategory,
    leaseMs: number,
  ): Promise<BarrierResult> {
    const [row] = await this.sql.query<BarrierRow>(BARRIER, [
      batch.dispatchId,
      batch.batchNo,
      batch.fence,
      leaseMs,
      intArray(seqs),
      this.suppressions.pepper,
      suppressionsThatStop(category),
      batch.batchNo % COUNTER_SLOTS,
      batch.workspaceId,
    ]);
    if (row === undefined || !row.is_open) return { kind: 'gate-closed' };
    if (!row.is_held) return { kind: 'lease-lost' };
    return {
      kind: 'passed',
      attempts: new Map(row.seqs.map((seq, index) => [seq, row.attempts[index]!])),
      skipped: row.skipped,
    };
  }

  /**
   * After a pass() whose commit was not heard: hands back what it moved. Only by the worker that asked, which knows
   * that it began none of these rows, and only under its own lease. Two statements, because the first waits for a
   * barrier that is still running and the second must see what it came to. One that runs later still finds its rows
   * moved and nobody sending them: the reaper calls them unknown. Returns how many were handed back.
   */
  async undo(batch: LeasedBatch, seqs: readonly number[]): Promise<number> {
    return this.sql.transaction(async (tx) => {
      const key = [batch.dispatchId, batch.batchNo, batch.fence];
      const held = await tx.query(
        `SELECT 1 FROM batches WHERE dispatch_id = $1 AND batch_no = $2 AND fence = $3 AND state = 'leased' FOR UPDATE`,
        key,
      );
      if (held.length === 0) return 0;
      const moved = await tx.query(
        `UPDATE messages SET state = '${PENDING}'
         WHERE dispatch_id = $1 AND seq = ANY($2::int[]) AND state = '${INFLIGHT}' RETURNING 1`,
        [batch.dispatchId, intArray(seqs)],
      );
      return moved.length;
    });
  }
}

const [PENDING] = statesBefore('begin');
const [INFLIGHT] = statesBefore('giveBack');

const BARRIER = {
  name: 'barrier',
  text: `
    WITH durable AS MATERIALIZED (SELECT set_config('synchronous_commit', 'on', true)),
    wanted AS MATERIALIZED (SELECT 1 FROM dispatches, durable WHERE id = $1 AND NOT closing),
    gate AS MATERIALIZED (
      SELECT 1 FROM dispatch_gates WHERE dispatch_id = $1 AND open AND EXISTS (SELECT FROM wanted) FOR SHARE
    ),
    held AS (
      UPDATE batches SET lease_until = now() + $4 * interval '1 ms'
      WHERE dispatch_id = $1 AND batch_no = $2 AND fence = $3 AND state = 'leased' AND EXISTS (SELECT FROM gate)
      RETURNING channel_id
    ),
    judged AS MATERIALIZED (
      SELECT m.dispatch_id, m.seq, (
        SELECT 1 FROM suppressions s
        WHERE s.workspace_id = $9 AND s.recipient_hash = ${recipientHash('m.recipient', '$6')} AND s.category = ANY($7::text[])
        LIMIT 1
      ) IS NOT NULL AS is_suppressed
      FROM messages m
      WHERE m.dispatch_id = $1 AND m.seq = ANY($5::int[]) AND m.state = '${PENDING}' AND EXISTS (SELECT FROM held)
    ),
    moved AS (
      UPDATE messages m
      SET state = CASE WHEN j.is_suppressed THEN 'skipped' ELSE 'inflight' END::message_state,
          attempt = m.attempt + CASE WHEN j.is_suppressed THEN 0 ELSE 1 END,
          last_code = CASE WHEN j.is_suppressed THEN 'suppressed' END,
          inflight_at = CASE WHEN j.is_suppressed THEN NULL ELSE now() END
      FROM judged j
      WHERE m.dispatch_id = j.dispatch_id AND m.seq = j.seq AND m.state = '${PENDING}'
      RETURNING m.seq, m.attempt, m.state
    ),
    outcome AS MATERIALIZED (
      SELECT coalesce(array_agg(seq) FILTER (WHERE state = 'inflight'), '{}') AS seqs,
             coalesce(array_agg(attempt::int) FILTER (WHERE state = 'inflight'), '{}') AS attempts,
             (count(*) FILTER (WHERE state = 'inflight'))::int AS begun,
             (count(*) FILTER (WHERE state = 'skipped'))::int AS skipped
      FROM moved
    ),
    counted AS (
      INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, skipped)
      SELECT $9, $1, $8, skipped FROM outcome WHERE skipped > 0
      ON CONFLICT (dispatch_id, slot) DO UPDATE SET skipped = dispatch_counters.skipped + EXCLUDED.skipped
    ),
    used AS (
      INSERT INTO channel_usage (workspace_id, channel_id, minute, slot, sends)
      SELECT $9, held.channel_id, date_trunc('minute', clock_timestamp()), $8, outcome.begun
      FROM held, outcome WHERE outcome.begun > 0
      ON CONFLICT (channel_id, minute, slot) DO UPDATE SET sends = channel_usage.sends + EXCLUDED.sends
    )
    SELECT EXISTS (SELECT FROM gate) AS is_open, EXISTS (SELECT FROM held) AS is_held, seqs, attempts, skipped
    FROM outcome`,
};
