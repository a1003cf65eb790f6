import { Injectable } from '@nestjs/common';
import type { InboundBody } from '../../channels/providers/inbound-message.js';
import type { MessageContent } from '../../channels/providers/message-content.js';
import { compileContent } from '../../channels/render-content.js';
import { ReportSql } from '../../database/pools.js';
import { Sql } from '../../database/sql.js';
import type { MessageState } from '../../ledger/message-state.js';
import type { Conversation, ThreadMessage, ThreadPlace } from './conversation.js';

interface Row {
  direction: 'in' | 'out';
  id: string;
  at: Date;
  type: string | null;
  text: string | null;
  body: InboundBody | null;
  replyTo: string | null;
  content: MessageContent | null;
  variables: Record<string, string> | null;
  state: MessageState | null;
  campaignId: string | null;
}

@Injectable()
export class ThreadRepository {
  constructor(
    private readonly sql: Sql,
    private readonly reports: ReportSql,
  ) {}

  /**
   * What a person wrote and what he was sent on this number, newest first. What came in is read along its index as far
   * as the page goes; of what was sent, all that this person ever got is looked at (messages_recipient), which is tens
   * of messages, hundreds at most. Messages without content any more are those that retention let go.
   */
  async page(
    workspaceId: string,
    { contactId, channelId, phone }: Conversation,
    before: ThreadPlace | null,
    limit: number,
  ): Promise<ThreadMessage[]> {
    const rows = await this.reports.query<Row>({ name: 'thread-page', text: PAGE }, [
      workspaceId,
      contactId,
      channelId,
      phone,
      before?.atMs ?? null,
      before?.direction ?? null,
      before?.id ?? null,
      limit,
    ]);
    return rows.map(messageOf);
  }

  /** One that came in, for its file. */
  async inbound(
    workspaceId: string,
    { contactId, channelId }: Conversation,
    id: string,
  ): Promise<InboundBody | null> {
    const [row] = await this.sql.query<{ body: InboundBody }>(
      {
        name: 'thread-inbound',
        text: `SELECT body FROM inbound_messages
               WHERE id = $1 AND workspace_id = $2 AND contact_id = $3 AND channel_id = $4`,
      },
      [id, workspaceId, contactId, channelId],
    );
    return row?.body ?? null;
  }
}

function messageOf(row: Row): ThreadMessage {
  const { id, at } = row;
  if (row.direction === 'in') {
    return {
      direction: 'in',
      id,
      at,
      type: row.type!,
      text: row.text!,
      body: row.body!,
      replyTo: row.replyTo,
    };
  }
  return {
    direction: 'out',
    id,
    at,
    content: compileContent(row.content!)(row.variables ?? {}),
    state: row.state!,
    campaignId: row.campaignId,
  };
}

const PLACE = `($5::float8 IS NULL OR (t.at, t.direction, t.id) < (to_timestamp($5::float8 / 1000), $6::text, $7::text))`;

const PAGE = `
  SELECT t.* FROM (
    (SELECT 'in' AS direction, m.id::text AS id, date_trunc('milliseconds', m.at) AS at, m.type, m.text, m.body,
            m.reply_to AS "replyTo", NULL::jsonb AS content, NULL::jsonb AS variables, NULL::text AS state,
            NULL::uuid AS "campaignId"
     FROM inbound_messages m
     WHERE m.contact_id = $2 AND m.channel_id = $3
       AND m.at < coalesce(to_timestamp(($5::float8 + 1) / 1000), 'infinity')
     -- A page, and those of the same millisecond that the one before ended in.
     ORDER BY m.at DESC, m.id DESC LIMIT $8 + 100)
    UNION ALL
    (SELECT 'out', m.dispatch_id || '-' || m.seq, date_trunc('milliseconds', coalesce(m.inflight_at, now())),
            NULL, NULL, NULL, NULL, said.content, m.variables, m.state::text, d.campaign_id
     FROM messages m JOIN dispatches d ON d.id = m.dispatch_id
     CROSS JOIN LATERAL (SELECT coalesce(m.content, CASE jsonb_typeof(d.content)
       WHEN 'array' THEN d.content -> coalesce(m.variant, d.winner)::int ELSE d.content END) AS content) AS said
     WHERE m.workspace_id = $1 AND m.recipient = $4 AND m.channel_id = $3
       AND m.state NOT IN ('skipped', 'cancelled') AND said.content IS NOT NULL)
  ) AS t
  WHERE ${PLACE}
  ORDER BY t.at DESC, t.direction DESC, t.id DESC LIMIT $8`;
