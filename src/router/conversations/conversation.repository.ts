import { Injectable } from '@nestjs/common';
import { likeLiteral } from '../../database/like-literal.js';
import { ReportSql } from '../../database/pools.js';
import { Sql } from '../../database/sql.js';
import type { Conversation } from './conversation.js';

export interface ConversationFilter {
  /** Looked for in numbers by its digits, and in the beginnings of names. */
  readonly search?: string;
  readonly isUnread: boolean;
}

export interface ConversationPlace {
  readonly lastMessageAtMs: number;
  readonly id: string;
}

const COLUMNS = `
  v.id::text, v.channel_id AS "channelId", v.contact_id::text AS "contactId", v.recipient AS phone,
  coalesce(c.name, v.profile_name) AS name, v.unread, v.last_text AS "lastText",
  date_trunc('milliseconds', v.last_message_at) AS "lastMessageAt", v.last_inbound_at AS "lastInboundAt",
  c.opted_out_at IS NOT NULL AS "optedOut"`;
const FROM = `conversations v JOIN contacts c ON c.workspace_id = v.workspace_id AND c.id = v.contact_id`;

@Injectable()
export class ConversationRepository {
  constructor(
    private readonly sql: Sql,
    private readonly reports: ReportSql,
  ) {}

  /**
   * Newest first, along conversations_newest, or along conversations_unread, which holds those alone. A search reads
   * on until the page is full: all of the workspace's conversations at worst, within the time of a report.
   */
  async list(
    workspaceId: string,
    { search, isUnread }: ConversationFilter,
    before: ConversationPlace | null,
    limit: number,
  ): Promise<Conversation[]> {
    const digits = (search ?? '').replace(/\D/g, '');
    const found =
      search === undefined
        ? ''
        : `AND (c.name ILIKE $5 OR v.profile_name ILIKE $5 ${digits === '' ? '' : 'OR v.recipient LIKE $6'})`;
    return this.reports.query<Conversation>(
      `SELECT ${COLUMNS} FROM ${FROM}
       WHERE v.workspace_id = $1 ${isUnread ? 'AND v.unread > 0' : ''}
         AND ($2::float8 IS NULL
              OR (date_trunc('milliseconds', v.last_message_at), v.id) < (to_timestamp($2::float8 / 1000), $3::bigint))
         AND v.last_message_at < coalesce(to_timestamp(($2::float8 + 1) / 1000), 'infinity')
         ${found}
       ORDER BY v.last_message_at DESC, v.id DESC LIMIT $4`,
      [
        workspaceId,
        before?.lastMessageAtMs ?? null,
        before?.id ?? null,
        limit,
        ...(search === undefined ? [] : [`%${likeLiteral(search)}%`]),
        ...(search === undefined || digits === '' ? [] : [`%${digits}%`]),
      ],
    );
  }

  async find(workspaceId: string, id: string): Promise<Conversation | null> {
    const [row] = await this.sql.query<Conversation>(
      {
        name: 'conversation-find',
        text: `SELECT ${COLUMNS} FROM ${FROM} WHERE v.workspace_id = $1 AND v.id = $2`,
      },
      [workspaceId, id],
    );
    return row ?? null;
  }

  async markRead(workspaceId: string, id: string): Promise<boolean> {
    const rows = await this.sql.query(
      {
        name: 'conversation-read',
        text: 'UPDATE conversations SET unread = 0 WHERE workspace_id = $1 AND id = $2 RETURNING 1',
      },
      [workspaceId, id],
    );
    return rows.length > 0;
  }

  /** A person answered: what came before is read. */
  async answered(workspaceId: string, id: string, text: string): Promise<void> {
    await this.sql.query(
      {
        name: 'conversation-answered',
        text: `UPDATE conversations
               SET unread = 0, last_message_at = greatest(last_message_at, now()), last_text = left($3, 200)
               WHERE workspace_id = $1 AND id = $2`,
      },
      [workspaceId, id, text],
    );
  }
}
