import { Injectable } from '@nestjs/common';
import { IntakeSql } from '../../database/pools.js';
import type { Queryable } from '../../database/sql.js';
import type { WebhookEvent } from './webhook-event.js';
import type { WebhookStore } from './webhook-store.js';

/** What many events of a group have in common. */
type Origin = Pick<WebhookEvent, 'source' | 'contentType' | 'query'>;

@Injectable()
export class WebhookEventRepository implements WebhookStore {
  constructor(private readonly sql: IntakeSql) {}

  /**
   * Stores webhooks and puts them on the backlog, one statement and one durable commit for all. The bodies travel as
   * one binary value that is cut up in Postgres: as an array they would be written out in hex, twice as long; where
   * they came from travels once for all that came the same way. The proof is part of the dedupe key, so that nobody
   * can take the place of another's webhook by sending it first. Numbered in the order of arrival and inserted in the
   * order of that key: two of these with the same webhooks wait for each other and never deadlock. When each came is
   * told as its age, so that the clocks of two machines do not mix.
   */
  async insert(events: readonly WebhookEvent[]): Promise<void> {
    await this.sql.query(INSERT, parametersOf(events));
  }

  /** The same in a transaction of the caller's; returns the ids of those that are new. */
  async insertIn(tx: Queryable, events: readonly WebhookEvent[]): Promise<string[]> {
    const rows = await tx.query<{ id: string }>(INSERT_RETURNING, parametersOf(events));
    return rows.map(({ id }) => id);
  }
}

function parametersOf(events: readonly WebhookEvent[]): unknown[] {
  const nowMs = Date.now();
  const origins: Origin[] = [];
  const known = new Map<string, number>();
  const numbers: number[] = [];
  const starts: number[] = [];
  const lengths: number[] = [];
  let end = 0;
  let last: { origin: Origin; number: number } | undefined;
  for (const event of events) {
    if (last === undefined || !isSameOrigin(last.origin, event)) {
      const key = `${event.source.scope} ${event.contentType} ${event.query}`;
      let number = known.get(key);
      if (number === undefined) {
        number = origins.push(event);
        known.set(key, number);
      }
      last = { origin: event, number };
    }
    numbers.push(last.number);
    starts.push(end + 1);
    lengths.push(event.body.length);
    end += event.body.length;
  }
  return [
    origins.map(({ source }) => source.workspaceId),
    origins.map(({ source }) => source.provider),
    origins.map(({ source }) => source.scope),
    origins.map(({ source }) => `{${source.channelIds.join(',')}}`),
    origins.map(({ source }) => source.addressChannelId),
    origins.map(({ contentType }) => contentType),
    origins.map(({ query }) => query),
    `{${numbers.join(',')}}`,
    `{${events.map((event) => event.lane).join(',')}}`,
    `{${starts.join(',')}}`,
    `{${lengths.join(',')}}`,
    Buffer.concat(
      events.map((event) => event.body),
      end,
    ),
    `{${events.map(({ arrivedAtMs }) => Math.max(0, nowMs - arrivedAtMs)).join(',')}}`,
  ];
}

function isSameOrigin(a: Origin, b: Origin): boolean {
  return a.source === b.source && a.contentType === b.contentType && a.query === b.query;
}

const INSERT = {
  name: 'webhook-insert',
  text: `
    WITH durable AS MATERIALIZED (SELECT set_config('synchronous_commit', 'on', true)),
    arrived AS MATERIALIZED (
      SELECT nextval('webhook_events_id_seq') AS id, a.origin, a.lane, now() - a.age_ms * interval '1 ms' AS received_at,
             substring($12::bytea FROM a.start FOR a.length) AS body
      FROM durable, unnest($8::int[], $9::int[], $10::int[], $11::int[], $13::bigint[])
        AS a (origin, lane, start, length, age_ms)
    ),
    stored AS (
      INSERT INTO webhook_events (id, workspace_id, provider, scope, channel_ids, address_channel_id, content_type, query,
                                  received_at, body, dedupe_key)
      SELECT id, ($1::uuid[])[origin], ($2::text[])[origin], ($3::text[])[origin], ($4::text[])[origin]::uuid[],
             ($5::uuid[])[origin], ($6::text[])[origin], ($7::text[])[origin], received_at, body,
             sha256(convert_to(($2::text[])[origin] || ' ' || ($3::text[])[origin] || ' ', 'UTF8') || body) AS dedupe_key
      FROM arrived
      ORDER BY dedupe_key
      ON CONFLICT (dedupe_key) DO NOTHING
      RETURNING id, workspace_id
    )
    INSERT INTO webhook_backlog (event_id, workspace_id, lane)
    SELECT s.id, s.workspace_id, a.lane FROM stored s JOIN arrived a ON a.id = s.id`,
};

const INSERT_RETURNING = {
  name: 'webhook-insert-returning',
  text: `${INSERT.text} RETURNING event_id AS id`,
};
