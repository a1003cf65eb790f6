import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../database/sql.js';
import type { MessageState } from '../../ledger/message-state.js';

/** Whom a follow-up is for: who has the message of a dispatch and is not known to have read it. */
export interface UnreadOf {
  readonly workspaceId: string;
  readonly dispatchId: string;
  readonly states: readonly MessageState[];
  /** They had it by then. */
  readonly before: Date;
}

interface Copied {
  readonly found: number;
  /** The last number of the dispatch. */
  readonly total: number;
}

@Injectable()
export class UnreadRepository {
  /**
   * Writes those among the `stretch` numbers after `after` as recipients of the campaign, numbered on from `written`, with
   * what was known of them when they were written to. A range of the key, so that no plan reads more; whoever wrote to
   * us since is looked up by the index of numbers in conversations, one by one (as a join they may be hashed, all of the
   * workspace for each stretch). What was sent again counts by its newest row.
   */
  async copy(
    tx: Queryable,
    campaignId: string,
    { workspaceId, dispatchId, states, before }: UnreadOf,
    at: { readonly after: number; readonly stretch: number; readonly written: number },
  ): Promise<Copied> {
    const [row] = await tx.query<Copied>(COPY, [
      campaignId,
      workspaceId,
      dispatchId,
      states,
      before,
      at.after,
      at.written,
      at.after + at.stretch,
    ]);
    return row!;
  }
}

const COPY = {
  name: 'follow-up-copy',
  text: `
    WITH found AS MATERIALIZED (
      SELECT m.seq, m.recipient, m.variables FROM messages m
      WHERE m.dispatch_id = $3 AND m.seq > $6 AND m.seq <= $8 AND m.resent_in IS NULL AND m.state = ANY($4::message_state[])
        AND coalesce(m.delivered_at, m.sent_at, m.accepted_at, m.inflight_at) <= $5
        AND (
          SELECT 1 FROM conversations t
          WHERE t.workspace_id = $2 AND t.recipient = m.recipient AND t.last_inbound_at > m.inflight_at LIMIT 1
        ) IS NULL
    ),
    written AS (
      INSERT INTO campaign_recipients (campaign_id, workspace_id, row_number, recipient, variables)
      SELECT $1, $2, $7::int + row_number() OVER (ORDER BY seq), recipient, variables FROM found
    )
    SELECT (SELECT count(*)::int FROM found) AS found, total FROM dispatches WHERE id = $3`,
};
