import { Injectable } from '@nestjs/common';
import { Sql } from '../database/sql.js';
import type { MessageState } from '../ledger/message-state.js';
import { SqlParameters } from './sql-parameters.js';

/** One recipient of a campaign, with what became of it. */
export interface CampaignMessage {
  readonly seq: number;
  readonly recipient: string;
  readonly contactId: string | null;
  readonly channelId: string | null;
  readonly state: MessageState;
  readonly attempts: number;
  readonly code: string | null;
  /** What the newest attempt that left a trail said. */
  readonly trail: string | null;
  readonly begunAt: Date | null;
  readonly acceptedAt: Date | null;
  readonly sentAt: Date | null;
  readonly deliveredAt: Date | null;
  readonly readAt: Date | null;
  readonly failedAt: Date | null;
}

export interface MessageFilter {
  readonly state?: MessageState;
  readonly code?: string;
}

/** No index holds the state of a message; these leave a row in attempts, which has one. */
const WITH_TRAIL: readonly MessageState[] = ['failed', 'unknown', 'unconfirmed'];

@Injectable()
export class CampaignMessageRepository {
  constructor(private readonly sql: Sql) {}

  /** By number, after `after`. States that are rare by nature are found through attempts, the rest along the key. */
  async page(
    workspaceId: string,
    dispatchId: string,
    filter: MessageFilter,
    after: number,
    limit: number,
  ): Promise<CampaignMessage[]> {
    const p = new SqlParameters();
    const dispatch = `${p.add(dispatchId)}::bigint`;
    const start = `${p.add(after)}::int`;
    const conditions = [`m.workspace_id = ${p.add(workspaceId)}`];
    if (filter.state !== undefined) conditions.push(`m.state = ${p.add(filter.state)}::message_state`);
    if (filter.code !== undefined) conditions.push(`m.last_code = ${p.add(filter.code)}`);
    const hasTrail = filter.state !== undefined && WITH_TRAIL.includes(filter.state);
    const ofCode = filter.code === undefined ? '' : ` AND a.code = ${p.add(filter.code)}`;
    const from = hasTrail
      ? `(SELECT DISTINCT a.seq FROM attempts a
          WHERE a.dispatch_id = ${dispatch} AND a.seq > ${start}${ofCode}) AS t
         JOIN messages m ON m.dispatch_id = ${dispatch} AND m.seq = t.seq`
      : 'messages m';
    const range = hasTrail ? '' : `m.dispatch_id = ${dispatch} AND m.seq > ${start} AND `;
    return this.sql.query<CampaignMessage>(
      `SELECT m.seq, m.recipient, m.contact_id AS "contactId", m.channel_id AS "channelId", m.state,
              m.attempt AS attempts, m.last_code AS code, newest.reason AS trail,
              m.inflight_at AS "begunAt", m.accepted_at AS "acceptedAt", m.sent_at AS "sentAt",
              m.delivered_at AS "deliveredAt", m.read_at AS "readAt", m.failed_at AS "failedAt"
       FROM ${from}
       LEFT JOIN LATERAL (
         SELECT a.reason FROM attempts a
         WHERE a.dispatch_id = m.dispatch_id AND a.seq = m.seq AND m.last_code IS NOT NULL
         ORDER BY a.attempt DESC, a.at DESC LIMIT 1
       ) AS newest ON true
       WHERE ${range}${conditions.join(' AND ')}
       ORDER BY m.seq LIMIT ${p.add(limit)}`,
      p.values,
    );
  }
}
