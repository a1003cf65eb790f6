import { Injectable } from '@nestjs/common';
import { SendSql } from '../database/pools.js';

export interface MinuteUsage {
  /** Start of the minute, epoch milliseconds. */
  readonly minuteMs: number;
  readonly sends: number;
}

/** What a channel spent, written by the barrier; what the limiter is rebuilt from when Redis has lost it. */
@Injectable()
export class UsageRepository {
  constructor(private readonly sql: SendSql) {}

  /** Told in the clock of whoever asks, which says by `nowMs` what time it is there: it need not be the database's. */
  async since(channelId: string, sinceMs: number, nowMs = Date.now()): Promise<MinuteUsage[]> {
    const rows = await this.sql.query<{ agoMs: number; sends: number }>(
      `SELECT (extract(epoch FROM now() - minute) * 1000)::float8 AS "agoMs", sum(sends)::int AS sends
       FROM channel_usage
       WHERE channel_id = $1 AND minute >= now() - $2::float8 * interval '1 ms' GROUP BY minute ORDER BY minute`,
      [channelId, nowMs - sinceMs],
    );
    return rows.map(({ agoMs, sends }) => ({ minuteMs: nowMs - agoMs, sends }));
  }

  /** Usage older than the longest window is of no use to anybody. */
  async forget(beforeMs: number): Promise<void> {
    await this.sql.query('DELETE FROM channel_usage WHERE minute < $1', [new Date(beforeMs)]);
  }
}
