import { Injectable } from '@nestjs/common';
import type { Queryable } from '../database/sql.js';

/**
 * Provider ids have no index that leads from a dispatch to them: it would cost every send some 5 µs, to be used once in
 * a year. So they are let go in passes over the whole table as it lies on the disk, a few pages at a time: rows are
 * only ever inserted, so none moves out of the way, and a pass reads each page once (100,000 ids: 1,500 pages).
 */
@Injectable()
export class RefRetentionRepository {
  /** Whether a dispatch was emptied since the last pass began. */
  async isPassDue(tx: Queryable, chore: string): Promise<boolean> {
    const [row] = await tx.query<{ isDue: boolean }>(
      `SELECT EXISTS (
         SELECT FROM dispatches
         WHERE purged_at > coalesce((SELECT began_at FROM chores WHERE name = $1), '-infinity')
       ) AS "isDue"`,
      [chore],
    );
    return row?.isDue ?? false;
  }

  async beginPass(tx: Queryable, chore: string): Promise<void> {
    await tx.query(
      `INSERT INTO chores (name, began_at) VALUES ($1, now()) ON CONFLICT (name) DO UPDATE SET began_at = now()`,
      [chore],
    );
  }

  async pageCount(tx: Queryable): Promise<number> {
    const [row] = await tx.query<{ pages: number }>(
      `SELECT (pg_relation_size('provider_refs') / current_setting('block_size')::int)::int AS pages`,
    );
    return row?.pages ?? 0;
  }

  /** The ids of emptied dispatches on these pages of the table. */
  async deleteOnPages(tx: Queryable, firstPage: number, count: number): Promise<number> {
    const rows = await tx.query(
      `DELETE FROM provider_refs r
       WHERE r.ctid >= $1::tid AND r.ctid < $2::tid
         AND EXISTS (SELECT FROM dispatches d WHERE d.id = r.dispatch_id AND d.purged_at IS NOT NULL)
       RETURNING 1`,
      [`(${firstPage},0)`, `(${firstPage + count},0)`],
    );
    return rows.length;
  }
}
