import { statesBefore } from './message-state.js';
import { TAKEN_STATES } from './resend.js';
import { recipientHash } from './suppression.repository.js';

export const [PENDING] = statesBefore('begin');
export const [INFLIGHT] = statesBefore('giveBack');

/** Suppressions since the oldest transaction that was open when a dispatch was made; usually there is none. */
const MOST_NEW = 100;

export const DURABLE = `durable AS MATERIALIZED (SELECT set_config('synchronous_commit', 'on', true))`;

export const GATE = `
    gate AS MATERIALIZED (
      SELECT 1 FROM dispatch_gates WHERE dispatch_id = $1 AND open AND EXISTS (SELECT FROM wanted) FOR SHARE
    )`;

const TAKEN = TAKEN_STATES.map((state) => `'${state}'`).join(', ');

/**
 * Whether the provider is known to have taken a message of this campaign that row m tries again. Never looked up for the
 * rows of a run. With the number, because a bulk request may name one recipient more than once.
 */
export const HAS_ARRIVED = `(
          SELECT 1 FROM messages o
          WHERE o.workspace_id = $7 AND o.recipient = m.recipient AND o.dispatch_id < m.dispatch_id
            AND o.resent_in IS NOT NULL AND coalesce(o.origin_seq, o.seq) = m.origin_seq AND o.state IN (${TAKEN})
            AND (SELECT d.campaign_id FROM dispatches d WHERE d.id = o.dispatch_id)
              = (SELECT d.campaign_id FROM dispatches d WHERE d.id = $1)
          LIMIT 1
        ) IS NOT NULL`;

/** Of the batch, which is in its hours, whose lease and fence still hold, and whose channel was neither paused nor taken away. */
export const RENEWED = `
      UPDATE batches SET lease_until = now() + $4 * interval '1 ms'
      WHERE dispatch_id = $1 AND batch_no = $2 AND fence = $3 AND state = 'leased' AND after_lease IS NULL
        AND (closes_at IS NULL OR (opens_at <= now() AND closes_at > now()))
        AND EXISTS (SELECT FROM gate)`;

const USED = `
    used AS (
      INSERT INTO channel_usage (workspace_id, channel_id, minute, slot, sends)
      SELECT $7, held.channel_id, date_trunc('minute', clock_timestamp()), $6, outcome.begun
      FROM held, outcome WHERE outcome.begun > 0
      ON CONFLICT (channel_id, minute, slot) DO UPDATE SET sends = channel_usage.sends + EXCLUDED.sends
    )`;

/** The end of a barrier that skips some of its rows: what `moved` came to, counted, and the answer. */
export const JUDGED_OUTCOME = `    outcome AS MATERIALIZED (
      SELECT coalesce(array_agg(seq) FILTER (WHERE state = '${INFLIGHT}'), '{}') AS seqs,
             coalesce(array_agg(attempt::int) FILTER (WHERE state = '${INFLIGHT}'), '{}') AS attempts,
             (count(*) FILTER (WHERE state = '${INFLIGHT}'))::int AS begun,
             (count(*) FILTER (WHERE state = 'skipped'))::int AS skipped
      FROM moved
    ),
    counted AS (
      INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, skipped)
      SELECT $7, $1, $6, skipped FROM outcome WHERE skipped > 0
      ON CONFLICT (dispatch_id, slot) DO UPDATE SET skipped = dispatch_counters.skipped + EXCLUDED.skipped
    ),${USED}
    SELECT EXISTS (SELECT FROM gate) AS is_open, EXISTS (SELECT FROM held) AS is_held, seqs, attempts, skipped
    FROM outcome`;

/**
 * Rows are taken by their numbers as an array, in one walk along the key, as settle-clean does. A snapshot says exactly
 * which transactions the preparation saw, and costs nobody a lock; it means something only to the server that gave it,
 * so any start of Postgres, also one on a restored copy, leads to the long form. The newest suppressions are read in
 * the order of their index up to a bound, beyond which they count as changed: any other plan reads all of the workspace.
 */
export const SHORT_BARRIER = {
  name: 'barrier-short',
  text: `
    WITH ${DURABLE},
    wanted AS MATERIALIZED (
      SELECT d.seen_on = pg_postmaster_start_time() AND d.suppressions_seen IS NOT NULL AND (
        SELECT count(*) < ${MOST_NEW} AND coalesce(bool_and(pg_visible_in_snapshot(newest.txid, d.suppressions_seen)), true)
        FROM (
          SELECT s.txid FROM suppressions s
          WHERE s.workspace_id = $7 AND s.txid >= pg_snapshot_xmin(d.suppressions_seen)
          ORDER BY s.workspace_id DESC, s.txid DESC LIMIT ${MOST_NEW}
        ) AS newest
      ) AS is_unchanged
      FROM dispatches d, durable WHERE d.id = $1 AND NOT d.closing
    ),${GATE},
    held AS (${RENEWED} AND (SELECT is_unchanged FROM wanted)
      RETURNING channel_id
    ),
    moved AS (
      UPDATE messages m
      SET state = '${INFLIGHT}', channel_id = held.channel_id, attempt = m.attempt + 1, last_code = NULL,
          inflight_at = now()
      FROM held
      WHERE m.dispatch_id = $1 AND m.seq = ANY($5::int[]) AND m.state = '${PENDING}'
      RETURNING m.seq, m.attempt
    ),
    outcome AS MATERIALIZED (
      SELECT coalesce(array_agg(seq), '{}') AS seqs, coalesce(array_agg(attempt::int), '{}') AS attempts,
             count(*)::int AS begun
      FROM moved
    ),${USED}
    SELECT EXISTS (SELECT FROM gate) AS is_open, EXISTS (SELECT FROM held) AS is_held,
           (SELECT is_unchanged FROM wanted) AS is_unchanged, seqs, attempts, 0 AS skipped
    FROM outcome`,
};

/**
 * The suppression look-up is a scalar subquery with LIMIT on purpose: as EXISTS the planner may hash all suppressions of
 * the workspace for each barrier. The rows are moved by both columns of `judged`: compared with $1, a dispatch that was
 * prepared since the last ANALYZE counts as one row, and all of it is read and compared with each of the 200 (20,000
 * messages: 1.4 s a barrier).
 */
export const BARRIER = {
  name: 'barrier',
  text: `
    WITH ${DURABLE},
    wanted AS MATERIALIZED (SELECT 1 FROM dispatches, durable WHERE id = $1 AND NOT closing),${GATE},
    held AS (${RENEWED}
      RETURNING channel_id
    ),
    judged AS MATERIALIZED (
      SELECT m.dispatch_id, m.seq, CASE
        WHEN (
          SELECT 1 FROM suppressions s
          WHERE s.workspace_id = $7 AND s.recipient_hash = ${recipientHash('m.recipient', '$9')} AND s.category = ANY($8::text[])
          LIMIT 1
        ) IS NOT NULL THEN 'suppressed'
        WHEN m.resend_of IS NOT NULL AND ${HAS_ARRIVED} THEN 'arrived'
      END AS skip
      FROM messages m
      WHERE m.dispatch_id = $1 AND m.seq = ANY($5::int[]) AND m.state = '${PENDING}' AND EXISTS (SELECT FROM held)
    ),
    moved AS (
      UPDATE messages m
      SET state = CASE WHEN j.skip IS NULL THEN 'inflight' ELSE 'skipped' END::message_state,
          channel_id = (SELECT channel_id FROM held),
          attempt = m.attempt + CASE WHEN j.skip IS NULL THEN 1 ELSE 0 END,
          last_code = j.skip,
          inflight_at = CASE WHEN j.skip IS NULL THEN now() END
      FROM judged j
      WHERE m.dispatch_id = j.dispatch_id AND m.seq = j.seq AND m.state = '${PENDING}'
      RETURNING m.seq, m.attempt, m.state
    ),
${JUDGED_OUTCOME}`,
};
