import { Injectable } from '@nestjs/common';
import { SendSql } from '../database/pools.js';
import type { LeasedBatch, PendingMessage } from './dispatch.js';

interface BatchRow {
  batch_no: number;
  workspace_id: string;
  first_seq: number;
  last_seq: number;
  fence: number;
}

@Injectable()
export class BatchRepository {
  constructor(private readonly sql: SendSql) {}

  /**
   * Takes one ready batch of an open dispatch for this worker, or null when there is none. The locked choice stands in
   * a materialised CTE: inlined, the planner may lock and update more rows than LIMIT says. Cost: a walk of the
   * partial index of ready batches to the first that nobody else holds.
   */
  async lease(
    dispatchId: string,
    channelId: string,
    workerId: string,
    leaseMs: number,
  ): Promise<LeasedBatch | null> {
    const rows = await this.sql.query<BatchRow>(
      {
        name: 'batch-lease',
        text: `
          WITH chosen AS MATERIALIZED (
            SELECT b.batch_no FROM batches b
            WHERE b.dispatch_id = $1 AND b.channel_id = $2 AND b.state = 'ready'
              AND (b.not_before IS NULL OR b.not_before <= now())
              AND (b.opens_at IS NULL OR b.opens_at <= now())
              AND EXISTS (SELECT FROM dispatch_gates g WHERE g.dispatch_id = $1 AND g.open)
            ORDER BY b.batch_no LIMIT 1
            FOR UPDATE OF b SKIP LOCKED
          )
          UPDATE batches b
          SET state = 'leased', fence = b.fence + 1, lease_until = now() + $4 * interval '1 ms', leased_by = $3
          FROM chosen
          WHERE b.dispatch_id = $1 AND b.batch_no = chosen.batch_no
          RETURNING b.batch_no, b.workspace_id, b.first_seq, b.last_seq, b.fence`,
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
    };
  }

  /** The messages of a leased batch that may be sent now, in order, `most` at most. One range of the primary key. */
  async pending(batch: LeasedBatch, most: number | null = null): Promise<PendingMessage[]> {
    return this.sql.query<PendingMessage>(
      {
        name: 'batch-pending',
        text: `
          SELECT seq, recipient, variables, content, tries FROM messages
          WHERE dispatch_id = $1 AND seq BETWEEN $2 AND $3 AND state = 'pending'
            AND (not_before IS NULL OR not_before <= now())
          ORDER BY seq LIMIT $4`,
      },
      [batch.dispatchId, batch.firstSeq, batch.lastSeq, most],
    );
  }

  /**
   * Gives a batch back: done when nothing in it is pending, else ready again, not before its earliest message may go
   * nor before `notBeforeMs`. Refuses while a row is inflight (its answer could not be written), and when the lease is
   * not the one that it saw: a barrier whose connection broke may still commit while this waits for the batch, and the
   * rows that it moved are not in what was counted. Then the lease runs out and the reaper finds them. Returns when it
   * may go on (null: done or not given back).
   */
  async release(batch: LeasedBatch, notBeforeMs: number | null): Promise<{ readyAtMs: number | null }> {
    const rows = await this.sql.query<{ state: string; ready_at_ms: string | null }>(
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
          SET state = CASE WHEN content.pending = 0 THEN 'done' ELSE 'ready' END,
              not_before = greatest(content.earliest, to_timestamp($6::float8 / 1000)),
              unsent = content.pending,
              lease_until = NULL, leased_by = NULL
          FROM content, seen
          WHERE b.dispatch_id = $1 AND b.batch_no = $2 AND b.fence = $5 AND b.state = 'leased' AND content.inflight = 0
            AND b.lease_until = seen.lease_until
          RETURNING b.state, (extract(epoch FROM b.not_before) * 1000)::bigint AS ready_at_ms`,
      },
      [batch.dispatchId, batch.batchNo, batch.firstSeq, batch.lastSeq, batch.fence, notBeforeMs],
    );
    const row = rows[0];
    return { readyAtMs: row?.state === 'ready' && row.ready_at_ms !== null ? Number(row.ready_at_ms) : null };
  }
}
