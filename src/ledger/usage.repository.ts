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

  async since(channelId: string, sinceMs: number): Promise<MinuteUsage[]> {
    const rows = await this.sql.query<{ minute: Date; sends: number }>(
      `SELECT minute, sum(sends)::int AS sends FROM channel_usage
       WHERE channel_id = $1 AND minute >= $2 GROUP BY minute ORDER BY minute`,
      [channelId, new Date(sinceMs)],
    );
    return rows.map((row) => ({ minuteMs: row.minute.getTime(), sends: row.sends }));
  }

  /** Usage older than the longest window is of no use to anybody. */
  async forget(beforeMs: number): Promise<void> {
    await this.sql.query('DELETE FROM channel_usage WHERE minute < $1', [new Date(beforeMs)]);
  }
}
