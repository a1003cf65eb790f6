import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../database/sql.js';

/** How fast a dispatch may be sent over all its channels. */
export interface DispatchRate {
  /** Null: the limits of its channels alone. */
  readonly perSecond: number | null;
  /** Grows with each change; the higher one wins. 0: it never had a rate. */
  readonly version: number;
}

export const NO_RATE: DispatchRate = { perSecond: null, version: 0 };

interface RateRow {
  id: string;
  rate_per_second: number | null;
  rate_version: number;
}

@Injectable()
export class DispatchRateRepository {
  constructor(private readonly sql: Sql) {}

  async set(dispatchId: string, perSecond: number | null, db: Queryable = this.sql): Promise<DispatchRate> {
    const [row] = await db.query<RateRow>(
      `UPDATE dispatches SET rate_per_second = $2, rate_version = rate_version + 1 WHERE id = $1
       RETURNING id, rate_per_second, rate_version`,
      [dispatchId, perSecond],
    );
    return rateOf(row!);
  }

  /** Asked a few times a second for all the dispatches that a process sends: the key and two numbers of each. */
  async of(dispatchIds: readonly string[]): Promise<ReadonlyMap<string, DispatchRate>> {
    const rows = await this.sql.query<RateRow>(
      {
        name: 'dispatch-rates',
        text: 'SELECT id, rate_per_second, rate_version FROM dispatches WHERE id = ANY($1::bigint[])',
      },
      [dispatchIds],
    );
    return new Map(rows.map((row) => [row.id, rateOf(row)]));
  }

  /** Lets batches go on that were parked until an old rate would have let them: a retry's own time stays on its row. */
  async unpark(dispatchId: string): Promise<void> {
    await this.sql.query(
      `UPDATE batches SET not_before = NULL
       WHERE dispatch_id = $1 AND state = 'ready' AND not_before BETWEEN now() AND now() + interval '3 seconds'`,
      [dispatchId],
    );
  }
}

function rateOf(row: RateRow): DispatchRate {
  return { perSecond: row.rate_per_second, version: row.rate_version };
}
