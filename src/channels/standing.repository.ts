import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../database/sql.js';
import type { ChannelStanding } from './standing.js';

/** Members that are given replace those that were there; the version stays, for no engine acts on it. */
const NOTE = {
  name: 'channel-standing-note',
  text: `UPDATE channels
         SET standing = coalesce(standing, '{"quality": "UNKNOWN"}') || $2::jsonb,
             red_since = CASE $2::jsonb->>'quality' WHEN 'RED' THEN coalesce(red_since, now()) WHEN 'YELLOW' THEN NULL
                              WHEN 'GREEN' THEN NULL ELSE red_since END
         WHERE id = $1`,
};
const FIND = { name: 'channel-standing-find', text: 'SELECT standing FROM channels WHERE id = $1' };

@Injectable()
export class StandingRepository {
  constructor(private readonly sql: Sql) {}

  async note(
    channelId: string,
    standing: Partial<ChannelStanding> & Pick<ChannelStanding, 'at'>,
    db: Queryable = this.sql,
  ): Promise<void> {
    await db.query(NOTE, [channelId, JSON.stringify(standing)]);
  }

  /** Null while nothing was read or heard. */
  async find(channelId: string): Promise<ChannelStanding | null> {
    const [row] = await this.sql.query<{ standing: ChannelStanding | null }>(FIND, [channelId]);
    return row?.standing ?? null;
  }
}
