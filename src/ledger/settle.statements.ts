import type { Statement } from '../database/sql.js';
import { NEWS_COLUMNS, TELL_NEWS } from '../events/message-news.js';
import { AFTER_ACCEPTED, AFTER_WATCH, WATCH_ACCEPTED, WATCH_OUTCOMES } from './failure-watch.statements.js';
import { movesAsSqlValues } from './message-state.js';

/** In each statement, before anything is written. */
const RELAXED = `relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))`;

/** How the provider's names of messages are kept. */
export type KeptIds = 'refs' | 'receipts';

/** Whether events of the messages are written. */
export type Telling = 'silent' | 'told';

/** Whether a limit of failures is held (FailureWatches): other statements, so that the others pay nothing for it. */
export type Watching = 'unwatched' | 'watched';

const SUFFIX: Readonly<Record<Telling | Watching, string>> = {
  silent: '',
  told: '-told',
  unwatched: '',
  watched: '-watched',
};

/**
 * By their numbers as an array, which the index takes as a whole: one walk along the key for all rows. FROM relaxed
 * makes it run first.
 */
const settleClean = (telling: Telling, keep: KeptIds, watching: Watching): Statement => ({
  name: `settle-clean-${keep}${SUFFIX[telling]}${SUFFIX[watching]}`,
  text: `
    WITH ${RELAXED},
    moved AS (
      UPDATE messages m
      SET state = 'accepted', not_before = NULL, last_code = NULL, accepted_at = now()
      FROM relaxed
      WHERE m.dispatch_id = $1 AND m.seq = ANY($4::int[]) AND m.attempt = 1 AND m.state = 'inflight'
      RETURNING m.seq${telling === 'told' ? ', m.recipient, m.channel_id' : ''}
    ),
    kept AS (${KEPT[keep]}),
    tally AS MATERIALIZED (SELECT count(*)::int AS moved FROM moved),${watching === 'watched' ? WATCH_ACCEPTED : ''}
    counted AS (
      INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, accepted)
      SELECT $2, $1, $3, moved FROM tally${watching === 'watched' ? AFTER_ACCEPTED : ''} WHERE moved > 0
      ON CONFLICT (dispatch_id, slot) DO UPDATE SET accepted = dispatch_counters.accepted + EXCLUDED.accepted
    )${telling === 'told' ? CLEAN_NEWS : ''}
    SELECT moved FROM tally`,
});

const KEPT: Readonly<Record<KeptIds, string>> = {
  refs: `INSERT INTO provider_refs (channel_id, provider_id, workspace_id, dispatch_id, seq, attempt)
     SELECT $6::uuid, o.provider_id, $2, $1, o.seq, 1
     FROM relaxed, unnest($4::int[], $5::text[]) AS o (seq, provider_id) WHERE o.provider_id IS NOT NULL`,
  receipts: `INSERT INTO receipts (workspace_id, dispatch_id, first_seq, seqs, provider_ids)
     SELECT $2, $1, ($4::int[])[1], $4::int[], $5::text[] FROM relaxed`,
};

const CLEAN_NEWS = `,
    news (${NEWS_COLUMNS}) AS (
      SELECT $2::uuid, $1::bigint, v.seq, 1, 'message.accepted', v.recipient, v.channel_id, now(), NULL, NULL, o.provider_id
      FROM moved v JOIN unnest($4::int[], $5::text[]) AS o (seq, provider_id) ON o.seq = v.seq
    ),
    ${TELL_NEWS}`;

type Twins<T> = Readonly<Record<Watching, Readonly<Record<Telling, T>>>>;

function twins<T>(of: (telling: Telling, watching: Watching) => T): Twins<T> {
  return {
    unwatched: { silent: of('silent', 'unwatched'), told: of('told', 'unwatched') },
    watched: { silent: of('silent', 'watched'), told: of('told', 'watched') },
  };
}

export const SETTLE_CLEAN: Twins<Readonly<Record<KeptIds, Statement>>> = twins((telling, watching) => ({
  refs: settleClean(telling, 'refs', watching),
  receipts: settleClean(telling, 'receipts', watching),
}));

const ALLOWED = movesAsSqlValues(['accept', 'refuse', 'giveBack', 'loseTrack']);

/**
 * The dispatch is a column of `outcome`, not a parameter beside it: of a dispatch that ANALYZE has not seen, the planner
 * expects one row and would read them all.
 */
const settle = (telling: Telling, watching: Watching): Statement => ({
  name: `settle${SUFFIX[telling]}${SUFFIX[watching]}`,
  text: `
    WITH ${RELAXED},
    outcome AS MATERIALIZED (
      SELECT $1::bigint AS dispatch_id, o.* FROM relaxed, unnest(
        $5::int[], $6::int[], $7::message_state[], $8::int[], $9::float8[], $10::text[], $11::text[]
      ) AS o (seq, attempt, state, tries, again_in_ms, provider_id, code)
    ),
    prior AS MATERIALIZED (
      SELECT m.seq, m.attempt, m.state
      FROM outcome o JOIN messages m ON m.dispatch_id = o.dispatch_id AND m.seq = o.seq
      WHERE m.attempt = o.attempt AND (m.state, o.state) IN (${ALLOWED})
      FOR NO KEY UPDATE OF m
    ),
    moved AS (
      UPDATE messages m
      SET state = o.state,
          tries = m.tries + o.tries,
          not_before = now() + o.again_in_ms * interval '1 ms',
          last_code = o.code,
          accepted_at = CASE WHEN o.state = 'accepted' THEN now() ELSE m.accepted_at END,
          failed_at = CASE WHEN o.state = 'failed' THEN now() ELSE m.failed_at END
      FROM outcome o JOIN prior p ON p.seq = o.seq AND p.attempt = o.attempt
      WHERE m.dispatch_id = o.dispatch_id AND m.seq = o.seq
      RETURNING m.seq, m.attempt, p.state AS before, m.state AS after${telling === 'told' ? TOLD_OF_MOVED : ''}
    ),
    refs AS (
      INSERT INTO provider_refs (channel_id, provider_id, workspace_id, dispatch_id, seq, attempt)
      SELECT $3, o.provider_id, $2, $1, o.seq, o.attempt FROM outcome o WHERE o.provider_id IS NOT NULL
      ON CONFLICT DO NOTHING
    ),
    trail AS (
      INSERT INTO attempts (workspace_id, dispatch_id, seq, attempt, channel_id, source, outcome, code, reason)
      SELECT $2, $1, t.seq, t.attempt, $3::uuid, 'send', t.outcome, t.code, t.reason
      FROM unnest($12::int[], $13::int[], $14::text[], $15::text[], $16::text[]) AS t (seq, attempt, outcome, code, reason)
      WHERE (t.seq, t.attempt) IN (SELECT seq, attempt FROM moved)
    ),
    watched AS (
      INSERT INTO unknowns (dispatch_id, seq, workspace_id, channel_id, attempt)
      SELECT $1, seq, $2, $3, attempt FROM moved WHERE after = 'unknown'
      ON CONFLICT DO NOTHING
    ),
    tally AS MATERIALIZED (
      SELECT (count(*) FILTER (WHERE after = 'accepted'))::int AS accepted,
             (count(*) FILTER (WHERE after = 'failed'))::int AS failed,
             ((count(*) FILTER (WHERE after = 'unknown')) - (count(*) FILTER (WHERE before = 'unknown')))::int AS unknown,
             count(*)::int AS moved
      FROM moved
    ),${watching === 'watched' ? WATCH_OUTCOMES : ''}
    counted AS (
      INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, accepted, failed, unknown)
      SELECT $2, $1, $4, accepted, failed, unknown FROM tally${watching === 'watched' ? AFTER_WATCH : ''}
      WHERE accepted <> 0 OR failed <> 0 OR unknown <> 0
      ON CONFLICT (dispatch_id, slot) DO UPDATE
      SET accepted = dispatch_counters.accepted + EXCLUDED.accepted,
          failed = dispatch_counters.failed + EXCLUDED.failed,
          unknown = dispatch_counters.unknown + EXCLUDED.unknown
    )${telling === 'told' ? NEWS : ''}
    SELECT moved FROM tally`,
});

const TOLD_OF_MOVED = ', m.recipient, m.channel_id, o.provider_id, o.code';

/** What goes back to be tried again is no news. */
const NEWS = `,
    news (${NEWS_COLUMNS}) AS (
      SELECT $2::uuid, $1::bigint, v.seq, 1, 'message.' || v.after, v.recipient, v.channel_id, now(), v.code, t.reason,
             v.provider_id
      FROM moved v
      LEFT JOIN unnest($12::int[], $13::int[], $16::text[]) AS t (seq, attempt, reason)
        ON t.seq = v.seq AND t.attempt = v.attempt
      WHERE v.after IN ('accepted', 'failed', 'unknown')
    ),
    ${TELL_NEWS}`;

export const SETTLE: Twins<Statement> = twins(settle);
