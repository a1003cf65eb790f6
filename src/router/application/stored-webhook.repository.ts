import { Injectable } from '@nestjs/common';
import { ReportSql } from '../../database/pools.js';
import { Sql, type Queryable } from '../../database/sql.js';
import type { StoredWebhook, WebhookState } from './stored-webhook.js';

/** Events that one page looks through: those of other workspaces and states lie between. */
const MOST_LOOKED_AT = 20_000;

export interface LookedThrough {
  readonly found: readonly StoredWebhook[];
  /** Where the next page goes on; null where there is nothing behind it. */
  readonly next: string | null;
}

/** Webhooks as they were stored, for those who look at them; newest first. */
@Injectable()
export class StoredWebhookRepository {
  constructor(
    private readonly reports: ReportSql,
    private readonly sql: Sql,
  ) {}

  /**
   * Walks the key backwards from `before` and stops at `limit` finds or after 20,000 events, whichever is first: an
   * index by workspace would cost each webhook at the intake for what a person asks once a day. Those of one state are
   * walked through what holds them (backlog, quarantine), which is small.
   */
  async list(
    workspaceId: string,
    state: WebhookState | null,
    before: string | null,
    limit: number,
  ): Promise<LookedThrough> {
    const [walk] = await this.reports.query<{ looked: number; last: string | null; ids: string[] }>(
      walkOf(state),
      [workspaceId, before, limit, MOST_LOOKED_AT],
    );
    const { looked = 0, last = null, ids = [] } = walk ?? {};
    const found = ids.length === 0 ? [] : await this.reports.query<StoredWebhook>(SHOW, [workspaceId, ids]);
    const lastFound = ids.at(-1);
    if (ids.length === limit && lastFound !== undefined) return { found, next: lastFound };
    return { found, next: looked === MOST_LOOKED_AT ? last : null };
  }

  async find(workspaceId: string, id: string): Promise<StoredWebhook | null> {
    const [row] = await this.reports.query<StoredWebhook>(SHOW, [workspaceId, [id]]);
    return row ?? null;
  }

  async bodyOf(workspaceId: string, id: string): Promise<Buffer | null> {
    const [row] = await this.reports.query<{ body: Buffer }>(
      'SELECT body FROM webhook_events WHERE id = $2 AND workspace_id = $1',
      [workspaceId, id],
    );
    return row?.body ?? null;
  }

  /**
   * Puts what was set apart of an event back on the backlog, or all of it where nothing was. Null when the event does
   * not exist; else the elements, `-1` for the whole body.
   */
  replay(workspaceId: string, id: string): Promise<number[] | null> {
    return this.sql.transaction(async (tx) => {
      const [event] = await tx.query<{ id: string }>(
        'SELECT id FROM webhook_events WHERE id = $2 AND workspace_id = $1 FOR SHARE',
        [workspaceId, id],
      );
      if (event === undefined) return null;
      const apart = await tx.query<{ element: number }>(
        'DELETE FROM webhook_quarantine WHERE event_id = $1 RETURNING element',
        [id],
      );
      const elements = apart.map((one) => one.element).toSorted((a, b) => a - b);
      const isWhole = elements.length === 0 || elements[0] === WHOLE_BODY;
      await this.putBack(tx, workspaceId, id, isWhole ? null : elements);
      return isWhole ? [WHOLE_BODY] : elements;
    });
  }

  /** Where some of it waits already, these wait with it; a whole body takes in all of them. */
  private async putBack(
    tx: Queryable,
    workspaceId: string,
    id: string,
    elements: readonly number[] | null,
  ): Promise<void> {
    await tx.query(
      `INSERT INTO webhook_backlog AS b (event_id, workspace_id, lane, elements) VALUES ($1, $2, 0, $3)
       ON CONFLICT (event_id) DO UPDATE SET
         not_before = NULL,
         elements = CASE WHEN b.elements IS NULL OR EXCLUDED.elements IS NULL THEN NULL
                         ELSE ARRAY(SELECT DISTINCT e FROM unnest(b.elements || EXCLUDED.elements) AS e ORDER BY e) END`,
      [id, workspaceId, elements],
    );
  }
}

const WHOLE_BODY = -1;

/** The ids of a page, and how far the walk came. */
function walkOf(state: WebhookState | null): { name: string; text: string } {
  const from = {
    waiting: `SELECT event_id AS id, workspace_id, not_before IS NULL AS fits FROM webhook_backlog`,
    parked: `SELECT event_id AS id, workspace_id, not_before IS NOT NULL AS fits FROM webhook_backlog`,
    quarantined: `SELECT DISTINCT event_id AS id, workspace_id, true AS fits FROM webhook_quarantine WHERE workspace_id = $1`,
    applied: `SELECT e.id, e.workspace_id, b.event_id IS NULL AND NOT EXISTS (
                SELECT FROM webhook_quarantine q WHERE q.workspace_id = $1 AND q.event_id = e.id) AS fits
              FROM webhook_events e LEFT JOIN webhook_backlog b ON b.event_id = e.id`,
    every: 'SELECT id, workspace_id, true AS fits FROM webhook_events',
  }[state ?? 'every'];
  return {
    name: `stored-webhooks-${state ?? 'every'}`,
    text: `
      WITH walked AS MATERIALIZED (
        SELECT * FROM (${from}) AS w WHERE $2::bigint IS NULL OR w.id < $2 ORDER BY id DESC LIMIT $4
      ),
      page AS (SELECT id FROM walked WHERE workspace_id = $1 AND fits ORDER BY id DESC LIMIT $3)
      SELECT (SELECT count(*)::int FROM walked) AS looked, (SELECT min(id) FROM walked) AS last,
             ARRAY(SELECT id::text FROM page ORDER BY id DESC) AS ids`,
  };
}

const SHOW = {
  name: 'stored-webhooks-show',
  text: `
    SELECT e.id, e.provider, e.channel_ids AS "channelIds", e.content_type AS "contentType",
           octet_length(e.body) AS bytes, e.received_at AS "receivedAt", b.elements AS parked,
           CASE WHEN b.event_id IS NOT NULL THEN CASE WHEN b.not_before IS NULL THEN 'waiting' ELSE 'parked' END
                WHEN q.apart IS NOT NULL THEN 'quarantined' ELSE 'applied' END AS state,
           coalesce(q.apart, '[]') AS apart
    FROM webhook_events e
    LEFT JOIN LATERAL (SELECT * FROM webhook_backlog WHERE event_id = e.id OFFSET 0) b ON true
    LEFT JOIN LATERAL (
      SELECT jsonb_agg(jsonb_build_object('element', a.element, 'reason', a.reason, 'since', a.created_at)
                       ORDER BY a.element) AS apart
      FROM (SELECT * FROM webhook_quarantine WHERE event_id = e.id ORDER BY element LIMIT 100) AS a
    ) AS q ON true
    WHERE e.workspace_id = $1 AND e.id = ANY($2::bigint[])
    ORDER BY e.id DESC`,
};
