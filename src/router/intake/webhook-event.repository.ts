import { Injectable } from '@nestjs/common';
import { IntakeSql } from '../../database/pools.js';
import type { WebhookEvent } from './webhook-event.js';

@Injectable()
export class WebhookEventRepository {
  constructor(private readonly sql: IntakeSql) {}

  /**
   * Stores webhooks and puts them on the backlog, one statement and one durable commit for all. The bodies travel as
   * one binary value that is cut up in Postgres: as an array they would be written out in hex, twice as long. The
   * proof is part of the dedupe key, so that nobody can take the place of another's webhook by sending it first.
   * Inserted in the order of that key: two of these with the same webhooks wait for each other and never deadlock.
   */
  async insert(events: readonly WebhookEvent[]): Promise<void> {
    let end = 0;
    const starts = events.map((event) => {
      const start = end + 1;
      end += event.body.length;
      return start;
    });
    await this.sql.query(INSERT, [
      events.map((event) => event.workspaceId),
      events.map((event) => event.provider),
      events.map((event) => event.scope),
      events.map((event) => `{${event.channelIds.join(',')}}`),
      starts,
      events.map((event) => event.body.length),
      Buffer.concat(events.map((event) => event.body)),
    ]);
  }
}

const INSERT = {
  name: 'webhook-insert',
  text: `
    WITH durable AS MATERIALIZED (SELECT set_config('synchronous_commit', 'on', true)),
    arrived AS MATERIALIZED (
      SELECT a.workspace_id, a.provider, a.scope, a.channel_ids::uuid[] AS channel_ids,
             substring($7::bytea FROM a.start FOR a.length) AS body
      FROM durable, unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::int[])
        AS a (workspace_id, provider, scope, channel_ids, start, length)
    ),
    stored AS (
      INSERT INTO webhook_events (workspace_id, provider, channel_ids, body, dedupe_key)
      SELECT workspace_id, provider, channel_ids, body,
             sha256(convert_to(provider || ' ' || scope || ' ', 'UTF8') || body) AS dedupe_key
      FROM arrived
      ORDER BY dedupe_key
      ON CONFLICT (dedupe_key) DO NOTHING
      RETURNING id, workspace_id
    )
    INSERT INTO webhook_backlog (event_id, workspace_id) SELECT id, workspace_id FROM stored`,
};
