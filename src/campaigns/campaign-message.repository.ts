import { Injectable } from '@nestjs/common';
import { ReportSql } from '../database/pools.js';
import type { MessageState } from '../ledger/message-state.js';
import { OWN_CODES } from './message-reason.js';
import { SqlParameters } from './sql-parameters.js';

/** One recipient of a campaign, with what became of it. */
export interface CampaignMessage {
  readonly seq: number;
  /** Its number within the run, where this is a row that tries again. */
  readonly originSeq: number | null;
  /** The dispatch of the row that this one tries again. */
  readonly resendOf: string | null;
  readonly recipient: string;
  readonly contactId: string | null;
  readonly channelId: string | null;
  /** Which of the variants of its campaign it is, by its place in the list. */
  readonly variant: number | null;
  /** What the provider called it, where it was accepted at its first attempt and the provider echoes our own id. */
  readonly providerId: string | null;
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
  /** Leaves out what was sent again: then a newer row says where the recipient is. */
  readonly isNewest?: boolean;
}

/** No index holds the state of a message; these leave a row in attempts, which has one. */
const WITH_TRAIL: readonly MessageState[] = ['failed', 'unknown', 'unconfirmed'];
/** Rows of these exist only in batches that are not done. */
const BATCHES_OF: Partial<Record<MessageState, readonly string[]>> = {
  pending: ['ready', 'leased', 'parked'],
  inflight: ['leased'],
};

/** The numbers of one receipt lie no further apart than those of a batch, which is this long at most. */
const LONGEST_GROUP = 5000;

@Injectable()
export class CampaignMessageRepository {
  constructor(private readonly sql: ReportSql) {}

  /**
   * By number, after `after`. States and codes that are rare by nature are found through attempts, what is still to be
   * sent between the first and the last batch that is not done, the rest along the key. The workspace is proved on the
   * dispatch: as a condition on messages it tempts the planner to read all that the workspace ever sent.
   */
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
    return this.sql.query<CampaignMessage>(
      `SELECT page.*, receipt."providerId" FROM (
         SELECT m.seq, m.origin_seq AS "originSeq", m.resend_of AS "resendOf", m.recipient,
                m.contact_id AS "contactId", m.channel_id AS "channelId", m.state, m.attempt AS attempts,
                coalesce(m.variant, (SELECT winner FROM dispatches WHERE id = ${dispatch})) AS variant,
                m.last_code AS code, newest.reason AS trail, m.inflight_at AS "begunAt", m.accepted_at AS "acceptedAt",
                m.sent_at AS "sentAt", m.delivered_at AS "deliveredAt", m.read_at AS "readAt", m.failed_at AS "failedAt"
         FROM ${found(filter, dispatch, start, p)}
         LEFT JOIN LATERAL (
           SELECT a.reason FROM attempts a
           WHERE a.dispatch_id = m.dispatch_id AND a.seq = m.seq AND m.last_code IS NOT NULL
           ORDER BY a.attempt DESC, a.at DESC LIMIT 1
         ) AS newest ON true
         WHERE EXISTS (SELECT FROM dispatches WHERE id = ${dispatch} AND workspace_id = ${p.add(workspaceId)})
         ORDER BY position.seq LIMIT ${p.add(limit)}
       ) AS page
       LEFT JOIN LATERAL (
         SELECT r.provider_ids[array_position(r.seqs, page.seq)] AS "providerId" FROM receipts r
         WHERE r.dispatch_id = ${dispatch} AND r.first_seq BETWEEN page.seq - ${LONGEST_GROUP} AND page.seq
           AND page."acceptedAt" IS NOT NULL AND page.seq = ANY(r.seqs)
         ORDER BY r.first_seq DESC LIMIT 1
       ) AS receipt ON true
       ORDER BY page.seq`,
      p.values,
    );
  }

  /** When the messages of a dispatch were let go; null while they are there. */
  async purgedAt(dispatchId: string): Promise<Date | null> {
    const [row] = await this.sql.query<{ purgedAt: Date | null }>(
      { name: 'messages-purged-at', text: 'SELECT purged_at AS "purgedAt" FROM dispatches WHERE id = $1' },
      [dispatchId],
    );
    return row?.purgedAt ?? null;
  }
}

/** The messages as `m` and their numbers, in order, as `position`: rows stop being read where the page is full. */
function found(
  { state, code, isNewest }: MessageFilter,
  dispatch: string,
  start: string,
  p: SqlParameters,
): string {
  const conditions: string[] = [];
  if (state !== undefined) conditions.push(`state = ${p.add(state)}::message_state`);
  if (code !== undefined) conditions.push(`last_code = ${p.add(code)}`);
  if (isNewest === true) conditions.push('resent_in IS NULL');
  if (state === undefined ? code !== undefined && !OWN_CODES.has(code) : WITH_TRAIL.includes(state)) {
    const ofCode = code === undefined ? '' : `AND a.code = ${p.add(code)}`;
    // OFFSET 0 keeps the look-up of a message apart: joined, all attempts may be read and sorted for one page.
    return `(
      SELECT DISTINCT a.seq FROM attempts a WHERE a.dispatch_id = ${dispatch} AND a.seq > ${start} ${ofCode} ORDER BY a.seq
    ) AS position CROSS JOIN LATERAL (
      SELECT * FROM messages
      WHERE ${['dispatch_id = ' + dispatch, 'seq = position.seq', ...conditions].join(' AND ')} OFFSET 0
    ) AS m`;
  }
  conditions.push(`dispatch_id = ${dispatch}`, `seq > ${start}`);
  const batches = state === undefined ? undefined : BATCHES_OF[state];
  if (batches !== undefined) {
    const ofBatches = `FROM batches b WHERE b.dispatch_id = ${dispatch} AND b.state = ANY(${p.add(batches)}::text[])`;
    conditions.push(
      `seq >= (SELECT min(b.first_seq) ${ofBatches} AND b.last_seq > ${start})`,
      `seq <= (SELECT max(b.last_seq) ${ofBatches})`,
    );
  }
  return `(SELECT * FROM messages WHERE ${conditions.join(' AND ')}) AS m
    CROSS JOIN LATERAL (SELECT m.seq) AS position`;
}
