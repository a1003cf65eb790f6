import type { FrequencyCap } from './frequency-cap.js';
import { MESSAGE_STATES } from './message-state.js';

/** What was, or may have been, said to somebody. A refusal proves that nothing was; so does a failure by webhook. */
const SPOKEN = MESSAGE_STATES.filter(
  (state) => !['pending', 'failed', 'skipped', 'cancelled'].includes(state),
)
  .map((state) => `'${state}'`)
  .join(', ');

/** SQL of whether a message was, or may have been, said to somebody within so many days; `days` is SQL too. */
export function wasSpoken(message: string, days: string): string {
  return `${message}.state IN (${SPOKEN})
              AND ${message}.inflight_at > statement_timestamp() - ${days} * interval '1 day'`;
}

/** SQL of what a look at a frequency cap needs to know. */
interface CapQuestion {
  readonly workspace: string;
  readonly recipient: string;
}

/** SQL of whether one recipient got as many as the cap allows: by the index of recipients, for a few of them. */
export function isOverCap({ workspace, recipient }: CapQuestion, { messages, days }: FrequencyCap): string {
  return `(SELECT count(*) FROM (
            SELECT 1 FROM messages o
            WHERE o.workspace_id = ${workspace} AND o.recipient = ${recipient} AND ${wasSpoken('o', String(days))}
              AND (SELECT d.category FROM dispatches d WHERE d.id = o.dispatch_id) = 'marketing'
            LIMIT ${messages}
          ) AS earlier) >= ${messages}`;
}

/**
 * SQL of all recipients who got as many as the cap allows, each once. Reads the marketing messages of the dispatches that
 * run or ended within the time, each as one range of the key, and none of those before; a second for each million.
 */
export function recipientsOverCap(workspace: string, { messages, days }: FrequencyCap): string {
  const marketing = `workspace_id = ${workspace} AND category = 'marketing'`;
  return `(SELECT m.recipient
          FROM (
            SELECT id FROM dispatches WHERE finished_at IS NULL AND ${marketing}
            UNION ALL
            SELECT id FROM dispatches
            WHERE finished_at > now() - interval '${days} days' AND purged_at IS NULL AND ${marketing}
          ) AS d
          CROSS JOIN LATERAL (
            SELECT s.recipient FROM messages s WHERE s.dispatch_id = d.id AND ${wasSpoken('s', String(days))} OFFSET '0'
          ) AS m
          GROUP BY m.recipient HAVING count(*) >= ${messages})`;
}
