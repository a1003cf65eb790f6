import { Injectable } from '@nestjs/common';
import { intArray } from '../database/array-literal.js';
import { SendSql } from '../database/pools.js';
import { BARRIER, INFLIGHT, PENDING, SHORT_BARRIER } from './barrier.statements.js';
import { COUNTER_SLOTS, type LeasedBatch } from './dispatch.js';
import { suppressionsThatStop, type MessageCategory } from './suppression.js';
import { SuppressionRepository } from './suppression.repository.js';

export type BarrierResult =
  /** `attempts` by seq: these may be sent now, once, under that attempt. */
  | { readonly kind: 'passed'; readonly attempts: ReadonlyMap<number, number>; readonly skipped: number }
  | { readonly kind: 'gate-closed' }
  | { readonly kind: 'lease-lost' };

export interface BarrierRow {
  is_open: boolean;
  /** Only of the short form. */
  is_unchanged?: boolean;
  is_held: boolean;
  seqs: number[];
  attempts: number[];
  skipped: number;
}

/** So many dispatches whose suppressions changed are remembered. */
const MOST_CHANGED = 1000;

/**
 * The one door to sending. Before it commits, no byte leaves; when its commit is not known (this throws), nothing may
 * be sent, and the rows it may have moved become unknown with the lease.
 *
 * One statement, one commit for up to 200 messages: gate FOR SHARE, lease and fence renewed, suppressions looked up
 * (and for a message that is sent again, whether an earlier one arrived after all), rows moved, usage counted. Durable whatever the server's default says. Here a message gets its channel for good: that
 * of its batch, which may have moved since it was prepared.
 *
 * Who was suppressed when the rows were written is not pending, so while nobody was suppressed since, nothing need be
 * looked up for each row: the short form finds that out by one look at an index, moves the rows for less than half of
 * the work, and does nothing where somebody was. From then on the long form is used for that dispatch. (200 rows, in
 * Postgres: 6 µs a row for 13.)
 */
@Injectable()
export class BarrierRepository {
  private readonly changed = new Set<string>();

  constructor(
    private readonly sql: SendSql,
    private readonly suppressions: SuppressionRepository,
  ) {}

  async pass(
    batch: LeasedBatch,
    seqs: readonly number[],
    category: MessageCategory,
    leaseMs: number,
  ): Promise<BarrierResult> {
    const values = [
      batch.dispatchId,
      batch.batchNo,
      batch.fence,
      leaseMs,
      intArray(seqs),
      batch.batchNo % COUNTER_SLOTS,
      batch.workspaceId,
    ];
    if (!this.changed.has(batch.dispatchId)) {
      const [row] = await this.sql.query<BarrierRow>(SHORT_BARRIER, values);
      if (row?.is_unchanged === true || row?.is_open !== true) return resultOf(row);
      if (this.changed.size >= MOST_CHANGED) this.changed.clear();
      this.changed.add(batch.dispatchId);
    }
    const [row] = await this.sql.query<BarrierRow>(BARRIER, [
      ...values,
      suppressionsThatStop(category),
      this.suppressions.pepper,
    ]);
    return resultOf(row);
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

export function resultOf(row: BarrierRow | undefined): BarrierResult {
  if (row === undefined || !row.is_open) return { kind: 'gate-closed' };
  if (!row.is_held) return { kind: 'lease-lost' };
  return {
    kind: 'passed',
    attempts: new Map(row.seqs.map((seq, index) => [seq, row.attempts[index]!])),
    skipped: row.skipped,
  };
}
