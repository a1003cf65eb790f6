import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../database/sql.js';
import type { Session } from './session-state.js';

/** A session as it is kept, with what says whether another sight is newer. */
export interface KeptSession {
  readonly session: Session | null;
  /** The provider's own time of the newest webhook. */
  readonly saidAtMs: number | null;
  /** Noted since the instant that was asked about. */
  readonly isNewer: boolean;
}

/** A session as its channel shows it. */
export interface ShownSession {
  readonly connection: Session['connection'];
  readonly since: Date;
  readonly needsPerson: boolean;
  readonly restarts: number;
  readonly restartAt: Date | null;
}

type Row = ShownSession & {
  readonly code: string | null;
  readonly reason: string | null;
  readonly refusals: number;
  readonly restartedAt: Date | null;
  readonly saidAt: Date | null;
  readonly isNewer: boolean;
};

const SHOWN = 'connection, since, needs_person AS "needsPerson", restarts, restart_at AS "restartAt"';
/**
 * The channel's row is locked and not the session's, which may not be there yet: what is noted and what holds the
 * channel are changed together, so that of two sights at once the hold is that of the later one.
 */
const LOCK = {
  name: 'session-lock',
  text: 'SELECT 1 FROM channels WHERE id = $1 FOR NO KEY UPDATE',
};
const READ = {
  name: 'session-read',
  text: `SELECT ${SHOWN}, code, reason, refusals, restarted_at AS "restartedAt", said_at AS "saidAt",
                coalesce(noted_at > $2::timestamptz, false) AS "isNewer"
         FROM channel_sessions WHERE channel_id = $1`,
};
const FIND = { name: 'session-find', text: `SELECT ${SHOWN} FROM channel_sessions WHERE channel_id = $1` };
const NOTE = {
  name: 'session-note',
  text: `
    INSERT INTO channel_sessions AS known
      (channel_id, workspace_id, connection, since, needs_person, code, reason, refusals, restarts, restart_at,
       restarted_at, said_at, noted_at)
    SELECT id, workspace_id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, clock_timestamp() FROM channels WHERE id = $1
    ON CONFLICT (channel_id) DO UPDATE
    SET connection = EXCLUDED.connection, since = EXCLUDED.since, needs_person = EXCLUDED.needs_person,
        code = EXCLUDED.code, reason = EXCLUDED.reason, refusals = EXCLUDED.refusals, restarts = EXCLUDED.restarts,
        restart_at = EXCLUDED.restart_at, restarted_at = EXCLUDED.restarted_at,
        said_at = coalesce(EXCLUDED.said_at, known.said_at), noted_at = EXCLUDED.noted_at`,
};

@Injectable()
export class SessionRepository {
  constructor(private readonly sql: Sql) {}

  /** Null when there is no such channel. `since`: an instant as the database wrote it, to be compared with. */
  async lock(tx: Queryable, channelId: string, since: string | null): Promise<KeptSession | null> {
    if ((await tx.query(LOCK, [channelId])).length === 0) return null;
    const [row] = await tx.query<Row>(READ, [channelId, since]);
    if (row === undefined) return { session: null, saidAtMs: null, isNewer: false };
    return {
      session: {
        connection: row.connection,
        sinceMs: row.since.getTime(),
        needsPerson: row.needsPerson,
        code: row.code,
        reason: row.reason,
        refusals: row.refusals,
        restarts: row.restarts,
        restartAtMs: row.restartAt?.getTime() ?? null,
        restartedAtMs: row.restartedAt?.getTime() ?? null,
      },
      saidAtMs: row.saidAt?.getTime() ?? null,
      isNewer: row.isNewer,
    };
  }

  async note(tx: Queryable, channelId: string, session: Session, saidAtMs: number | null): Promise<void> {
    await tx.query(NOTE, [
      channelId,
      session.connection,
      new Date(session.sinceMs),
      session.needsPerson,
      session.code,
      session.reason,
      session.refusals,
      session.restarts,
      dateOf(session.restartAtMs),
      dateOf(session.restartedAtMs),
      dateOf(saidAtMs),
    ]);
  }

  /** Null where none was ever seen. */
  async find(channelId: string): Promise<ShownSession | null> {
    return (await this.sql.query<ShownSession>(FIND, [channelId]))[0] ?? null;
  }
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}
