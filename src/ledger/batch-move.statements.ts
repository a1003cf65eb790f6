import type { Statement } from '../database/sql.js';

/** Most batches that one statement moves: what it locks, a worker must do without for some milliseconds. */
const MOST_BATCHES = 2000;

/**
 * Between two levellings of a dispatch, by whichever process: what the first brought about must show before the next,
 * and processes that have watched the channels for longer or shorter may think differently of them.
 */
const LEVEL_EVERY_SECONDS = 30;

/** What a batch has left: as it was given back last, else all of it, those who were skipped at the start with it. */
const UNSENT = 'coalesce(unsent, last_seq - first_seq + 1)';

/** One sub-select a state, each by its own partial index: with both states in one, neither index would serve. */
const GROUPS = `
  SELECT open.id AS "dispatchId", open.workspace_id AS "workspaceId", open.campaign_id AS "campaignId",
         open.channel_ids AS "channelIds", open.weight, open.may_level AS "mayLevel", left_over.*
  FROM open
  CROSS JOIN LATERAL (
    SELECT channel_id AS "channelId", sticky_to AS "stickyTo", movable,
           coalesce(sum(n) FILTER (WHERE state = 'ready'), 0)::int AS ready,
           coalesce(sum(n) FILTER (WHERE state = 'leased') / 2, 0)::int AS leased
    FROM (
      SELECT channel_id, sticky_to, movable, state, ${UNSENT} AS n FROM batches
      WHERE dispatch_id = open.id AND state = 'ready' AND stage <= open.stage
      UNION ALL
      SELECT channel_id, sticky_to, movable, state, ${UNSENT} FROM batches
      WHERE dispatch_id = open.id AND state = 'leased'
    ) AS undone
    GROUP BY channel_id, sticky_to, movable
  ) AS left_over`;

/** Of the channels of a dispatch, those that a person has not paused for it: to a paused one nothing is moved. */
const POOL = `CASE WHEN d.paused_channels IS NULL THEN d.channel_ids
    ELSE ARRAY(SELECT id FROM unnest(d.channel_ids) AS id WHERE NOT d.paused_channels ? id::text) END`;

const OPEN = `
  SELECT d.id, d.workspace_id, d.campaign_id, ${POOL} AS channel_ids, d.weight, g.stage,
         coalesce(d.levelled_at < now() - interval '${LEVEL_EVERY_SECONDS} seconds', true) AS may_level
  FROM dispatches d
  JOIN dispatch_gates g ON g.dispatch_id = d.id AND g.open
  WHERE d.finished_at IS NULL AND NOT d.closing`;

export const GROUPS_OF_OPEN: Statement = {
  name: 'batch-groups',
  text: `
    WITH open AS MATERIALIZED (${OPEN})
    ${GROUPS}
    WHERE EXISTS (SELECT FROM open AS pool WHERE pool.channel_ids IS NOT NULL)`,
};

export const GROUPS_OF_ONE: Statement = {
  name: 'batch-groups-of-one',
  text: `WITH open AS MATERIALIZED (${OPEN} AND d.id = $1) ${GROUPS}`,
};

/** What waits for its stage stays where it is: from the end, it would be moved before what may be sent. */
const CHOSEN = `
  dispatch_id = $1 AND channel_id = $2 AND state = 'ready' AND movable
  AND stage <= (SELECT stage FROM dispatch_gates WHERE dispatch_id = $1)
  AND ($4 = 'any' OR ($4 = 'loose' AND sticky_to IS DISTINCT FROM channel_id) OR ($4 = 'home' AND sticky_to = $3))`;

/**
 * $1 dispatch, $2 from, $3 to, $4 which, $5 messages. From the end: the batches at the front are leased next. Chosen
 * first and locked then, by their keys, so that no more is locked than is moved; one that was leased in between is left
 * out. `not_before` was the other channel's to say: a batch that waits for a retry is put off again by the first turn.
 */
export const MOVE_BATCHES: Statement = {
  name: 'batch-move',
  text: `
    WITH last AS MATERIALIZED (
      SELECT batch_no, ${UNSENT} AS n FROM batches WHERE ${CHOSEN} ORDER BY batch_no DESC LIMIT ${MOST_BATCHES}
    ),
    chosen AS MATERIALIZED (
      SELECT batch_no FROM (SELECT batch_no, sum(n) OVER (ORDER BY batch_no DESC) AS running FROM last) AS added
      WHERE running <= $5::int
    ),
    locked AS MATERIALIZED (
      SELECT dispatch_id, batch_no FROM batches
      WHERE dispatch_id = $1 AND batch_no = ANY(ARRAY(SELECT batch_no FROM chosen)) AND channel_id = $2 AND state = 'ready'
      FOR UPDATE SKIP LOCKED
    ),
    moved AS (
      UPDATE batches b SET channel_id = $3, fence = b.fence + 1, not_before = NULL
      FROM locked l WHERE b.dispatch_id = l.dispatch_id AND b.batch_no = l.batch_no
      RETURNING ${UNSENT.replaceAll(/unsent|last_seq|first_seq/g, 'b.$&')} AS n
    )
    SELECT coalesce(sum(n), 0)::int AS messages FROM moved`,
};

/**
 * $1 dispatch, $2 from, $3 to, $4 which, $5 messages. The new batch takes the next number of the dispatch, under the
 * lock that preparation takes too and never waiting for it. Where the cut lies, the pending rows say: one range of the
 * key. A batch whose rest is no larger than the part is not cut.
 */
export const CUT_BATCH: Statement = {
  name: 'batch-cut',
  text: `
    WITH numbers AS MATERIALIZED (
      SELECT id, batch_count FROM dispatches WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED
    ),
    chosen AS MATERIALIZED (
      SELECT dispatch_id, batch_no, workspace_id, first_seq, last_seq, ${UNSENT} AS n, movable, sticky_to, opens_at, closes_at,
             zone, stage
      FROM batches
      WHERE ${CHOSEN} AND ${UNSENT} > $5::int AND EXISTS (SELECT FROM numbers)
      ORDER BY batch_no DESC LIMIT 1
      FOR UPDATE SKIP LOCKED
    ),
    cut AS MATERIALIZED (
      SELECT c.*, (
        SELECT m.seq FROM messages m
        WHERE m.dispatch_id = c.dispatch_id AND m.seq BETWEEN c.first_seq AND c.last_seq AND m.state = 'pending'
        ORDER BY m.seq DESC OFFSET $5::int - 1 LIMIT 1
      ) AS at
      FROM chosen c
    ),
    shortened AS (
      UPDATE batches b SET last_seq = cut.at - 1, unsent = cut.n - $5::int, fence = b.fence + 1
      FROM cut WHERE b.dispatch_id = cut.dispatch_id AND b.batch_no = cut.batch_no AND cut.at > cut.first_seq
      RETURNING 1
    ),
    added AS (
      INSERT INTO batches (dispatch_id, batch_no, workspace_id, channel_id, first_seq, last_seq, unsent, fence, movable,
                           sticky_to, opens_at, closes_at, zone, stage)
      SELECT cut.dispatch_id, numbers.batch_count + 1, cut.workspace_id, $3, cut.at, cut.last_seq, $5::int, 1, cut.movable,
             cut.sticky_to, cut.opens_at, cut.closes_at, cut.zone, cut.stage
      FROM cut, numbers WHERE cut.at > cut.first_seq
      RETURNING 1
    ),
    numbered AS (
      UPDATE dispatches d SET batch_count = d.batch_count + 1
      FROM added WHERE d.id = $1
    )
    SELECT count(*)::int * $5::int AS messages FROM added`,
};
