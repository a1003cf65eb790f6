import type { Statement } from '../database/sql.js';
import { MESSAGE_STATES } from './message-state.js';
import { hasOpenWindow } from './open-windows.js';
import { recipientHash } from './suppression.repository.js';

/** A send may begin so long behind its barrier, and counts until a day behind that. */
const LATEST_SEND_SECONDS = 2;
/** Whom this minute counts is counted until it is over, and then for a day. */
const COUNTED_FOR_MS = 86_400_000 + 60_000 + LATEST_SEND_SECONDS * 1000;

/** SQL of the minute that a message of now is counted in. */
export const THIS_MINUTE = `date_trunc('minute', statement_timestamp())`;
/**
 * SQL of the oldest minute that still counts. Whoever is counted is so for a day at least, and for a minute more at
 * most. By the statement's time, not the transaction's: a barrier may have waited for the one before it.
 */
export const OLDEST_MINUTE = `date_trunc('minute', statement_timestamp() - interval '1 day ${LATEST_SEND_SECONDS} seconds')`;

/** When whoever is counted in a minute, in epoch milliseconds, counts no more. */
export function freeAtMs(minuteMs: number): number {
  return minuteMs + COUNTED_FOR_MS;
}

/** SQL of how many contacts a scope counts now: 1,441 rows of a key at most. */
export function countedIn(scope: string): string {
  return `(SELECT coalesce(sum(u.contacts), 0)::int FROM budget_minutes u
           WHERE u.scope_id = ${scope} AND u.minute >= ${OLDEST_MINUTE})`;
}

/** SQL of the minute in which a scope counted a recipient last, or null. */
export function minuteOf(scope: string, hash: string): string {
  return `(SELECT t.minute FROM touches t WHERE t.scope_id = ${scope} AND t.recipient_hash = ${hash} LIMIT 1)`;
}

/** SQL of whether a recipient costs a place of a scope, by the minute in which it was counted last. */
export function costsPlace(scope: string, minute: string): string {
  return `(${scope} IS NOT NULL AND coalesce(${minute} < ${OLDEST_MINUTE}, true))`;
}

/**
 * What is said within 24 hours of what a person wrote to the number begins nothing, and no provider counts it. Its
 * channel is an array of one.
 */
export function beginsConversation(recipient: string, workspace: string, channels: string): string {
  return `NOT (${hasOpenWindow({ workspace, recipient, channels })})`;
}

/** Locked in the order of their ids, those of a channel and of its portfolio, so that no two barriers wait crosswise. */
export const LOCK_BUDGETS: Statement = {
  name: 'budget-lock',
  text: `SELECT scope_id AS "scopeId", opens_at <= now() AS "isOpen", filled_at IS NOT NULL AS "isFilled"
         FROM budgets WHERE scope_id = ANY($1::uuid[]) ORDER BY scope_id FOR UPDATE`,
};

/** A worker that has not heard of the budget yet counts nothing: a channel's new version is known within half a second. */
export const OPEN_BUDGETS: Statement = {
  name: 'budget-open',
  text: `INSERT INTO budgets (scope_id, opens_at)
         SELECT scope_id, clock_timestamp() + interval '3 seconds' FROM unnest($1::uuid[]) AS s (scope_id) ORDER BY scope_id
         ON CONFLICT DO NOTHING`,
};

/**
 * How much of each budget is used, and when so many more places than that are free: the first minute at whose end
 * enough of them have ended. One range of a key for each.
 */
export const BUDGET_STATES: Statement = {
  name: 'budget-states',
  text: `
    SELECT s.scope_id AS "scopeId", ${countedIn('s.scope_id')} AS used, b.opens_at AS "opensAt",
           b.scope_id IS NOT NULL AND b.filled_at IS NULL AS "isNew", b.scope_id IS NULL AS "isMissing",
           (SELECT e.minute FROM (
              SELECT u.minute, sum(u.contacts) OVER (ORDER BY u.minute) AS freed FROM budget_minutes u
              WHERE u.scope_id = s.scope_id AND u.minute >= ${OLDEST_MINUTE}
            ) AS e
            WHERE e.freed >= ${countedIn('s.scope_id')} - s.most + s.places ORDER BY e.minute LIMIT 1) AS "freedBy"
    FROM unnest($1::uuid[], $2::int[], $3::int[]) AS s (scope_id, most, places)
    LEFT JOIN LATERAL (SELECT * FROM budgets WHERE scope_id = s.scope_id OFFSET 0) AS b ON true`,
};

/** What each of a few messages would cost; two keys and an index for each. */
export const PLACE_COSTS: Statement = {
  name: 'budget-costs',
  text: `
    SELECT m.seq, m.begins AND ${costsPlace('$3::uuid', 'm.wide_minute')} AS wide,
           m.begins AND ${costsPlace('$4::uuid', 'm.own_minute')} AS own
    FROM (
      SELECT l.seq, ${minuteOf('$3::uuid', 'l.hash')} AS wide_minute, ${minuteOf('$4::uuid', 'l.hash')} AS own_minute,
             ${beginsConversation('l.recipient', '$6::uuid', '$5::uuid[]')} AS begins
      FROM (
        SELECT seq, recipient, ${recipientHash('recipient', '$7')} AS hash FROM messages
        WHERE dispatch_id = $1 AND seq = ANY($2::int[]) AND state = 'pending' OFFSET 0
      ) AS l
      OFFSET 0
    ) AS m
    ORDER BY m.seq`,
};

/** All that may have reached the provider. */
const BEGUN = MESSAGE_STATES.filter((state) => !['pending', 'skipped', 'cancelled'].includes(state))
  .map((state) => `'${state}'`)
  .join(', ');

/**
 * What a budget would have counted had there been one: everybody who was written to within the day over its channels,
 * whether they had written or not. Once for each budget, of the dispatches alone that run or ended within the day.
 */
export const FILL_BUDGET: readonly string[] = [
  'DELETE FROM touches WHERE scope_id = $1',
  'DELETE FROM budget_minutes WHERE scope_id = $1',
  `INSERT INTO touches (scope_id, recipient_hash, minute)
   SELECT $1, ${recipientHash('sent.recipient', '$3')}, sent.minute
   FROM (
     SELECT m.recipient, date_trunc('minute', max(m.inflight_at)) AS minute
     FROM (
       SELECT id FROM dispatches WHERE finished_at IS NULL
       UNION ALL
       SELECT id FROM dispatches WHERE finished_at > now() - interval '25 hours' AND purged_at IS NULL
     ) AS d
     JOIN messages m ON m.dispatch_id = d.id
     WHERE m.channel_id = ANY($2::uuid[]) AND m.inflight_at >= ${OLDEST_MINUTE} AND m.state IN (${BEGUN})
     GROUP BY m.recipient
   ) AS sent`,
  `INSERT INTO budget_minutes (scope_id, minute, contacts)
   SELECT scope_id, minute, count(*) FROM touches WHERE scope_id = $1 GROUP BY scope_id, minute`,
  'UPDATE budgets SET filled_at = now() WHERE scope_id = $1',
];
