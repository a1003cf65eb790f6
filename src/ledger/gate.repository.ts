import { Injectable } from '@nestjs/common';
import { SendSql } from '../database/pools.js';
import type { Queryable } from '../database/sql.js';

export interface GateChange {
  readonly dispatchId: string;
  readonly changedBy: string;
  readonly reason: string | null;
}

/** A gate's reason begins so where the provider refused the message itself; what follows is for people. */
export const REFUSED_FOR_ALL = 'refused: ';

/**
 * The gate decides whether a dispatch may begin calls. Barriers hold it FOR SHARE until they commit; closing it waits
 * for those that already began. `closing` on the dispatch is read without a lock before the gate: new barriers see it
 * and stay away, so that the closer is not starved by share locks that keep overlapping (p50 0.76 s without it, 8 ms
 * with it, at saturation).
 */
@Injectable()
export class GateRepository {
  constructor(private readonly sql: SendSql) {}

  /**
   * Keeps new barriers away from a gate that is about to be closed. Only what is committed is seen, so it goes into a
   * transaction of its own, before the one that closes.
   */
  async announceClose(db: Queryable, dispatchId: string): Promise<void> {
    await db.query('UPDATE dispatches SET closing = true WHERE id = $1 AND NOT closing', [dispatchId]);
  }

  /** After this returned, or its transaction was committed, no message of the dispatch passes the barrier. */
  async close(change: GateChange, db: Queryable = this.sql): Promise<void> {
    await this.announceClose(db, change.dispatchId);
    await db.query(
      `UPDATE dispatch_gates
       SET open = false, epoch = epoch + 1, changed_by = $2, reason = $3, changed_at = now()
       WHERE dispatch_id = $1 AND open`,
      [change.dispatchId, change.changedBy, change.reason],
    );
  }

  async open(db: Queryable, change: GateChange): Promise<void> {
    await db.query('UPDATE dispatches SET closing = false WHERE id = $1 AND closing', [change.dispatchId]);
    await db.query(
      `UPDATE dispatch_gates
       SET open = true, epoch = epoch + 1, changed_by = $2, reason = $3, changed_at = now()
       WHERE dispatch_id = $1 AND NOT open`,
      [change.dispatchId, change.changedBy, change.reason],
    );
  }

  /**
   * Locks the gate against barriers and other closers for the rest of the transaction, and says whether it is open.
   * Ticks that conclude "nothing is in flight" must hold this while they look.
   */
  async lock(tx: Queryable, dispatchId: string): Promise<boolean> {
    const rows = await tx.query<{ open: boolean }>(
      'SELECT open FROM dispatch_gates WHERE dispatch_id = $1 FOR UPDATE',
      [dispatchId],
    );
    return rows[0]?.open ?? false;
  }

  /**
   * Of these dispatches, the ones that may not begin calls now, as a whole or (`dispatch/channel`) over a channel that
   * was paused for them: feeds the pause flags that are read before each call.
   */
  async closedAmong(dispatchIds: readonly string[]): Promise<Set<string>> {
    const rows = await this.sql.query<{ dispatch_id: string; is_closed: boolean; paused: object | null }>(
      {
        name: 'gate-closed-among',
        text: `SELECT g.dispatch_id, d.closing OR NOT g.open AS is_closed, d.paused_channels AS paused
               FROM dispatch_gates g JOIN dispatches d ON d.id = g.dispatch_id
               WHERE g.dispatch_id = ANY($1::bigint[]) AND (d.closing OR NOT g.open OR d.paused_channels IS NOT NULL)`,
      },
      [dispatchIds],
    );
    return new Set(
      rows.flatMap(({ dispatch_id: id, is_closed, paused }) => [
        ...(is_closed ? [id] : []),
        ...Object.keys(paused ?? {}).map((channelId) => `${id}/${channelId}`),
      ]),
    );
  }
}
