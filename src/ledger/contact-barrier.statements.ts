import type { Statement } from '../database/sql.js';
import {
  DURABLE,
  GATE,
  HAS_ARRIVED,
  INFLIGHT,
  JUDGED_OUTCOME,
  PENDING,
  RENEWED,
} from './barrier.statements.js';
import {
  beginsConversation,
  costsPlace,
  countedIn,
  minuteOf,
  OLDEST_MINUTE,
  THIS_MINUTE,
} from './budget.statements.js';
import { wasSpoken } from './capped-recipients.js';
import { recipientHash } from './suppression.repository.js';

/**
 * Whether row m would be one marketing message too many: $15 in $16 days, whatever campaign or request they were of, by
 * the index of recipients from the first dispatch that may hold one of that time ($17) on. A try of the same message
 * that nobody knows the outcome of is the same message.
 */
const IS_OVER_CAP = `(
          SELECT count(*) FROM (
            SELECT 1 FROM messages o
            WHERE o.workspace_id = $7 AND o.recipient = m.recipient AND o.dispatch_id >= $17::bigint
              AND ${wasSpoken('o', '$16::int')}
              AND (SELECT d.category FROM dispatches d WHERE d.id = o.dispatch_id) = 'marketing'
              AND NOT (
                m.resend_of IS NOT NULL AND o.state IN ('unknown', 'unconfirmed')
                AND (SELECT d.campaign_id FROM dispatches d WHERE d.id = o.dispatch_id)
                  = (SELECT d.campaign_id FROM dispatches d WHERE d.id = $1)
              )
            LIMIT $15::int
          ) AS earlier
        ) >= $15::int`;

/**
 * BARRIER for what is under a budget of contacts ($10 with $11 places: the portfolio's; $12 with $13: the channel's) or
 * a frequency cap, each of which may be missing. It runs behind the locks of its budgets and recipients, in their
 * transaction, so that its snapshot holds all that was counted before. Messages beyond the last place stay as they are,
 * but where $14 says that they do not wait; those who cost nothing pass in any case.
 *
 * A contact that is counted already moves to this minute: it is one contact for a day from its newest message on.
 */
export const CONTACT_BARRIER: Statement = {
  name: 'barrier-contacts',
  text: `
    WITH ${DURABLE},
    wanted AS MATERIALIZED (SELECT 1 FROM dispatches, durable WHERE id = $1 AND NOT closing),${GATE},
    held AS (${RENEWED}
      RETURNING channel_id
    ),
    listed AS MATERIALIZED (
      SELECT m.dispatch_id, m.seq, m.recipient, m.resend_of, m.origin_seq, ${recipientHash('m.recipient', '$9')} AS hash
      FROM messages m
      WHERE m.dispatch_id = $1 AND m.seq = ANY($5::int[]) AND m.state = '${PENDING}' AND EXISTS (SELECT FROM held)
    ),
    judged AS MATERIALIZED (
      SELECT m.dispatch_id, m.seq, m.hash, CASE
        WHEN (
          SELECT 1 FROM suppressions s
          WHERE s.workspace_id = $7 AND s.recipient_hash = m.hash AND s.category = ANY($8::text[])
          LIMIT 1
        ) IS NOT NULL THEN 'suppressed'
        WHEN m.resend_of IS NOT NULL AND ${HAS_ARRIVED} THEN 'arrived'
        WHEN $15::int IS NOT NULL AND ${IS_OVER_CAP} THEN 'over_cap'
      END AS skip,
      CASE WHEN $10::uuid IS NOT NULL THEN ${minuteOf('$10::uuid', 'm.hash')} END AS wide_minute,
      CASE WHEN $12::uuid IS NOT NULL THEN ${minuteOf('$12::uuid', 'm.hash')} END AS own_minute,
      coalesce($10::uuid, $12::uuid) IS NOT NULL
        AND ${beginsConversation('m.recipient', '$7', 'ARRAY(SELECT channel_id FROM held)')} AS begins
      FROM listed m
    ),
    priced AS (
      SELECT j.*, j.begins AND j.skip IS NULL AND ${costsPlace('$10::uuid', 'j.wide_minute')} AS costs_wide,
             j.begins AND j.skip IS NULL AND ${costsPlace('$12::uuid', 'j.own_minute')} AS costs_own
      FROM judged j
    ),
    room AS MATERIALIZED (
      SELECT $11::int - ${countedIn('$10::uuid')} AS wide, $13::int - ${countedIn('$12::uuid')} AS own
    ),
    fitting AS (
      SELECT p.*, NOT p.costs_wide
               OR sum(p.costs_wide::int) OVER (ORDER BY p.seq) <= (SELECT wide FROM room) AS fits
      FROM priced p
    ),
    admitted AS MATERIALIZED (
      SELECT f.*, NOT $14::boolean OR f.skip IS NOT NULL OR (f.fits AND (NOT f.costs_own
               OR sum((f.costs_own AND f.fits)::int) OVER (ORDER BY f.seq) <= (SELECT own FROM room))) AS may_go
      FROM fitting f
    ),
    moved AS (
      UPDATE messages m
      SET state = CASE WHEN j.skip IS NULL THEN '${INFLIGHT}' ELSE 'skipped' END::message_state,
          channel_id = (SELECT channel_id FROM held),
          attempt = m.attempt + CASE WHEN j.skip IS NULL THEN 1 ELSE 0 END,
          last_code = j.skip,
          inflight_at = CASE WHEN j.skip IS NULL THEN statement_timestamp() END
      FROM admitted j
      WHERE m.dispatch_id = j.dispatch_id AND m.seq = j.seq AND m.state = '${PENDING}' AND j.may_go
      RETURNING m.seq, m.attempt, m.state
    ),
    counted_contacts AS MATERIALIZED (
      SELECT DISTINCT ON (s.scope_id, a.hash) s.scope_id, a.hash, s.was
      FROM admitted a
      JOIN moved v ON v.seq = a.seq AND v.state = '${INFLIGHT}'
      CROSS JOIN LATERAL (VALUES ($10::uuid, a.wide_minute), ($12::uuid, a.own_minute)) AS s (scope_id, was)
      WHERE a.begins AND s.scope_id IS NOT NULL
      ORDER BY s.scope_id, a.hash
    ),
    touched AS (
      INSERT INTO touches (scope_id, recipient_hash, minute)
      SELECT scope_id, hash, ${THIS_MINUTE} FROM counted_contacts ORDER BY scope_id, hash
      ON CONFLICT (scope_id, recipient_hash) DO UPDATE SET minute = EXCLUDED.minute
    ),
    added AS (
      INSERT INTO budget_minutes (scope_id, minute, contacts)
      SELECT c.scope_id, d.minute, sum(d.contacts)::int
      FROM counted_contacts c
      CROSS JOIN LATERAL (VALUES (${THIS_MINUTE}, 1), (c.was, -1)) AS d (minute, contacts)
      WHERE d.minute >= ${OLDEST_MINUTE}
      GROUP BY c.scope_id, d.minute HAVING sum(d.contacts) <> 0
      ON CONFLICT (scope_id, minute) DO UPDATE SET contacts = budget_minutes.contacts + EXCLUDED.contacts
    ),
${JUDGED_OUTCOME}`,
};

/**
 * The recipients of a group, in order, until the transaction ends: of two campaigns that come to the same person at
 * once, the second sees what the first did. Rows that are there are only locked, by an update that changes nothing.
 */
export const LOCK_RECIPIENTS: Statement = {
  name: 'barrier-cap-locks',
  text: `
    INSERT INTO cap_locks (workspace_id, recipient_hash)
    SELECT $2::uuid, l.hash FROM (
      SELECT DISTINCT ${recipientHash('m.recipient', '$4')} AS hash FROM messages m
      WHERE m.dispatch_id = $1 AND m.seq = ANY($3::int[]) AND m.state = '${PENDING}'
    ) AS l
    ORDER BY l.hash
    ON CONFLICT (workspace_id, recipient_hash) DO UPDATE SET workspace_id = cap_locks.workspace_id`,
};

/**
 * The first dispatch that may hold a message that was sent within so many days. By two partial indexes: of those that
 * run, and of those that ended and still have their messages. Without OFFSET 0 the second would be looked for along the
 * key, past all that ended before.
 */
export const FIRST_OF_DAYS: Statement = {
  name: 'barrier-cap-first',
  text: `
    SELECT least(
      (SELECT min(id) FROM dispatches WHERE finished_at IS NULL),
      (SELECT min(lately.id) FROM (
         SELECT id FROM dispatches
         WHERE finished_at > now() - $1::int * interval '1 day' AND finished_at IS NOT NULL AND purged_at IS NULL
         OFFSET 0
       ) AS lately)
    ) AS id`,
};
