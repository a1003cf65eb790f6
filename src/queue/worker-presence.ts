import { Injectable } from '@nestjs/common';
import { Sql } from '../database/sql.js';
import { GONE_AFTER_MS } from './worker-identity.js';

export type Presence =
  | { readonly kind: 'alive' }
  /** Null when none has been here lately, or the last one left in order. */
  | { readonly kind: 'none'; readonly lastSeenAt: Date | null };

const LAST_SEEN = {
  name: 'worker-last-seen',
  text: `SELECT max(seen_at) AS "lastSeenAt",
                coalesce(max(seen_at) > now() - $1 * interval '1 ms', false) AS "isAlive"
         FROM workers WHERE 'worker' = ANY (roles)`,
};

/** Whether anybody is there who could send, by the heartbeats of the workers. */
@Injectable()
export class WorkerPresence {
  constructor(private readonly sql: Sql) {}

  async now(): Promise<Presence> {
    const [row] = await this.sql.query<{ lastSeenAt: Date | null; isAlive: boolean }>(LAST_SEEN, [
      GONE_AFTER_MS,
    ]);
    return row?.isAlive === true ? { kind: 'alive' } : { kind: 'none', lastSeenAt: row?.lastSeenAt ?? null };
  }
}
