import { Injectable } from '@nestjs/common';
import type { Queryable } from '../database/sql.js';

/** Something that happened, e.g. `campaign.started`, told in ids and small values. */
export interface OutboxEvent {
  readonly workspaceId: string;
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

const ADD = {
  name: 'outbox-add',
  text: 'INSERT INTO outbox (workspace_id, type, payload) VALUES ($1, $2, $3)',
};

/**
 * An event is a row of the transaction that changed something: `db` is that transaction, so that neither exists
 * without the other.
 */
@Injectable()
export class Outbox {
  async add(db: Queryable, event: OutboxEvent): Promise<void> {
    await db.query(ADD, [event.workspaceId, event.type, JSON.stringify(event.payload)]);
  }
}
