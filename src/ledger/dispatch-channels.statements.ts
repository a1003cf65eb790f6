import type { Statement } from '../database/sql.js';

/** What a batch has left: as it was given back last, else all of it. */
const UNSENT = 'coalesce(unsent, last_seq - first_seq + 1)';

/** An arm for each state, so that each is read by its own partial index. */
function inStates(channel: string, states: readonly string[]): string {
  return states.map((state) => `(dispatch_id = $1 AND ${channel} AND state = '${state}')`).join(' OR ');
}

/**
 * $1 dispatch, $2 channel. One statement for both states: between two, a batch could be leased or given back and be seen
 * by neither. A barrier has its batch's row locked until it commits, so this waits for those that are inside, and whoever
 * comes later finds the batch shut. The lease stays what it is: open calls are settled, and its end parks the batch.
 */
export const PARK: Statement = {
  name: 'dispatch-channel-park',
  text: `
    UPDATE batches
    SET state = CASE state WHEN 'ready' THEN 'parked' ELSE state END,
        after_lease = CASE state WHEN 'leased' THEN 'parked' END
    WHERE ${inStates('channel_id = $2', ['ready', 'leased'])}`,
};

/**
 * $1 dispatch, $2 channel. A batch that is still leased is not given back to that lease: the worker may have lost its
 * barrier already, and ends it in a moment.
 */
export const UNPARK: Statement = {
  name: 'dispatch-channel-unpark',
  text: `
    UPDATE batches
    SET state = CASE state WHEN 'parked' THEN 'ready' ELSE state END,
        after_lease = CASE state WHEN 'leased' THEN 'ready' END
    WHERE (dispatch_id = $1 AND channel_id = $2 AND state = 'parked')
       OR (dispatch_id = $1 AND channel_id = $2 AND state = 'leased' AND after_lease = 'parked')`,
};

const UNDONE_ON = inStates('channel_id = ANY($2::uuid[])', ['ready', 'leased', 'parked']);

/**
 * $1 dispatch, $2 channels to leave, $3 channels to go to, $4 the part of the batches at which each but the first of
 * them begins. What nobody has leased goes at once, with a new fence; a leased batch changes its channel now and its
 * lease ends with what is open, so that the worker of the old channel passes no barrier with it any more.
 */
export const REASSIGN: Statement = {
  name: 'dispatch-channel-reassign',
  text: `
    WITH paused AS MATERIALIZED (SELECT paused_channels AS channels FROM dispatches WHERE id = $1),
    numbered AS MATERIALIZED (
      SELECT batch_no, (row_number() OVER (ORDER BY batch_no) - 0.5)::float8 / count(*) OVER () AS part
      FROM batches WHERE ${UNDONE_ON}
    ),
    aimed AS MATERIALIZED (
      SELECT batch_no, ($3::uuid[])[1 + width_bucket(part, $4::float8[])] AS channel_id FROM numbered
    ),
    going AS MATERIALIZED (
      SELECT a.*, CASE WHEN p.channels ? a.channel_id::text THEN 'parked' ELSE 'ready' END AS becomes
      FROM aimed a, paused p
    ),
    moved AS (
      UPDATE batches b
      SET channel_id = g.channel_id,
          state = CASE b.state WHEN 'leased' THEN 'leased' ELSE g.becomes END,
          after_lease = CASE b.state WHEN 'leased' THEN g.becomes END,
          fence = CASE b.state WHEN 'leased' THEN b.fence ELSE b.fence + 1 END,
          not_before = NULL
      FROM going g
      WHERE b.dispatch_id = $1 AND b.batch_no = g.batch_no AND b.channel_id = ANY($2::uuid[])
        AND b.state IN ('ready', 'leased', 'parked')
      RETURNING ${UNSENT.replaceAll(/unsent|last_seq|first_seq/g, 'b.$&')} AS n
    )
    SELECT coalesce(sum(n), 0)::int AS messages FROM moved`,
};

/** $1 dispatch, $2 channels. */
export const BOUND: Statement = {
  name: 'dispatch-channel-bound',
  text: `SELECT coalesce(sum(${UNSENT}), 0)::int AS messages FROM batches WHERE (${UNDONE_ON}) AND NOT movable`,
};

/** $1 dispatch, $2 channel. In flight are rows of leased batches alone, whose channel may be another by now. */
export const IN_FLIGHT: Statement = {
  name: 'dispatch-channel-in-flight',
  text: `
    SELECT coalesce(sum((
      SELECT count(*) FROM messages m
      WHERE m.dispatch_id = b.dispatch_id AND m.seq BETWEEN b.first_seq AND b.last_seq AND m.state = 'inflight'
        AND m.channel_id = $2
    )), 0)::int AS messages
    FROM batches b WHERE b.dispatch_id = $1 AND b.state = 'leased'`,
};
