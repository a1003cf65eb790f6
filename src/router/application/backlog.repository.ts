import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../database/sql.js';
import type { ClaimedEvent } from './claimed-event.js';
import type { Fault } from './webhook-body.js';

/** How long a status may wait for its message to become known before it is an orphan. */
const MOST_WAIT_MINUTES = 15;

/** Elements of one event that wait for their message or their channel to become known. */
export interface Parked {
  readonly eventId: string;
  readonly elements: readonly number[];
  readonly mostWaitMs: number;
}

/** The webhooks that are stored and not yet applied. Every method runs in the transaction that applies them. */
@Injectable()
export class BacklogRepository {
  /**
   * Locks up to `limit` fresh and as many due parked events, oldest first, and reads bodies up to `maxBytes` (at least
   * one); what is locked and not read stays for the next visit. Two walks, each along its own partial index, so that
   * an empty backlog costs two index probes and parked events do not stand in the way of fresh ones. The transaction
   * commits asynchronously: if a power cut undoes the effect, it undoes the taking with it. The plan is held to those
   * walks: what Postgres knows of a backlog is mostly of when it was empty, and by that it would sort a storm of a
   * million rows for each two hundred (measured with 50,000: 150 µs a status instead of 5).
   */
  async claim(tx: Queryable, limit: number, maxBytes: number): Promise<ClaimedEvent[]> {
    await tx.query(WALK_ONLY);
    return tx.query<ClaimedEvent>(CLAIM, [limit, maxBytes]);
  }

  /** Of events that this transaction stored itself: nobody else can see them yet. */
  async eventsOf(tx: Queryable, eventIds: readonly string[]): Promise<ClaimedEvent[]> {
    if (eventIds.length === 0) return [];
    return tx.query<ClaimedEvent>(EVENTS_OF, [eventIds]);
  }

  async finish(tx: Queryable, eventIds: readonly string[]): Promise<void> {
    await tx.query(
      { name: 'backlog-finish', text: 'DELETE FROM webhook_backlog WHERE event_id = ANY($1::bigint[])' },
      [eventIds],
    );
  }

  /** Leaves only these elements waiting, for as long again as the event has waited, a second at least. */
  async park(tx: Queryable, parked: readonly Parked[]): Promise<void> {
    await tx.query(PARK, [
      parked.map((one) => one.eventId),
      parked.map((one) => `{${one.elements.join(',')}}`),
      parked.map((one) => one.mostWaitMs),
    ]);
  }

  async quarantine(tx: Queryable, faults: readonly Fault[]): Promise<void> {
    await tx.query(QUARANTINE, [
      faults.map((fault) => fault.event.id),
      faults.map((fault) => fault.element),
      faults.map((fault) => fault.event.workspaceId),
      faults.map((fault) => fault.reason.replaceAll('\0', '')),
    ]);
  }
}

/** Until the claim sets them back, which is planned by then. */
const WALK_ONLY = {
  name: 'backlog-walk-only',
  text: `SELECT set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true),
                set_config('enable_seqscan', 'off', true)`,
};

const EVENT_COLUMNS = `id, workspace_id AS "workspaceId", provider, scope, channel_ids AS "channelIds",
           address_channel_id AS "addressChannelId", content_type AS "contentType", query, body,
           received_at AS "receivedAt"`;
/** What is parked waits for this long at least. */
const LEAST_WAIT = "interval '1 second'";

const EVENTS_OF = {
  name: 'backlog-events-of',
  text: `
    SELECT ${EVENT_COLUMNS}, NULL AS elements, false AS "isOverdue", ${msSince('received_at')} AS "waitedMs"
    FROM webhook_events WHERE id = ANY($1::bigint[]) ORDER BY id`,
};

const CLAIM = {
  name: 'backlog-claim',
  text: `
    WITH relaxed AS MATERIALIZED (
      SELECT set_config('synchronous_commit', 'off', true), set_config('enable_sort', 'on', true),
             set_config('enable_bitmapscan', 'on', true), set_config('enable_seqscan', 'on', true)
    ),
    fresh AS MATERIALIZED (
      SELECT event_id, elements FROM webhook_backlog, relaxed
      WHERE not_before IS NULL ORDER BY lane, event_id LIMIT $1
      FOR UPDATE OF webhook_backlog SKIP LOCKED
    ),
    due AS MATERIALIZED (
      SELECT event_id, elements, not_before FROM webhook_backlog
      WHERE not_before <= now() ORDER BY not_before LIMIT $1
      FOR UPDATE SKIP LOCKED
    ),
    sized AS (
      SELECT e.id, e.workspace_id, e.provider, e.scope, e.channel_ids, e.address_channel_id, e.content_type, e.query, e.body,
             b.elements, e.received_at, b.was_parked, coalesce(b.since, e.received_at) AS since,
             sum(octet_length(e.body)) OVER (ORDER BY b.event_id) - octet_length(e.body) AS bytes_before
      FROM (
        -- Fresh ones that are not whole were put back by somebody, it is not known when.
        SELECT event_id, elements, elements IS NOT NULL AS was_parked,
               CASE WHEN elements IS NOT NULL THEN now() END AS since FROM fresh
        UNION ALL SELECT event_id, elements, true, not_before - ${LEAST_WAIT} FROM due
      ) b
      -- OFFSET 0: one probe for each, whatever else a planner that may not sort would do to get them in order.
      CROSS JOIN LATERAL (SELECT * FROM webhook_events WHERE id = b.event_id OFFSET 0) e
    )
    SELECT ${EVENT_COLUMNS}, elements, ${msSince('since')} AS "waitedMs",
           was_parked AND received_at < now() - interval '${MOST_WAIT_MINUTES} minutes' AS "isOverdue"
    FROM sized WHERE bytes_before < $2
    ORDER BY id`,
};

const PARK = {
  name: 'backlog-park',
  text: `
    UPDATE webhook_backlog b
    SET elements = p.elements::int[],
        not_before = now() + least(greatest(now() - e.received_at, ${LEAST_WAIT}), p.most_ms * interval '1 ms')
    FROM unnest($1::bigint[], $2::text[], $3::int[]) AS p (event_id, elements, most_ms)
    JOIN webhook_events e ON e.id = p.event_id
    WHERE b.event_id = p.event_id`,
};

const QUARANTINE = {
  name: 'backlog-quarantine',
  text: `
    INSERT INTO webhook_quarantine (event_id, element, workspace_id, reason)
    SELECT * FROM unnest($1::bigint[], $2::int[], $3::uuid[], $4::text[])
    ON CONFLICT (event_id, element) DO NOTHING`,
};

function msSince(column: string): string {
  return `(extract(epoch FROM now() - ${column}) * 1000)::float8`;
}
