import { Injectable } from '@nestjs/common';
import { SendSql } from '../database/pools.js';
import type { LeasedBatch, PendingMessage } from './dispatch.js';

interface BatchRow {
  batch_no: number;
  workspace_id: string;
  first_seq: number;
  last_seq: number;
  fence: number;
  closes_in_ms: number | null;
}

const PENDING_RANGE = `
  WHERE dispatch_id = $1 AND seq BETWEEN $2 AND $3 AND state = 'pending' AND (not_before IS NULL OR not_before <= now())`;

const PENDING_MESSAGES = {
  name: 'batch-pending',
  text: `SELECT seq, recipient, variables, content, tries FROM messages ${PENDING_RANGE} ORDER BY seq LIMIT $4`,
};

/** The winner is read once, and not joined: without statistics the look-up of it was repeated for each row. */
const PENDING_VARIANTS = {
  name: 'batch-pending-variants',
  text: `
    WITH chosen AS MATERIALIZED (SELECT winner FROM dispatches WHERE id = $1)
    SELECT seq, recipient, variables, content, tries, coalesce(variant, (SELECT winner FROM chosen)) AS variant
    FROM messages
    ${PENDING_RANGE} AND coalesce(variant, (SELECT winner FROM chosen)) IS NOT NULL
    ORDER BY seq LIMIT $4`,
};

@Injectable()
export class BatchRepository {
  constructor(private readonly sql: SendSql) {}

  /**
   * Takes one ready batch of an open dispatch for this worker, or null when there is none. The locked choice stands in
   * a materialised CTE: inlined, the planner may lock and update more rows than LIMIT says. Cost: a walk of the
   * partial index of ready batches to the first that nobody else holds. The gate is read once, for open and for the
   * stage that it has reached: of a later stage no batch is taken.
   */
  async lease(
    dispatchId: string,
    channelId: string,
    workerId: string,
    leaseMs: number,
  ): Promise<LeasedBatch | null> {
    const askedMs = performance.now();
    const rows = await this.sql.query<BatchRow>(
      {
        name: 'batch-lease',
        text: `
          WITH chosen AS MATERIALIZED (
            SELECT b.batch_no FROM batches b
            WHERE b.dispatch_id = $1 AND b.channel_id = $2 AND b.state = 'ready'
              AND (b.not_before IS NULL OR b.not_before <= now())
              AND (b.opens_at IS NULL OR b.opens_at <= now())
              AND (b.closes_at IS NULL OR b.closes_at > now())
              AND b.stage <= (SELECT g.stage FROM dispatch_gates g WHERE g.dispatch_id = $1 AND g.open)
            ORDER BY b.batch_no LIMIT 1
            FOR UPDATE OF b SKIP LOCKED
          )
          UPDATE batches b
          SET state = 'leased', fence = b.fence + 1, lease_until = now() + $4 * interval '1 ms', leased_by = $3
          FROM chosen
          WHERE b.dispatch_id = $1 AND b.batch_no = chosen.batch_no
          RETURNING b.batch_no, b.workspace_id, b.first_seq, b.last_seq, b.fence,
                    (extract(epoch FROM b.closes_at - now()) * 1000)::float8 AS closes_in_ms`,
      },
      [dispatchId, channelId, workerId, leaseMs],
    );
    const row = rows[0];
    if (row === undefined) return null;
    return {
      dispatchId,
      batchNo: row.batch_no,
      workspaceId: row.workspace_id,
      channelId,
      firstSeq: row.first_seq,
      lastSeq: row.last_seq,
      fence: row.fence,
      closesByMs: row.closes_in_ms === null ? null : askedMs + row.closes_in_ms,
    };
  }

  /**
   * The messages of a leased batch that may be sent now, in order, `most` at most. One range of the primary key. Of a
   * dispatch with variants each says which it gets, and the rows that wait for a winner are there once there is one.
   */
  async pending(
    batch: LeasedBatch,
    most: number | null = null,
    hasVariants = false,
  ): Promise<PendingMessage[]> {
    return this.sql.query<PendingMessage>(hasVariants ? PENDING_VARIANTS : PENDING_MESSAGES, [
      batch.dispatchId,
      batch.firstSeq,
      batch.lastSeq,
      most,
    ]);
  }

  /**
   * Gives a batch back: done when nothing in it is pending, else ready again (or parked, where its channel was paused
   * meanwhile), not before its earliest message may go nor before `restMs` are over. Refuses while a row is inflight (its
   * answer could not be written), and when the lease is not the one that it saw: a barrier whose connection broke may
   * still commit while this waits for the batch, and the rows that it moved are not in what was counted. Then the lease
   * runs out and the reaper finds them. Returns in how long it may go on (null: done or not given
   * back): of instants the database's clock has the word, and a worker's may be an hour off.
   */
  async release(batch: LeasedBatch, restMs: number | null): Promise<{ readyInMs: number | null }> {
    const rows = await this.sql.query<{ state: string; ready_in_ms: number | null }>(
      {
        name: 'batch-release',
        text: `
          WITH seen AS MATERIALIZED (SELECT lease_until FROM batches WHERE dispatch_id = $1 AND batch_no = $2),
          content AS MATERIALIZED (
            SELECT count(*) FILTER (WHERE state = 'pending') AS pending,
                   count(*) FILTER (WHERE state = 'inflight') AS inflight,
                   min(coalesce(not_before, now())) FILTER (WHERE state = 'pending') AS earliest
            FROM messages WHERE dispatch_id = $1 AND seq BETWEEN $3 AND $4
          )
          UPDATE batches b
          SET state = CASE WHEN content.pending = 0 THEN 'done' ELSE coalesce(b.after_lease, 'ready') END,
              not_before = greatest(content.earliest, now() + $6::float8 * interval '1 ms'),
              unsent = content.pending,
              lease_until = NULL, leased_by = NULL, after_lease = NULL
          FROM content, seen
          WHERE b.dispatch_id = $1 AND b.batch_no = $2 AND b.fence = $5 AND b.state = 'leased' AND content.inflight = 0
            AND b.lease_until = seen.lease_until
          RETURNING b.state, (extract(epoch FROM b.not_before - now()) * 1000)::float8 AS ready_in_ms`,
      },
      [batch.dispatchId, batch.batchNo, batch.firstSeq, batch.lastSeq, batch.fence, restMs],
    );
    const row = rows[0];
    return { readyInMs: row?.state === 'ready' ? row.ready_in_ms : null };
  }
}
