import { Injectable } from '@nestjs/common';
import { Sql } from '../database/sql.js';

/** Who opened the breaker of a channel by hand, and when; both null while nobody did. */
export interface HandBreaker {
  readonly openedBy: string | null;
  readonly openedAt: Date | null;
}

const FIND = {
  name: 'channel-breaker-find',
  text: `SELECT breaker_opened_by AS "openedBy", breaker_opened_at AS "openedAt"
         FROM channels WHERE workspace_id = $1 AND id = $2`,
};
/** Opened twice, it stays with whoever was first; the version grows only when something changed. */
const OPEN = {
  name: 'channel-breaker-open',
  text: `UPDATE channels
         SET version = version + (breaker_opened_at IS NULL)::int, updated_at = now(),
             breaker_opened_by = coalesce(breaker_opened_by, $3), breaker_opened_at = coalesce(breaker_opened_at, now())
         WHERE workspace_id = $1 AND id = $2
         RETURNING breaker_opened_by AS "openedBy", breaker_opened_at AS "openedAt"`,
};
const CLOSE = {
  name: 'channel-breaker-close',
  text: `UPDATE channels
         SET version = version + 1, updated_at = now(), breaker_opened_by = NULL, breaker_opened_at = NULL
         WHERE workspace_id = $1 AND id = $2 AND breaker_opened_at IS NOT NULL`,
};

/**
 * Breakers that a person opened. They are rows, not only Redis state: what a person closed must not begin to send
 * again because something restarted or was wiped. Engines see it as a hold of the channel (see ChannelRows).
 */
@Injectable()
export class ChannelBreakerRepository {
  constructor(private readonly sql: Sql) {}

  /** Null when there is no such channel. */
  async find(workspaceId: string, channelId: string): Promise<HandBreaker | null> {
    const [row] = await this.sql.query<HandBreaker>(FIND, [workspaceId, channelId]);
    return row ?? null;
  }

  /** Null when there is no such channel. */
  async open(workspaceId: string, channelId: string, by: string): Promise<HandBreaker | null> {
    const [row] = await this.sql.query<HandBreaker>(OPEN, [workspaceId, channelId, by]);
    return row ?? null;
  }

  async close(workspaceId: string, channelId: string): Promise<void> {
    await this.sql.query(CLOSE, [workspaceId, channelId]);
  }
}
