import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../database/sql.js';

export interface ForgottenWebhooks {
  /** Events that were looked at, those of them that are old, and those that went. */
  readonly seen: number;
  readonly old: number;
  readonly purged: number;
  readonly last: string | null;
}

@Injectable()
export class WebhookRetentionRepository {
  /**
   * Of the `limit` events behind `after`, those that are old and applied, with what was set apart of them. Events are
   * numbered as they come, so age needs no index: a walk along the key ends where the young ones begin.
   */
  async forget(tx: Queryable, before: Date, after: number, limit: number): Promise<ForgottenWebhooks> {
    const [row] = await tx.query<ForgottenWebhooks>(FORGET, [before, after, limit]);
    return row ?? { seen: 0, old: 0, purged: 0, last: null };
  }
}

const FORGET = {
  name: 'webhooks-forget',
  text: `
    WITH oldest AS MATERIALIZED (
      SELECT id, received_at < $1 AS is_old FROM webhook_events WHERE id > $2 ORDER BY id LIMIT $3
    ),
    gone AS (
      DELETE FROM webhook_events e
      WHERE e.id = ANY(ARRAY(SELECT id FROM oldest WHERE is_old))
        AND (SELECT 1 FROM webhook_backlog b WHERE b.event_id = e.id LIMIT 1) IS NULL
      RETURNING e.id
    ),
    apart AS (DELETE FROM webhook_quarantine WHERE event_id = ANY(ARRAY(SELECT id FROM gone)))
    SELECT count(*)::int AS seen, (count(*) FILTER (WHERE is_old))::int AS old, max(id) AS last,
           (SELECT count(*)::int FROM gone) AS purged
    FROM oldest`,
};
