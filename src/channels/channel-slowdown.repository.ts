import { Injectable } from '@nestjs/common';
import { Sql } from '../database/sql.js';

/** How a channel is slowed, as the engine means it. */
export interface KeptSlowdown {
  readonly share: number;
  readonly fromMs: number;
  readonly intervalMs: number;
  readonly code: string;
  readonly sinceMs: number;
}

interface Row {
  share: number;
  from_ms: number;
  interval_ms: number;
  code: string;
  since_ms: number;
}

const FIND = {
  name: 'channel-slowdown-find',
  text: `SELECT share, interval_ms, code, (extract(epoch FROM climbs_from) * 1000)::float8 AS from_ms,
                (extract(epoch FROM since) * 1000)::float8 AS since_ms
         FROM channel_slowdowns WHERE channel_id = $1`,
};
/** Two workers may write one after the other in either order: the later slowdown stays. */
const KEEP = {
  name: 'channel-slowdown-keep',
  text: `INSERT INTO channel_slowdowns (channel_id, workspace_id, share, climbs_from, interval_ms, code, since)
         SELECT id, workspace_id, $2, to_timestamp($3::float8 / 1000), $4, $5, to_timestamp($6::float8 / 1000)
         FROM channels WHERE id = $1
         ON CONFLICT (channel_id) DO UPDATE
         SET share = EXCLUDED.share, climbs_from = EXCLUDED.climbs_from, interval_ms = EXCLUDED.interval_ms,
             code = EXCLUDED.code, since = EXCLUDED.since
         WHERE EXCLUDED.climbs_from >= channel_slowdowns.climbs_from`,
};

/**
 * The last slowdown of each channel, beside its row and not in it: written once a second at most while a provider keeps
 * refusing, and no change of the channel itself. Read only when Redis lost the channel's hash.
 */
@Injectable()
export class ChannelSlowdownRepository {
  constructor(private readonly sql: Sql) {}

  async find(channelId: string): Promise<KeptSlowdown | null> {
    const [row] = await this.sql.query<Row>(FIND, [channelId]);
    if (row === undefined) return null;
    const { share, from_ms: fromMs, interval_ms: intervalMs, code, since_ms: sinceMs } = row;
    return { share, fromMs, intervalMs, code, sinceMs };
  }

  async keep(channelId: string, { share, fromMs, intervalMs, code, sinceMs }: KeptSlowdown): Promise<void> {
    await this.sql.query(KEEP, [channelId, share, fromMs, intervalMs, code, sinceMs]);
  }
}
