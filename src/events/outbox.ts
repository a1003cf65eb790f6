import { Injectable } from '@nestjs/common';
import type { Queryable } from '../database/sql.js';
import { FANNED_COLUMNS, fanOut, LISTENING, orderKey } from './fan-out.js';
import { orderOf, type OutboxEvent } from './outbox-event.js';

const ADD = {
  name: 'outbox-add',
  text: `
    WITH told AS (
      INSERT INTO outbox (workspace_id, type, payload, order_key) VALUES ($1, $2, $3, ${orderKey('$4::text')})
      RETURNING ${FANNED_COLUMNS}
    ),
    ${fanOut('told')}
    SELECT 1`,
};

/** Numbered in the order of the list. Events of messages only where a subscription asks for them: they are many. */
const ADD_ALL = {
  name: 'outbox-add-all',
  text: `
    WITH wanted AS MATERIALIZED (
      SELECT DISTINCT s.workspace_id, w.type FROM subscriptions s, unnest(s.events) AS w (type)
      WHERE s.state IN ${LISTENING}
    ),
    told AS (
      INSERT INTO outbox (workspace_id, type, payload, order_key)
      SELECT e.workspace_id, e.type, e.payload::jsonb, ${orderKey('e.order_text')}
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY
        AS e (workspace_id, type, payload, order_text, nth)
      LEFT JOIN wanted w ON w.workspace_id = e.workspace_id AND w.type = e.type
      WHERE w.type IS NOT NULL OR e.type NOT LIKE 'message.%'
      ORDER BY e.nth
      RETURNING ${FANNED_COLUMNS}
    ),
    ${fanOut('told')}
    SELECT 1`,
};

/**
 * An event is a row of the transaction that changed something: `db` is that transaction, so that neither exists
 * without the other. So are its deliveries to those who subscribed (see fan-out.ts).
 */
@Injectable()
export class Outbox {
  async add(db: Queryable, event: OutboxEvent): Promise<void> {
    await db.query(ADD, [event.workspaceId, event.type, JSON.stringify(event.payload), orderOf(event)]);
  }

  /**
   * Many at once, for whoever works in batches, in one statement: inbound messages (`message.received`) and what their
   * words bring about. Of one contact they must come in their order, and from one transaction at a time: their numbers
   * are the order in which they are delivered. Ask EventInterest before building hundreds of payloads for nobody.
   */
  async addAll(db: Queryable, events: readonly OutboxEvent[]): Promise<void> {
    if (events.length === 0) return;
    await db.query(ADD_ALL, [
      events.map((event) => event.workspaceId),
      events.map((event) => event.type),
      events.map((event) => JSON.stringify(event.payload)),
      events.map(orderOf),
    ]);
  }
}
