import { COUNTED_STATES, type CountedState } from './message-state.js';

const FAILURES: readonly CountedState[] = ['failed', 'unknown', 'unconfirmed'];

/** Of a dispatch, all that failed or is unknown, by the counters. */
export function failuresCounted(dispatch: string): string {
  const sum = COUNTED_STATES.filter((state) => FAILURES.includes(state))
    .map((state) => `k.${state}`)
    .join(' + ');
  return `(SELECT coalesce(sum(${sum}), 0)::int FROM dispatch_counters k WHERE k.dispatch_id = ${dispatch})`;
}

/**
 * From `watch` (the locked row) and `fresh` (seen, and failures: the numbers of those that failed among the outcomes that
 * are new, counted from 1) to `judged`. The limit is crossed where one failure more than may be lies among so many
 * outcomes that follow each other; that is looked at for each new one, wherever in its group it stands.
 */
export const JUDGED = `
    joined AS MATERIALIZED (
      SELECT w.*, w.seen + f.seen AS now_seen, cardinality(f.failures) AS new_failures,
             w.failures || ARRAY(SELECT w.seen + n FROM unnest(f.failures) AS n ORDER BY n) AS all_failures
      FROM watch w, fresh f
    ),
    judged AS MATERIALIZED (
      SELECT j.*, j.crossed_at IS NULL AND EXISTS (
        SELECT FROM generate_series(
          greatest(cardinality(j.failures), j.most_failures) + 1, cardinality(j.all_failures)
        ) AS i
        WHERE j.all_failures[i] - j.all_failures[i - j.most_failures] < j.outcomes
      ) AS is_crossed
      FROM joined j
    ),
    noted AS (
      UPDATE failure_watches w
      SET seen = j.now_seen, counted = w.counted + j.new_failures,
          failures = j.all_failures[greatest(1, cardinality(j.all_failures) - j.most_failures + 1):],
          crossed_at = CASE WHEN j.is_crossed THEN clock_timestamp() ELSE j.crossed_at END
      FROM judged j WHERE w.dispatch_id = j.dispatch_id
      RETURNING 1
    ),
    shut AS (
      UPDATE dispatch_gates g
      SET open = false, epoch = g.epoch + 1, changed_by = 'Caudal', reason = 'failure_rate', changed_at = clock_timestamp()
      FROM judged j WHERE j.is_crossed AND g.dispatch_id = j.dispatch_id AND g.open
      RETURNING 1
    )`;

/** Locks the row of one dispatch; what was there before is read again after the wait. */
export const WATCH = `
    watch AS MATERIALIZED (
      SELECT * FROM failure_watches WHERE dispatch_id = $1 AND EXISTS (SELECT FROM fresh WHERE seen > 0) FOR UPDATE
    )`;

/**
 * Part of a settle, between what it moves and what it counts: message, watch, gate, counters is the order in which these
 * are locked. A barrier holds the gate and may want counters; had this the counters before the gate, they would wait for
 * each other. AFTER_WATCH, read by what comes behind, makes it so.
 */
export const WATCH_OUTCOMES = `
    fresh AS MATERIALIZED (
      SELECT count(*) AS seen, coalesce(array_agg(nth ORDER BY nth) FILTER (WHERE failed), '{}') AS failures
      FROM (
        SELECT row_number() OVER (ORDER BY seq) AS nth, after <> 'accepted' AS failed
        FROM moved WHERE before = 'inflight' AND after IN ('accepted', 'failed', 'unknown')
      ) AS outcome
    ),${WATCH},${JUDGED},`;

export const AFTER_WATCH = ', (SELECT count(*) FROM noted) AS looked, (SELECT count(*) FROM shut) AS closed';

/** The same where every outcome is an acceptance: nothing can be crossed. */
export const WATCH_ACCEPTED = `
    noted AS (
      UPDATE failure_watches SET seen = seen + (SELECT moved FROM tally)
      WHERE dispatch_id = $1 AND (SELECT moved FROM tally) > 0
      RETURNING 1
    ),`;

export const AFTER_ACCEPTED = ', (SELECT count(*) FROM noted) AS looked';
