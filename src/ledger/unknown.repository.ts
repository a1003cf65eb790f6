import { Injectable, Optional } from '@nestjs/common';
import { Sql, type Statement } from '../database/sql.js';
import { EventInterest } from '../events/event-interest.js';
import { NEWS_COLUMNS, TELL_NEWS } from '../events/message-news.js';
import { COUNTER_COLUMNS, COUNTER_DELTAS, countersAdded } from './counter-columns.js';
import { COUNTER_SLOTS } from './dispatch.js';
import { movesAsSqlValues } from './message-state.js';
import type { LookedUp, OpenUnknown } from './unknown-evidence.js';

export interface AskingPace {
  /** Most messages of one channel that are asked for in any `perMs`, by all processes together. */
  readonly most: number;
  readonly perMs: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

/** Messages whose outcome is unknown: which to ask for, and what the answers come to. */
@Injectable()
export class UnknownRepository {
  constructor(
    private readonly sql: Sql,
    @Optional() private readonly interest?: EventInterest,
  ) {}

  /**
   * Channels with a message that is due to be asked for. From one channel to the next along the index, so it costs as
   * many probes as there are such channels and not as many as there are messages.
   */
  async channelsToAsk(): Promise<string[]> {
    const rows = await this.sql.query<{ id: string }>({
      name: 'unknown-channels',
      text: `
        WITH RECURSIVE channels AS (
          (SELECT channel_id FROM unknowns WHERE look_at <= now() ORDER BY channel_id LIMIT 1)
          UNION ALL
          SELECT (
            SELECT u.channel_id FROM unknowns u
            WHERE u.channel_id > c.channel_id AND u.look_at <= now() ORDER BY u.channel_id LIMIT 1
          ) FROM channels c WHERE c.channel_id IS NOT NULL
        )
        SELECT channel_id AS id FROM channels WHERE channel_id IS NOT NULL`,
    });
    return rows.map(({ id }) => id);
  }

  /**
   * Takes the next messages of a channel to ask for, each not again before its wait, which doubles. The lock makes the
   * pace hold over all processes: who comes second counts what the first took. What has been settled since drops out
   * of the table here.
   */
  async take(channelId: string, pace: AskingPace): Promise<OpenUnknown[]> {
    return this.sql.transaction(async (tx) => {
      const [lock] = await tx.query<{ is_mine: boolean }>(
        `SELECT pg_try_advisory_xact_lock(hashtextextended('unknowns ' || $1, 0)) AS is_mine`,
        [channelId],
      );
      if (!lock!.is_mine) return [];
      return tx.query<OpenUnknown>(TAKE, [
        channelId,
        pace.most,
        pace.perMs,
        pace.firstWaitMs,
        pace.longestWaitMs,
      ]);
    });
  }

  /** Messages of a channel that are unknown now, up to MOST_COUNTED, and since when the oldest is. */
  async ofChannel(channelId: string): Promise<{ messages: number; since: Date | null }> {
    const [row] = await this.sql.query<{ messages: number; since: Date | null }>(OF_CHANNEL, [channelId]);
    return row!;
  }

  /** The driver of this channel cannot be asked. */
  async stopAsking(channelId: string): Promise<void> {
    await this.sql.query('UPDATE unknowns SET look_at = NULL WHERE channel_id = $1 AND look_at IS NOT NULL', [
      channelId,
    ]);
  }

  /**
   * Moves messages as the state table allows from unknown and unconfirmed alone: a webhook that came first has carried
   * its message further, and wins. Rows are locked in the order of their keys and counters after them, as everywhere.
   * Returns how many moved.
   */
  async apply(answers: readonly LookedUp[]): Promise<number> {
    if (answers.length === 0) return 0;
    const column = <T>(pick: (one: LookedUp) => T): T[] => answers.map(pick);
    const values = [
      column((one) => one.dispatchId),
      column((one) => one.seq),
      column((one) => one.attempt),
      column((one) => one.channelId),
      column((one) => one.state),
      column((one) => one.at),
      column((one) => one.providerId),
      column((one) => one.code),
      column((one) => one.reason),
      Math.floor(Math.random() * COUNTER_SLOTS),
    ];
    // In a transaction, because that is run again where Postgres ends it to resolve a deadlock.
    return this.sql.transaction(async (tx) => {
      const statement = this.interest?.inMessages() === true ? APPLY_AND_TELL : APPLY;
      const [row] = await tx.query<{ moved: number }>(statement, values);
      return row!.moved;
    });
  }
}

/** A figure for people: past this, more says no more. */
export const MOST_COUNTED = 10_000;

/** Each by its key, because it may have been settled meanwhile. */
const OF_CHANNEL = {
  name: 'unknown-of-channel',
  text: `
    SELECT count(*)::int AS messages, min(since) AS since FROM (
      SELECT u.since FROM unknowns u
      CROSS JOIN LATERAL (
        SELECT 1 FROM messages
        WHERE dispatch_id = u.dispatch_id AND seq = u.seq AND attempt = u.attempt AND state = 'unknown' OFFSET 0
      ) AS m
      WHERE u.channel_id = $1
      ORDER BY u.since LIMIT ${MOST_COUNTED}
    ) AS open`,
};

/** Longer than a call, its lease, and the difference of two clocks together. */
const AROUND = "interval '10 minutes'";

const TAKE = {
  name: 'unknown-take',
  text: `
    WITH room AS MATERIALIZED (
      SELECT greatest(0, $2::int - count(*))::int AS n FROM unknowns
      WHERE channel_id = $1 AND looked_at > now() - $3::float8 * interval '1 ms'
    ),
    due AS MATERIALIZED (
      SELECT dispatch_id, seq, attempt FROM unknowns
      WHERE channel_id = $1 AND look_at <= now()
      ORDER BY look_at LIMIT (SELECT n FROM room)
      FOR UPDATE SKIP LOCKED
    ),
    known AS MATERIALIZED (
      SELECT d.dispatch_id, d.seq, d.attempt, m.workspace_id, m.recipient, m.inflight_at
      FROM due d LEFT JOIN LATERAL (
        SELECT workspace_id, recipient, inflight_at FROM messages
        WHERE dispatch_id = d.dispatch_id AND seq = d.seq AND attempt = d.attempt AND state = 'unknown' OFFSET 0
      ) AS m ON true
    ),
    -- Through arrays, which the planner takes to be short: each row by its key, however many it expects.
    settled AS (
      DELETE FROM unknowns u
      USING unnest(
        ARRAY(SELECT dispatch_id FROM known WHERE recipient IS NULL), ARRAY(SELECT seq FROM known WHERE recipient IS NULL)
      ) AS k (dispatch_id, seq)
      WHERE u.dispatch_id = k.dispatch_id AND u.seq = k.seq
    ),
    asked AS (
      UPDATE unknowns u
      SET looks = least(u.looks + 1, 1000), looked_at = now(),
          look_at = now() + least($4::float8 * 2 ^ least(u.looks, 30), $5::float8) * interval '1 ms'
      FROM unnest(
        ARRAY(SELECT dispatch_id FROM known WHERE recipient IS NOT NULL),
        ARRAY(SELECT seq FROM known WHERE recipient IS NOT NULL)
      ) AS k (dispatch_id, seq)
      WHERE u.dispatch_id = k.dispatch_id AND u.seq = k.seq
      RETURNING u.dispatch_id, u.seq, u.since
    )
    SELECT k.dispatch_id AS "dispatchId", k.seq, k.attempt::int AS attempt, k.recipient,
           coalesce(k.inflight_at, a.since) AS "begunAt", a.since,
           -- By the person: some rows of the index, however many messages there are.
           NOT EXISTS (
             SELECT 1 FROM messages o
             WHERE o.workspace_id = k.workspace_id AND o.recipient = k.recipient AND o.channel_id = $1
               AND (o.dispatch_id, o.seq) <> (k.dispatch_id, k.seq)
               AND o.inflight_at > coalesce(k.inflight_at, a.since) - ${AROUND}
               AND o.inflight_at < a.since + ${AROUND}
           ) AS "isAlone"
    FROM asked a JOIN known k ON k.dispatch_id = a.dispatch_id AND k.seq = a.seq`,
};

const ALLOWED = movesAsSqlValues(['accept', 'reportSent', 'reportDelivered', 'reportRead', 'reportFailed']);

const NEWS = `,
    news (${NEWS_COLUMNS}) AS (
      SELECT workspace_id, dispatch_id, seq, 1, 'message.' || after, recipient, channel_id, at, code, reason, provider_id
      FROM moved
    ),
    ${TELL_NEWS}`;

const apply = (name: string, news: string): Statement => ({
  name,
  text: `
    WITH answer AS MATERIALIZED (
      SELECT * FROM unnest(
        $1::bigint[], $2::int[], $3::int[], $4::uuid[], $5::message_state[], $6::timestamptz[], $7::text[], $8::text[], $9::text[]
      ) AS a (dispatch_id, seq, attempt, channel_id, state, at, provider_id, code, reason)
    ),
    prior AS MATERIALIZED (
      SELECT m.dispatch_id, m.seq, m.state, m.resent_in
      FROM answer a JOIN messages m ON m.dispatch_id = a.dispatch_id AND m.seq = a.seq
      WHERE m.attempt = a.attempt AND m.state IN ('unknown', 'unconfirmed') AND (m.state, a.state) IN (VALUES ${ALLOWED})
      ORDER BY m.dispatch_id, m.seq
      FOR NO KEY UPDATE OF m
    ),
    moved AS (
      UPDATE messages m
      SET state = a.state,
          accepted_at = CASE WHEN a.state = 'failed' THEN m.accepted_at ELSE coalesce(m.accepted_at, a.at) END,
          sent_at = CASE WHEN a.state = 'sent' THEN a.at ELSE m.sent_at END,
          delivered_at = CASE WHEN a.state = 'delivered' THEN a.at ELSE m.delivered_at END,
          read_at = CASE WHEN a.state = 'read' THEN a.at ELSE m.read_at END,
          failed_at = CASE WHEN a.state = 'failed' THEN a.at ELSE m.failed_at END,
          last_code = a.code
      FROM answer a JOIN prior p ON p.dispatch_id = a.dispatch_id AND p.seq = a.seq
      WHERE m.dispatch_id = a.dispatch_id AND m.seq = a.seq
      RETURNING m.workspace_id, m.dispatch_id, m.seq, m.attempt, p.resent_in, p.state AS before, m.state AS after,
                a.channel_id, a.provider_id, a.code, a.reason, a.at, m.recipient
    ),
    refs AS (
      INSERT INTO provider_refs (channel_id, provider_id, workspace_id, dispatch_id, seq, attempt)
      SELECT channel_id, provider_id, workspace_id, dispatch_id, seq, attempt FROM moved WHERE provider_id IS NOT NULL
      ON CONFLICT DO NOTHING
    ),
    trail AS (
      INSERT INTO attempts (workspace_id, dispatch_id, seq, attempt, source, outcome, code, reason)
      SELECT workspace_id, dispatch_id, seq, attempt, 'look-up', 'failed', coalesce(code, 'failed'),
             coalesce(reason, 'The provider says that it failed.')
      FROM moved WHERE after = 'failed'
    ),
    forgotten AS (
      DELETE FROM unknowns u
      USING unnest(ARRAY(SELECT dispatch_id FROM moved), ARRAY(SELECT seq FROM moved)) AS m (dispatch_id, seq)
      WHERE u.dispatch_id = m.dispatch_id AND u.seq = m.seq
    ),
    counted AS (
      INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, ${COUNTER_COLUMNS})
      SELECT workspace_id, dispatch_id, $10, ${COUNTER_DELTAS} FROM moved GROUP BY workspace_id, dispatch_id ORDER BY dispatch_id
      ON CONFLICT (dispatch_id, slot) DO UPDATE SET ${countersAdded('dispatch_counters')}
    ),
    resent AS (
      INSERT INTO resent_counters (workspace_id, dispatch_id, slot, ${COUNTER_COLUMNS})
      SELECT workspace_id, dispatch_id, $10, ${COUNTER_DELTAS} FROM moved WHERE resent_in IS NOT NULL
      GROUP BY workspace_id, dispatch_id ORDER BY dispatch_id
      ON CONFLICT (dispatch_id, slot) DO UPDATE SET ${countersAdded('resent_counters')}
    )${news}
    SELECT count(*)::int AS moved FROM moved`,
});

const APPLY = apply('unknown-apply', '');
const APPLY_AND_TELL = apply('unknown-apply-told', NEWS);
