import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../database/sql.js';
import { Outbox } from '../events/outbox.js';

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
         RETURNING breaker_opened_by AS "openedBy", breaker_opened_at AS "openedAt", breaker_opened_at = now() AS "isNew"`,
};
const CLOSE = {
  name: 'channel-breaker-close',
  text: `UPDATE channels
         SET version = version + 1, updated_at = now(), breaker_opened_by = NULL, breaker_opened_at = NULL
         WHERE workspace_id = $1 AND id = $2 AND breaker_opened_at IS NOT NULL RETURNING 1`,
};

const WHY = {
  open: 'Its provider kept failing; its breaker lets one message through after a while, to see.',
  closed: 'Its provider takes messages again.',
};

/**
 * Breakers that a person opened. They are rows, not only Redis state: what a person closed must not begin to send
 * again because something restarted or was wiped. Engines see it as a hold of the channel (see ChannelRows). Each change
 * tells an event in its transaction.
 */
@Injectable()
export class ChannelBreakerRepository {
  constructor(
    private readonly sql: Sql,
    private readonly outbox: Outbox,
  ) {}

  /** Null when there is no such channel. */
  async find(workspaceId: string, channelId: string): Promise<HandBreaker | null> {
    const [row] = await this.sql.query<HandBreaker>(FIND, [workspaceId, channelId]);
    return row ?? null;
  }

  /** Null when there is no such channel. */
  async open(workspaceId: string, channelId: string, by: string): Promise<HandBreaker | null> {
    return this.sql.transaction(async (tx) => {
      const [row] = await tx.query<HandBreaker & { isNew: boolean }>(OPEN, [workspaceId, channelId, by]);
      if (row === undefined) return null;
      const { isNew, ...breaker } = row;
      if (isNew) await this.tell(channelId, 'open', `${by} opened its breaker by hand.`, tx);
      return breaker;
    });
  }

  async close(workspaceId: string, channelId: string): Promise<void> {
    await this.sql.transaction(async (tx) => {
      const closed = await tx.query(CLOSE, [workspaceId, channelId]);
      if (closed.length > 0) await this.tell(channelId, 'closed', 'Its breaker was closed by hand.', tx);
    });
  }

  /** Outside, an open breaker is a closed channel: nothing is sent over it. */
  async tell(
    channelId: string,
    breaker: 'open' | 'closed',
    reason = WHY[breaker],
    db: Queryable = this.sql,
  ): Promise<void> {
    const [channel] = await db.query<{ workspaceId: string; name: string }>(
      'SELECT workspace_id AS "workspaceId", name FROM channels WHERE id = $1',
      [channelId],
    );
    if (channel === undefined) return;
    const { workspaceId, name } = channel;
    const type = breaker === 'open' ? 'channel.closed' : 'channel.opened';
    await this.outbox.add(db, { workspaceId, type, payload: { channelId, name, code: 'breaker', reason } });
  }
}
