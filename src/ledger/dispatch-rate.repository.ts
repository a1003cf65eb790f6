import { Injectable } from '@nestjs/common';
import { SendSql } from '../database/pools.js';
import type { Queryable } from '../database/sql.js';

/** How fast a dispatch may be sent over all its channels, beside their own limits and pacing. */
export interface DispatchRate {
  /** Null: the limits of its channels alone. */
  readonly perSecond: number | null;
  /** Grows with each change; the higher one wins. 0: it never had a rate. */
  readonly version: number;
  /** ChannelPacing of channels, null without one. Never changes once the dispatch is open. */
  readonly pacing: unknown;
  /** Its part of a channel, against that of other dispatches: 1 to 10. */
  readonly weight: number;
}

export const NO_RATE: DispatchRate = { perSecond: null, version: 0, pacing: null, weight: 1 };

interface RateRow {
  id: string;
  rate_per_second: number | null;
  rate_version: number;
  pacing: unknown;
  weight: number;
}

@Injectable()
export class DispatchRateRepository {
  constructor(private readonly sql: SendSql) {}

  async set(dispatchId: string, perSecond: number | null, db: Queryable = this.sql): Promise<DispatchRate> {
    const [row] = await db.query<RateRow>(
      `UPDATE dispatches SET rate_per_second = $2, rate_version = rate_version + 1 WHERE id = $1
       RETURNING id, rate_per_second, rate_version, pacing, weight`,
      [dispatchId, perSecond],
    );
    return rateOf(row!);
  }

  /** Before the first row of the dispatch is written. */
  async setPacing(dispatchId: string, pacing: unknown, db: Queryable): Promise<void> {
    await db.query('UPDATE dispatches SET pacing = $2 WHERE id = $1', [dispatchId, JSON.stringify(pacing)]);
  }

  /** Felt by all workers within a third of a second, as a rate that could not be told to Redis. */
  async setWeight(dispatchId: string, weight: number, db: Queryable = this.sql): Promise<void> {
    await db.query('UPDATE dispatches SET weight = $2 WHERE id = $1', [dispatchId, weight]);
  }

  /** Asked a few times a second for all the dispatches that a process sends: the key and four columns of each. */
  async of(dispatchIds: readonly string[]): Promise<ReadonlyMap<string, DispatchRate>> {
    const rows = await this.sql.query<RateRow>(
      {
        name: 'dispatch-rates',
        text: 'SELECT id, rate_per_second, rate_version, pacing, weight FROM dispatches WHERE id = ANY($1::bigint[])',
      },
      [dispatchIds],
    );
    return new Map(rows.map((row) => [row.id, rateOf(row)]));
  }

  /**
   * Ms since its last message passed the barrier; null before the first. Reads all of its rows, which is what a lost
   * Redis costs once, and of dispatches with a pacing of their own alone: thousands of rows, not millions.
   */
  async lastBegunAgoMs(dispatchId: string): Promise<number | null> {
    const [row] = await this.sql.query<{ ago_ms: number | null }>(
      `SELECT (extract(epoch FROM clock_timestamp() - max(inflight_at)) * 1000)::float8 AS ago_ms
       FROM messages WHERE dispatch_id = $1`,
      [dispatchId],
    );
    return row?.ago_ms ?? null;
  }

  /** The channels that the rest of a dispatch goes over: asked once a second where its pacing depends on them. */
  async channelsLeft(dispatchId: string): Promise<string[]> {
    const rows = await this.sql.query<{ channel_id: string }>(CHANNELS_LEFT, [dispatchId]);
    return rows.map((row) => row.channel_id);
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
  return {
    perSecond: row.rate_per_second,
    version: row.rate_version,
    pacing: row.pacing,
    weight: row.weight,
  };
}

/** Two halves, one for each partial index of the batches that are not done. */
const CHANNELS_LEFT = {
  name: 'dispatch-channels-left',
  text: `SELECT channel_id FROM batches WHERE dispatch_id = $1 AND state = 'ready'
         UNION SELECT channel_id FROM batches WHERE dispatch_id = $1 AND state = 'leased'`,
};
