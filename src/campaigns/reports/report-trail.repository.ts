import { Injectable } from '@nestjs/common';
import { ReportSql } from '../../database/pools.js';

/** Where one of the messages to a recipient is: that of the run, or one that tried it again. */
export interface MessageKey {
  readonly dispatchId: string;
  readonly seq: number;
}

/** What was written down of an attempt that was not simply accepted. */
export interface TrailRow extends MessageKey {
  readonly attempt: number;
  readonly at: Date;
  readonly source: string;
  readonly outcome: string;
  readonly code: string;
  readonly reason: string;
  readonly channelId: string | null;
}

@Injectable()
export class ReportTrailRepository {
  constructor(private readonly sql: ReportSql) {}

  /**
   * The message of the run by its key, those that tried it again by their number, among the few that the recipient has
   * in the resends of this campaign: there is no index of origins, and one is not worth what it costs each send.
   */
  async messagesOf(
    workspaceId: string,
    dispatchIds: readonly string[],
    number: number,
  ): Promise<MessageKey[]> {
    return this.sql.query<MessageKey>(
      {
        name: 'report-trail-messages',
        text: `
          SELECT dispatch_id AS "dispatchId", seq FROM (
            SELECT dispatch_id, seq FROM messages
            WHERE dispatch_id = ($2::bigint[])[1] AND seq = $3
            UNION ALL
            SELECT again.dispatch_id, again.seq FROM unnest(($2::bigint[])[2:]) AS resend (id) CROSS JOIN LATERAL (
              SELECT m.dispatch_id, m.seq FROM messages m
              WHERE m.workspace_id = $1 AND m.dispatch_id = resend.id AND m.origin_seq = $3 AND m.recipient = (
                SELECT recipient FROM messages WHERE dispatch_id = ($2::bigint[])[1] AND seq = $3
              )
              OFFSET 0
            ) AS again
          ) AS found ORDER BY dispatch_id`,
      },
      [workspaceId, dispatchIds, number],
    );
  }

  /** In the order in which it was written down. */
  async attemptsOf(keys: readonly MessageKey[]): Promise<TrailRow[]> {
    return this.sql.query<TrailRow>(
      {
        name: 'report-trail-attempts',
        text: `
          SELECT a.dispatch_id AS "dispatchId", a.seq, a.attempt, a.at, a.source, a.outcome, a.code, a.reason,
                 a.channel_id AS "channelId"
          FROM unnest($1::bigint[], $2::int[]) AS k (dispatch_id, seq) CROSS JOIN LATERAL (
            SELECT * FROM attempts WHERE dispatch_id = k.dispatch_id AND seq = k.seq OFFSET 0
          ) AS a
          ORDER BY a.dispatch_id, a.attempt, a.at`,
      },
      [keys.map(({ dispatchId }) => dispatchId), keys.map(({ seq }) => seq)],
    );
  }
}
