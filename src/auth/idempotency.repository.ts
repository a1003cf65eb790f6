import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../database/sql.js';

/** What is known of a key: nothing before this request, or how far the first request with it got. */
export type IdempotencyClaim =
  | { readonly kind: 'claimed'; readonly fence: string }
  | {
      readonly kind: 'answered';
      readonly requestHash: Buffer;
      readonly status: number;
      readonly body: unknown;
    }
  | { readonly kind: 'open'; readonly requestHash: Buffer; readonly ageSeconds: number };

interface Row {
  request_hash: Buffer;
  status: number | null;
  body: { value?: unknown } | null;
  age_seconds: number;
}

const KEPT = "interval '24 hours'";

/**
 * One statement decides who is first: the insert, or the takeover of a row whose time is over. The fence
 * (created_at, to the microsecond) keeps a request that outlived its claim from writing into the next one.
 */
const CLAIM = {
  name: 'idempotency-claim',
  text: `
    INSERT INTO idempotency_keys AS held (workspace_id, key, request_hash) VALUES ($1, $2, $3)
    ON CONFLICT (workspace_id, key) DO UPDATE
    SET request_hash = EXCLUDED.request_hash, status = NULL, body = NULL, created_at = clock_timestamp()
    WHERE held.created_at < now() - ${KEPT}
    RETURNING created_at::text AS fence`,
};

@Injectable()
export class IdempotencyRepository {
  constructor(private readonly sql: Sql) {}

  async claim(workspaceId: string, key: string, requestHash: Buffer): Promise<IdempotencyClaim> {
    const [mine] = await this.sql.query<{ fence: string }>(CLAIM, [workspaceId, key, requestHash]);
    if (mine !== undefined) return { kind: 'claimed', fence: mine.fence };
    const [row] = await this.sql.query<Row>(
      `SELECT request_hash, status, body, extract(epoch FROM now() - created_at)::float8 AS age_seconds
       FROM idempotency_keys WHERE workspace_id = $1 AND key = $2`,
      [workspaceId, key],
    );
    // The first request failed and freed the key in between: the next try of the client finds it free.
    if (row === undefined) return { kind: 'open', requestHash, ageSeconds: 0 };
    return row.status === null
      ? { kind: 'open', requestHash: row.request_hash, ageSeconds: row.age_seconds }
      : { kind: 'answered', requestHash: row.request_hash, status: row.status, body: row.body?.value };
  }

  async keepAnswer(
    workspaceId: string,
    key: string,
    fence: string,
    status: number,
    body: unknown,
  ): Promise<void> {
    await this.sql.query(
      `UPDATE idempotency_keys SET status = $4, body = $5
       WHERE workspace_id = $1 AND key = $2 AND created_at = $3::timestamptz AND status IS NULL`,
      // In an envelope, so that "no body" and the body null are two things.
      [workspaceId, key, fence, status, JSON.stringify({ value: body })],
    );
  }

  async free(workspaceId: string, key: string, fence: string): Promise<void> {
    await this.sql.query(
      `DELETE FROM idempotency_keys
       WHERE workspace_id = $1 AND key = $2 AND created_at = $3::timestamptz AND status IS NULL`,
      [workspaceId, key, fence],
    );
  }

  /** Drops up to `limit` of what nothing would replay any more, by the index on their age; how many. */
  async dropExpired(tx: Queryable, limit: number): Promise<number> {
    const rows = await tx.query(
      `DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY(
         SELECT ctid FROM idempotency_keys WHERE created_at < now() - ${KEPT}
         ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED
       )) RETURNING 1`,
      [limit],
    );
    return rows.length;
  }
}
