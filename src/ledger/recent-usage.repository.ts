import { Injectable } from '@nestjs/common';
import { Sql } from '../database/sql.js';

/** What a channel sent since the minute before this one began. */
export interface RecentUsage {
  readonly sends: number;
  readonly seconds: number;
}

@Injectable()
export class RecentUsageRepository {
  constructor(private readonly sql: Sql) {}

  /** Two minutes of a few channels, sixteen slots each: one range of the key a channel. Channels that sent nothing too. */
  async of(channelIds: readonly string[]): Promise<ReadonlyMap<string, RecentUsage>> {
    const rows = await this.sql.query<{ id: string } & RecentUsage>(
      {
        name: 'usage-recent',
        text: `
          SELECT c.id, (
                   SELECT coalesce(sum(u.sends), 0)::int FROM channel_usage u
                   WHERE u.channel_id = c.id AND u.minute >= date_trunc('minute', now()) - interval '1 minute'
                 ) AS sends,
                 extract(epoch FROM now() - date_trunc('minute', now()) + interval '1 minute')::float8 AS seconds
          FROM unnest($1::uuid[]) AS c (id)`,
      },
      [channelIds],
    );
    return new Map(rows.map(({ id, sends, seconds }) => [id, { sends, seconds }]));
  }
}
