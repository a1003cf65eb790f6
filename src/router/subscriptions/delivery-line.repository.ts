import { Injectable } from '@nestjs/common';
import { Sql } from '../../database/sql.js';
import type { LineHealth } from './line-health.js';

/** An endpoint that this worker serves for a while, and nobody else. */
export interface LeasedLine {
  readonly subscriptionId: string;
  readonly workspaceId: string;
  readonly url: string;
  readonly sealedSecrets: Buffer;
  readonly health: LineHealth;
}

/** A lease, by its own id. */
export interface HeldLine {
  readonly id: string;
  readonly subscriptionId: string;
}

/** How a visit left an endpoint. */
export interface LineLeft {
  readonly subscriptionId: string;
  readonly health: LineHealth;
  readonly restMs: number;
  readonly hasDelivered: boolean;
  /** Nothing is sent any more until a person says so. */
  readonly disabledBecause: string | null;
}

/**
 * The way to each endpoint. One worker at a time has it: that keeps the order of events, lets all workers know how an
 * endpoint answers, and never has two of them press on a dead one.
 */
@Injectable()
export class DeliveryLineRepository {
  constructor(private readonly sql: Sql) {}

  /**
   * Takes up to `limit` endpoints that have something to be sent, longest unvisited first. Asked ten times a second by
   * each worker: one row and one probe of an index for each active subscription, of which there are few.
   */
  async lease(leaseId: string, limit: number, leaseMs: number): Promise<LeasedLine[]> {
    const rows = await this.sql.query<Omit<LeasedLine, 'health'> & LineHealth>(LEASE, [
      leaseId,
      limit,
      leaseMs,
    ]);
    return rows.map(({ failures, opens, failingSince, ...line }) => ({
      ...line,
      health: { failures, opens, failingSince },
    }));
  }

  /** Returns the subscriptions whose endpoints go on being this worker's: not those that a person paused or moved. */
  async renew(leases: readonly HeldLine[], leaseMs: number): Promise<ReadonlySet<string>> {
    const rows = await this.sql.query<{ id: string }>(RENEW, [
      leases.map(({ subscriptionId }) => subscriptionId),
      leases.map(({ id }) => id),
      leaseMs,
    ]);
    return new Set(rows.map(({ id }) => id));
  }

  /**
   * Gives an endpoint back, with what was learnt of it; whether that made it disabled. Nothing is written by a visit
   * whose lease is not its own any more: somebody else knows better, or a person has changed the endpoint.
   */
  async leave(leaseId: string, left: LineLeft): Promise<boolean> {
    const { health } = left;
    const disabled = await this.sql.query(LEAVE, [
      left.subscriptionId,
      leaseId,
      left.restMs,
      health.failures,
      health.opens,
      health.failingSince,
      left.hasDelivered,
      left.disabledBecause,
    ]);
    return disabled.length > 0;
  }
}

/** A sub-select in an order that an index has: EXISTS might be planned as a join with all deliveries, or a walk over them. */
const LEASE = {
  name: 'delivery-line-lease',
  text: `
    WITH free AS MATERIALIZED (
      SELECT l.subscription_id
      FROM delivery_lines l JOIN subscriptions s ON s.id = l.subscription_id
      WHERE s.state = 'active' AND l.lease_until < now() AND l.rests_until <= now()
        AND (
          SELECT 1 FROM deliveries d WHERE d.subscription_id = l.subscription_id AND d.state = 'pending'
          ORDER BY d.event_id LIMIT 1
        ) IS NOT NULL
      ORDER BY l.visited_at LIMIT $2
      FOR UPDATE OF l SKIP LOCKED
    )
    UPDATE delivery_lines l
    SET leased_by = $1, lease_until = now() + $3::float8 * interval '1 ms', visited_at = now()
    FROM free f JOIN subscriptions s ON s.id = f.subscription_id
    WHERE l.subscription_id = f.subscription_id
    RETURNING l.subscription_id AS "subscriptionId", s.workspace_id AS "workspaceId", s.url,
              s.sealed_secrets AS "sealedSecrets", l.failures, l.opens, l.failing_since AS "failingSince"`,
};

const RENEW = {
  name: 'delivery-line-renew',
  text: `
    UPDATE delivery_lines l SET lease_until = now() + $3::float8 * interval '1 ms'
    FROM unnest($1::uuid[], $2::uuid[]) AS h (subscription_id, leased_by)
    JOIN subscriptions s ON s.id = h.subscription_id AND s.state = 'active'
    WHERE l.subscription_id = h.subscription_id AND l.leased_by = h.leased_by
    RETURNING l.subscription_id AS id`,
};

const LEAVE = {
  name: 'delivery-line-leave',
  text: `
    WITH freed AS (
      UPDATE delivery_lines
      SET leased_by = NULL, lease_until = '-infinity', rests_until = now() + $3::float8 * interval '1 ms',
          failures = $4, opens = $5, failing_since = $6,
          delivered_at = CASE WHEN $7::boolean THEN now() ELSE delivered_at END
      WHERE subscription_id = $1 AND leased_by = $2
      RETURNING subscription_id
    )
    UPDATE subscriptions s SET state = 'disabled', state_reason = $8, updated_at = now()
    FROM freed f
    WHERE s.id = f.subscription_id AND s.state = 'active' AND $8::text IS NOT NULL
    RETURNING 1`,
};
