import { Injectable } from '@nestjs/common';
import { intArray, textArray } from '../../database/array-literal.js';
import { Sql } from '../../database/sql.js';
import type { DeliveryState, DueDelivery } from './delivery.js';

/** What came of one try. */
export interface DeliveryResult {
  readonly eventId: string;
  readonly state: DeliveryState;
  /** Of what is tried again. */
  readonly waitMs: number;
  readonly at: Date;
  readonly status: number | null;
  readonly ms: number;
  readonly error: string | null;
  readonly answer: string | null;
}

/** Deliveries as the worker that serves their endpoint sees them. */
@Injectable()
export class DeliveryRepository {
  constructor(private readonly sql: Sql) {}

  /**
   * What may be sent to an endpoint now, oldest first: due, and not behind an earlier event of its key that waits to be
   * tried again. Earlier ones that are due themselves come before it in the answer.
   *
   * It looks at all that is pending and not behind a cursor: an event whose transaction commits late is found by the
   * next look, whatever its number. A walk along one index that ends at the limit; events that wait are stepped over.
   */
  async due(subscriptionId: string, limit: number): Promise<DueDelivery[]> {
    return this.sql.query<DueDelivery>(DUE, [subscriptionId, limit]);
  }

  /** All that a round came to, in one statement. A second record of the same try finds nothing pending. By their numbers
   * as an array, which the index takes as a whole: joined alone, all that is pending might be read. */
  async record(subscriptionId: string, results: readonly DeliveryResult[]): Promise<void> {
    await this.sql.query(RECORD, [
      subscriptionId,
      textArray(results.map((one) => one.eventId)),
      textArray(results.map((one) => one.state)),
      results.map((one) => one.waitMs),
      results.map((one) => one.at),
      intArray(results.map((one) => one.status)),
      intArray(results.map((one) => one.ms)),
      textArray(results.map((one) => one.error)),
      results.map((one) => one.answer),
    ]);
  }
}

const DUE = {
  name: 'delivery-due',
  text: `
    SELECT d.event_id AS "eventId", d.workspace_id AS "workspaceId", d.order_key AS "orderKey", d.attempts,
           d.first_attempt_at AS "firstAttemptAt", d.event_at AS "eventAt", o.type, o.payload
    FROM (
      SELECT * FROM deliveries d
      WHERE d.subscription_id = $1 AND d.state = 'pending' AND d.not_before <= now()
        AND (
          SELECT 1 FROM deliveries e
          WHERE e.subscription_id = $1 AND e.order_key = d.order_key AND e.event_id < d.event_id
            AND e.state = 'pending' AND e.attempts > 0 AND e.not_before > now()
          LIMIT 1
        ) IS NULL
      ORDER BY d.event_id LIMIT $2
    ) AS d
    CROSS JOIN LATERAL (SELECT type, payload FROM outbox WHERE id = d.event_id OFFSET 0) AS o
    ORDER BY d.event_id`,
};

const RECORD = {
  name: 'delivery-record',
  text: `
    UPDATE deliveries d
    SET state = r.state, attempts = least(d.attempts + 1, 32000), not_before = now() + r.wait_ms * interval '1 ms',
        first_attempt_at = coalesce(d.first_attempt_at, r.at), last_attempt_at = r.at,
        last_status = r.status, last_ms = r.ms, last_error = r.error, last_answer = r.answer
    FROM unnest($2::bigint[], $3::text[], $4::float8[], $5::timestamptz[], $6::int[], $7::int[], $8::text[], $9::text[])
      AS r (event_id, state, wait_ms, at, status, ms, error, answer)
    WHERE d.subscription_id = $1 AND d.event_id = ANY($2::bigint[]) AND d.event_id = r.event_id AND d.state = 'pending'`,
};
