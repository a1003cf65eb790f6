import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../../database/sql.js';
import type { Subscription, SubscriptionChange, SubscriptionKey } from './subscription.js';

export interface NewSubscription extends SubscriptionKey {
  readonly url: string;
  readonly description: string | null;
  readonly events: readonly string[];
  readonly sealedSecrets: Buffer;
}

const COLUMNS = `
  s.id, s.workspace_id AS "workspaceId", s.url, s.description, s.events, s.state, s.state_reason AS "stateReason",
  s.created_at AS "createdAt", s.updated_at AS "updatedAt", l.failing_since AS "failingSince",
  CASE WHEN l.rests_until > now() AND l.opens > 0 THEN l.rests_until END AS "restsUntil",
  l.delivered_at AS "lastDeliveredAt"`;

/** Subscriptions as their owners see them. */
@Injectable()
export class SubscriptionRepository {
  constructor(private readonly sql: Sql) {}

  /** False when the workspace has as many as it may. The lock makes two at once count each other. */
  async create(wish: NewSubscription, most: number): Promise<boolean> {
    return this.sql.transaction(async (tx) => {
      await tx.query('SELECT 1 FROM workspaces WHERE id = $1 FOR UPDATE', [wish.workspaceId]);
      const [count] = await tx.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM subscriptions WHERE workspace_id = $1 AND state <> 'deleted'`,
        [wish.workspaceId],
      );
      if (count!.n >= most) return false;
      await tx.query(
        `WITH made AS (
           INSERT INTO subscriptions (id, workspace_id, url, description, events, sealed_secrets)
           VALUES ($1, $2, $3, $4, $5, $6) RETURNING id, workspace_id
         )
         INSERT INTO delivery_lines (subscription_id, workspace_id) SELECT id, workspace_id FROM made`,
        [wish.id, wish.workspaceId, wish.url, wish.description, wish.events, wish.sealedSecrets],
      );
      return true;
    });
  }

  async list(workspaceId: string, afterId: string | null, limit: number): Promise<Subscription[]> {
    return this.sql.query<Subscription>(
      `SELECT ${COLUMNS} FROM subscriptions s JOIN delivery_lines l ON l.subscription_id = s.id
       WHERE s.workspace_id = $1 AND s.state <> 'deleted' AND ($2::uuid IS NULL OR s.id > $2)
       ORDER BY s.id LIMIT $3`,
      [workspaceId, afterId, limit],
    );
  }

  async find({ workspaceId, id }: SubscriptionKey, db: Queryable = this.sql): Promise<Subscription | null> {
    const [row] = await db.query<Subscription>(
      `SELECT ${COLUMNS} FROM subscriptions s JOIN delivery_lines l ON l.subscription_id = s.id
       WHERE s.workspace_id = $1 AND s.id = $2 AND s.state <> 'deleted'`,
      [workspaceId, id],
    );
    return row ?? null;
  }

  /**
   * Null when there is none. A new address, or an order to go on, begins with a clean slate; a visit that is under way
   * still ends, and what it learns of the old address is not kept.
   */
  async change(key: SubscriptionKey, change: SubscriptionChange): Promise<Subscription | null> {
    return this.sql.transaction(async (tx) => {
      const rows = await tx.query(
        `UPDATE subscriptions
         SET url = coalesce($3, url), events = coalesce($4, events), state = coalesce($5, state),
             state_reason = CASE WHEN $5::text IS NULL THEN state_reason END,
             description = CASE WHEN $6::boolean THEN $7 ELSE description END, updated_at = now()
         WHERE workspace_id = $1 AND id = $2 AND state <> 'deleted' RETURNING 1`,
        [
          key.workspaceId,
          key.id,
          change.url ?? null,
          change.events ?? null,
          change.state ?? null,
          change.description !== undefined,
          change.description ?? null,
        ],
      );
      if (rows.length === 0) return null;
      if (change.url !== undefined || change.state === 'active') await this.beginAnew(tx, key);
      return this.find(key, tx);
    });
  }

  /** Its deliveries go by and by (delivery-retention.repository.ts), and the row with the last of them. */
  async remove({ workspaceId, id }: SubscriptionKey): Promise<boolean> {
    const rows = await this.sql.query(
      `UPDATE subscriptions SET state = 'deleted', sealed_secrets = '', updated_at = now()
       WHERE workspace_id = $1 AND id = $2 AND state <> 'deleted' RETURNING 1`,
      [workspaceId, id],
    );
    return rows.length > 0;
  }

  /** Exchanges the sealed secrets under the row's lock, so that of two at once none is lost. */
  async exchangeSecrets(key: SubscriptionKey, exchange: (sealed: Buffer) => Buffer): Promise<boolean> {
    return this.sql.transaction(async (tx) => {
      const [row] = await tx.query<{ sealed: Buffer }>(
        `SELECT sealed_secrets AS sealed FROM subscriptions
         WHERE workspace_id = $1 AND id = $2 AND state <> 'deleted' FOR UPDATE`,
        [key.workspaceId, key.id],
      );
      if (row === undefined) return false;
      await tx.query('UPDATE subscriptions SET sealed_secrets = $2, updated_at = now() WHERE id = $1', [
        key.id,
        exchange(row.sealed),
      ]);
      return true;
    });
  }

  /** The endpoint is tried at once, whatever was known of it. */
  async wake({ workspaceId, id }: SubscriptionKey): Promise<void> {
    await this.sql.query(
      `UPDATE delivery_lines SET rests_until = '-infinity' WHERE workspace_id = $1 AND subscription_id = $2`,
      [workspaceId, id],
    );
  }

  private async beginAnew(tx: Queryable, { workspaceId, id }: SubscriptionKey): Promise<void> {
    await tx.query(
      `UPDATE delivery_lines
       SET failures = 0, opens = 0, failing_since = NULL, rests_until = '-infinity', leased_by = NULL
       WHERE workspace_id = $1 AND subscription_id = $2`,
      [workspaceId, id],
    );
  }
}
