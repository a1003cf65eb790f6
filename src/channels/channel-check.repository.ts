import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../database/sql.js';

/** What is looked at beside the sends. */
export type CheckedThing = 'session' | 'templates' | 'standing';

/** A look that is this process's to take. Instants are the database's, with its microseconds. */
export interface DueCheck {
  readonly channelId: string;
  /** That came to nothing, in a row. */
  readonly failures: number;
  readonly takenAt: string;
  readonly leasedUntil: string;
}

/** What is known of the looks at one thing of a channel. */
export interface CheckRecord {
  readonly failures: number;
  readonly failedCode: string | null;
  readonly failedReason: string | null;
  /** When one came to an end last; null when none has. */
  readonly doneAt: Date | null;
}

export type CheckEnd =
  | { readonly kind: 'done' }
  /** There is nothing to look at with this provider. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly code: string; readonly reason: string };

const LEASE_MS = 60_000;

/**
 * Compared and set: of several processes that see the same row due, the first moves it on and the others find it moved.
 * A pass over all channels, which are tens; one whose settings were changed is due at once.
 */
const TAKE = {
  name: 'channel-check-take',
  text: `
    INSERT INTO channel_checks AS known (channel_id, what, due_at, settings_md5)
    SELECT c.id, $1, now() + make_interval(secs => $3::float8 / 1000), md5(c.sealed_settings)
    FROM channels c LEFT JOIN channel_checks k ON k.channel_id = c.id AND k.what = $1
    WHERE k.channel_id IS NULL OR k.due_at <= now() OR k.settings_md5 <> md5(c.sealed_settings)
    ORDER BY k.due_at NULLS FIRST, c.id LIMIT $2
    ON CONFLICT (channel_id, what) DO UPDATE
    SET due_at = EXCLUDED.due_at, settings_md5 = EXCLUDED.settings_md5
    WHERE known.due_at <= now() OR known.settings_md5 <> EXCLUDED.settings_md5
    RETURNING channel_id AS "channelId", failures, now()::text AS "takenAt", due_at::text AS "leasedUntil"`,
};
/**
 * Who wanted it sooner meanwhile has moved due_at, and is not overruled. A look that a person asked for may be the first.
 */
const SETTLE = {
  name: 'channel-check-settle',
  text: `
    INSERT INTO channel_checks AS known
      (channel_id, what, due_at, settings_md5, failures, failed_code, failed_reason, done_at)
    SELECT id, $2, now() + make_interval(secs => $4::float8 / 1000), md5(sealed_settings),
           ($5 = 'failed')::int, $6, $7, CASE WHEN $5 = 'done' THEN now() END
    FROM channels WHERE id = $1
    ON CONFLICT (channel_id, what) DO UPDATE
    SET due_at = CASE WHEN $3::timestamptz IS NULL OR known.due_at = $3 THEN EXCLUDED.due_at ELSE known.due_at END,
        failures = CASE WHEN $5 = 'failed' THEN known.failures + 1 ELSE 0 END,
        failed_code = EXCLUDED.failed_code, failed_reason = EXCLUDED.failed_reason,
        done_at = coalesce(EXCLUDED.done_at, known.done_at)`,
};
const HASTEN = {
  name: 'channel-check-hasten',
  text: `UPDATE channel_checks SET due_at = now() WHERE channel_id = $1 AND what = $2 AND due_at > now()`,
};
const FIND = {
  name: 'channel-check-find',
  text: `SELECT failures, failed_code AS "failedCode", failed_reason AS "failedReason", done_at AS "doneAt"
         FROM channel_checks WHERE channel_id = $1 AND what = $2`,
};

/** Which channel is looked at when, over all workers and without a leader. */
@Injectable()
export class ChannelCheckRepository {
  constructor(private readonly sql: Sql) {}

  /** Those that are due, each to one caller; one that says nothing more of it is due again after a minute. */
  take(what: CheckedThing, most: number): Promise<DueCheck[]> {
    return this.sql.query<DueCheck>(TAKE, [what, most, LEASE_MS]);
  }

  /** `leasedUntil` null: nobody took it, a person asked. */
  async settle(
    what: CheckedThing,
    { channelId, leasedUntil }: { readonly channelId: string; readonly leasedUntil: string | null },
    end: CheckEnd,
    nextMs: number,
  ): Promise<void> {
    const failed = end.kind === 'failed' ? end : null;
    await this.sql.query(SETTLE, [
      channelId,
      what,
      leasedUntil,
      nextMs,
      end.kind,
      failed?.code ?? null,
      failed?.reason ?? null,
    ]);
  }

  /** Something was heard of it: it is looked at with the next tick. */
  async hasten(channelId: string, what: CheckedThing, db: Queryable = this.sql): Promise<void> {
    await db.query(HASTEN, [channelId, what]);
  }

  async find(channelId: string, what: CheckedThing): Promise<CheckRecord | null> {
    return (await this.sql.query<CheckRecord>(FIND, [channelId, what]))[0] ?? null;
  }
}
