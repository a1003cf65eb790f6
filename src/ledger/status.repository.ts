import { Injectable, Optional } from '@nestjs/common';
import type { Queryable, Statement } from '../database/sql.js';
import { EventInterest } from '../events/event-interest.js';
import { NEWS_COLUMNS, TELL_NEWS } from '../events/message-news.js';
import { COUNTER_COLUMNS, COUNTER_DELTAS, countersAdded } from './counter-columns.js';
import { COUNTER_SLOTS } from './dispatch.js';
import { EVENT_OF_STATUS, movesAsSqlValues, type DeliveryStatus } from './message-state.js';

/** The furthest status of one message among the webhooks that are applied together. */
export interface StatusEvidence {
  readonly dispatchId: string;
  readonly seq: number;
  readonly attempt: number;
  /** The channel that the webhook's secret proved; a message of another channel is left alone. */
  readonly channelId: string;
  readonly status: DeliveryStatus;
  readonly at: Readonly<Record<DeliveryStatus, Date | null>>;
  /** For `failed`: the provider's code and a sentence for people. */
  readonly code: string | null;
  readonly reason: string | null;
}

@Injectable()
export class StatusRepository {
  constructor(@Optional() private readonly interest?: EventInterest) {}

  /**
   * Applies statuses, each message once, inside the transaction that takes the webhooks off the backlog. Moves only
   * as the state table allows, so order and repetition do not matter; times are filled where they were empty. Rows are
   * locked in key order, counters after them, like everywhere else: no two of these deadlock with each other.
   * Returns the (channel, dispatch, seq) that exist for the proven channel, moved or not; the caller knows the rest as
   * orphans. Where anybody subscribed to events of messages, these are written too, by a longer twin of the statement.
   */
  async apply(
    tx: Queryable,
    evidence: readonly StatusEvidence[],
  ): Promise<{ dispatchId: string; seq: number; channelId: string }[]> {
    const column = <T>(pick: (one: StatusEvidence) => T): T[] => evidence.map(pick);
    const statement = this.interest?.inMessages() === true ? APPLY_AND_TELL : APPLY;
    return tx.query<{ dispatchId: string; seq: number; channelId: string }>(statement, [
      column((one) => one.dispatchId),
      column((one) => one.seq),
      column((one) => one.attempt),
      column((one) => one.channelId),
      column((one) => one.status),
      column((one) => one.at.sent),
      column((one) => one.at.delivered),
      column((one) => one.at.read),
      column((one) => one.at.failed),
      column((one) => one.code),
      column((one) => one.reason),
      Math.floor(Math.random() * COUNTER_SLOTS),
    ]);
  }
}

const ALLOWED = movesAsSqlValues(Object.values(EVENT_OF_STATUS));

/** A message is told of each step that is new of it, however many came at once; of a failure, when it became one. */
const TELL = {
  priorColumns: ', m.accepted_at, m.sent_at, m.delivered_at, m.read_at',
  movedColumns: `, m.recipient, m.channel_id, m.accepted_at, m.sent_at, m.delivered_at, m.read_at, m.failed_at,
                p.accepted_at AS accepted_before, p.sent_at AS sent_before, p.delivered_at AS delivered_before,
                p.read_at AS read_before`,
  news: `,
    news (${NEWS_COLUMNS}) AS (
      SELECT v.workspace_id, v.dispatch_id, v.seq, s.rank, 'message.' || s.word, v.recipient, v.channel_id, s.at,
             CASE s.word WHEN 'failed' THEN v.code END, CASE s.word WHEN 'failed' THEN v.reason END, NULL
      FROM moved v CROSS JOIN LATERAL (VALUES
        (1, 'accepted', v.accepted_before, v.accepted_at),
        (2, 'sent', v.sent_before, v.sent_at),
        (3, 'delivered', v.delivered_before, v.delivered_at),
        (4, 'read', v.read_before, v.read_at),
        (5, 'failed', NULL, CASE WHEN v.after = 'failed' AND v.before <> 'failed' THEN v.failed_at END)
      ) AS s (rank, word, before, at)
      WHERE s.before IS NULL AND s.at IS NOT NULL
    ),
    ${TELL_NEWS}`,
};
const SILENT = { priorColumns: '', movedColumns: '', news: '' };

const apply = (name: string, extra: typeof TELL): Statement => ({
  name,
  text: `
    WITH evidence AS MATERIALIZED (
      SELECT * FROM unnest(
        $1::bigint[], $2::int[], $3::int[], $4::uuid[], $5::message_state[],
        $6::timestamptz[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::text[], $11::text[]
      ) AS e (dispatch_id, seq, attempt, channel_id, state, sent_at, delivered_at, read_at, failed_at, code, reason)
    ),
    prior AS MATERIALIZED (
      SELECT m.dispatch_id, m.seq, m.channel_id, m.state, m.attempt, m.resent_in${extra.priorColumns}
      FROM evidence e JOIN messages m ON m.dispatch_id = e.dispatch_id AND m.seq = e.seq
      WHERE m.channel_id = e.channel_id AND m.attempt >= e.attempt
      ORDER BY m.dispatch_id, m.seq
      FOR NO KEY UPDATE OF m
    ),
    moved AS (
      UPDATE messages m
      SET state = CASE WHEN allowed.after IS NULL THEN m.state ELSE e.state END,
          -- A status that overtakes the settle is also the proof of acceptance.
          accepted_at = coalesce(m.accepted_at, least(e.sent_at, e.delivered_at, e.read_at, e.failed_at)),
          sent_at = coalesce(m.sent_at, e.sent_at),
          delivered_at = coalesce(m.delivered_at, e.delivered_at),
          read_at = coalesce(m.read_at, e.read_at),
          failed_at = CASE WHEN e.state = 'failed' AND allowed.after IS NOT NULL THEN e.failed_at ELSE m.failed_at END,
          last_code = CASE WHEN allowed.after IS NULL THEN m.last_code WHEN e.state = 'failed' THEN e.code END
      FROM evidence e
      -- By channel too: evidence of another channel for the same message may stand beside it in one call.
      JOIN prior p ON p.dispatch_id = e.dispatch_id AND p.seq = e.seq AND p.channel_id = e.channel_id
      LEFT JOIN (VALUES ${ALLOWED}) AS allowed (before, after) ON allowed.before = p.state AND allowed.after = e.state
        -- Having arrived is true of the message; having failed only of the attempt that did.
        AND (e.state <> 'failed' OR e.attempt = p.attempt)
      WHERE m.dispatch_id = e.dispatch_id AND m.seq = e.seq
        AND (allowed.after IS NOT NULL
          OR (m.sent_at IS NULL AND e.sent_at IS NOT NULL)
          OR (m.delivered_at IS NULL AND e.delivered_at IS NOT NULL))
      RETURNING m.workspace_id, m.dispatch_id, m.seq, m.attempt, p.resent_in, p.state AS before, m.state AS after, e.code,
                e.reason${extra.movedColumns}
    ),
    trail AS (
      INSERT INTO attempts (workspace_id, dispatch_id, seq, attempt, source, outcome, code, reason)
      SELECT workspace_id, dispatch_id, seq, attempt, 'webhook',
             CASE WHEN after = 'failed' THEN 'failed' ELSE 'contradicted' END,
             coalesce(code, 'delivered_after_failure'),
             coalesce(reason, 'The provider reported it delivered after it had reported a failure.')
      FROM moved
      WHERE (after = 'failed' AND before <> 'failed') OR (before = 'failed' AND after <> 'failed')
    ),
    -- Through arrays, which the planner takes to be short: of the thousands of unknowns, none but these is read.
    known AS (
      DELETE FROM unknowns u
      USING unnest(
        ARRAY(SELECT dispatch_id FROM moved WHERE before = 'unknown'), ARRAY(SELECT seq FROM moved WHERE before = 'unknown')
      ) AS m (dispatch_id, seq)
      WHERE u.dispatch_id = m.dispatch_id AND u.seq = m.seq
    ),
    deltas AS (
      SELECT workspace_id, dispatch_id, ${COUNTER_DELTAS} FROM moved
      WHERE before <> after GROUP BY workspace_id, dispatch_id
    ),
    counted AS (
      INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, ${COUNTER_COLUMNS})
      SELECT workspace_id, dispatch_id, $12, ${COUNTER_COLUMNS} FROM deltas ORDER BY dispatch_id
      ON CONFLICT (dispatch_id, slot) DO UPDATE SET ${countersAdded('dispatch_counters')}
    ),
    resent AS (
      INSERT INTO resent_counters (workspace_id, dispatch_id, slot, ${COUNTER_COLUMNS})
      SELECT workspace_id, dispatch_id, $12, ${COUNTER_DELTAS} FROM moved
      WHERE before <> after AND resent_in IS NOT NULL GROUP BY workspace_id, dispatch_id ORDER BY dispatch_id
      ON CONFLICT (dispatch_id, slot) DO UPDATE SET ${countersAdded('resent_counters')}
    )${extra.news}
    SELECT dispatch_id AS "dispatchId", seq, channel_id AS "channelId" FROM prior`,
});

const APPLY = apply('status-apply', SILENT);
const APPLY_AND_TELL = apply('status-apply-told', TELL);
