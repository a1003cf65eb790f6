import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../database/sql.js';
import type { MessageState } from '../../ledger/message-state.js';

/** So many newest messages of one variant in one state; null: it waits for the winner. */
export interface VariantPart {
  readonly variant: number | null;
  /** Of the test, or chosen for each by weight; else it got what was chosen for all. */
  readonly isOwn: boolean;
  readonly state: MessageState;
  readonly n: number;
  /** People of them who wrote back and have not opted out since. */
  readonly replies: number;
}

/** What is written later than this is about something else. */
export const REPLY_DAYS = 7;

@Injectable()
export class VariantFiguresRepository {
  /**
   * The last of those who were of a test, or of a stage before it; 0 where none was. The batches of a dispatch are a
   * five-hundredth of its messages, and those of early stages are among the first.
   */
  async testUpTo(tx: Queryable, dispatchId: string, lastStage: number): Promise<number> {
    const [row] = await tx.query<{ seq: number }>(
      {
        name: 'variant-test-end',
        text: 'SELECT coalesce(max(last_seq), 0) AS seq FROM batches WHERE dispatch_id = $1 AND stage < $2',
      },
      [dispatchId, lastStage],
    );
    return row!.seq;
  }

  /**
   * The newest rows among these numbers, by variant and state: a range of the primary key, as for the report. Who wrote
   * back is one descent of the index of numbers in conversations for each that was sent, and for the few that have one
   * since, one of the index of what came in; as a scalar subquery with LIMIT, which no plan turns into a hash of all.
   */
  parts(tx: Queryable, dispatchId: string, after: number, upTo: number): Promise<VariantPart[]> {
    return tx.query<VariantPart>(PARTS, [dispatchId, after, upTo]);
  }
}

const PARTS = {
  name: 'variant-parts',
  text: `
    WITH span AS MATERIALIZED (
      SELECT workspace_id, recipient, channel_id, variant, state,
             date_trunc('second', coalesce(inflight_at, accepted_at)) AS begun_at
      FROM messages WHERE dispatch_id = $1 AND seq > $2 AND seq <= $3 AND resent_in IS NULL
    )
    SELECT coalesce(s.variant, (SELECT winner FROM dispatches WHERE id = $1)) AS variant, s.variant IS NOT NULL AS "isOwn",
           s.state, count(*)::int AS n, count(talk.replied)::int AS replies
    FROM span s
    CROSS JOIN LATERAL (
      SELECT (
        SELECT 1 FROM conversations t
        JOIN contacts k ON k.workspace_id = t.workspace_id AND k.id = t.contact_id
        JOIN inbound_messages i ON i.contact_id = t.contact_id AND i.channel_id = t.channel_id
        WHERE t.workspace_id = s.workspace_id AND t.recipient = s.recipient AND t.channel_id = s.channel_id
          AND t.last_inbound_at >= s.begun_at AND (k.opted_out_at IS NULL OR k.opted_out_at < s.begun_at)
          AND i.at >= s.begun_at AND i.at < s.begun_at + interval '${REPLY_DAYS} days'
        LIMIT 1
      ) AS replied OFFSET 0
    ) AS talk
    GROUP BY 1, 2, 3`,
};
