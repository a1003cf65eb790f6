import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../database/sql.js';

/** A stage of a dispatch, from 0, that has nothing left. */
export interface SettledStage {
  readonly dispatchId: string;
  readonly stage: number;
}

/**
 * Dispatches that go stage by stage: so many recipients first, then somebody decides, then the next so many, and at last
 * the rest. The rows of a stage are in batches of their own, and of a stage that the gate has not reached none is leased:
 * there is nothing to hold back at the barrier.
 */
@Injectable()
export class DispatchStages {
  constructor(private readonly sql: Sql) {}

  /** Said once, when it is made: after how many rows that are to be sent each stage but the last ends, rising. */
  async begin(db: Queryable, dispatchId: string, ends: readonly number[]): Promise<void> {
    await db.query('UPDATE dispatches SET stage_ends = $2 WHERE id = $1', [dispatchId, ends]);
  }

  /** What was said; null where it is sent as a whole. */
  async endsOf(dispatchId: string): Promise<readonly number[] | null> {
    const [row] = await this.sql.query<{ ends: number[] | null }>(
      'SELECT stage_ends AS ends FROM dispatches WHERE id = $1',
      [dispatchId],
    );
    return row?.ends ?? null;
  }

  /** Lets the next stage begin; of two who say so of the same, one. Whether it did. */
  async advance(tx: Queryable, { dispatchId, stage }: SettledStage): Promise<boolean> {
    const rows = await tx.query(
      'UPDATE dispatch_gates SET stage = $2::smallint + 1 WHERE dispatch_id = $1 AND stage = $2 RETURNING 1',
      [dispatchId, stage],
    );
    return rows.length > 0;
  }

  /** Which stage the gate of a dispatch has reached. */
  async now(dispatchId: string, db: Queryable = this.sql): Promise<number> {
    const [row] = await db.query<{ stage: number }>(
      'SELECT stage FROM dispatch_gates WHERE dispatch_id = $1',
      [dispatchId],
    );
    return row?.stage ?? 0;
  }

  /**
   * The stage of a dispatch, if it has nothing left: all of its rows are written, as many as it is to have or the whole
   * audience, and each has come to an end; else null, as where no other comes behind it. Once it is so it stays so. Cost:
   * the batches that are not done, by their partial indexes.
   */
  async settled(dispatchId: string, isPrepared: boolean): Promise<number | null> {
    const [row] = await this.sql.query<{ stage: number }>(SETTLED, [dispatchId, isPrepared]);
    return row?.stage ?? null;
  }
}

/** One sub-select a state, each by its own partial index. */
const NONE_LEFT = ['ready', 'leased', 'parked']
  .map(
    (state) =>
      `NOT EXISTS (SELECT FROM batches b WHERE b.dispatch_id = $1 AND b.state = '${state}' AND b.stage <= g.stage)`,
  )
  .join(' AND ');

const SETTLED = {
  name: 'dispatch-stage-settled',
  text: `
    SELECT g.stage FROM dispatches d JOIN dispatch_gates g ON g.dispatch_id = d.id
    WHERE d.id = $1 AND g.stage < cardinality(d.stage_ends) AND ($2 OR d.staged >= d.stage_ends[g.stage + 1])
      AND ${NONE_LEFT}`,
};
