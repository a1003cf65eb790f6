import { Injectable } from '@nestjs/common';
import type { Queryable } from '../database/sql.js';
import type { MessageCategory } from '../ledger/suppression.js';
import { isFinal, statusAfter, statusesBefore, type CampaignEvent, type HoldCode } from './campaign-state.js';

/** What a campaign is given when some of it is sent again. */
export interface CampaignResend {
  readonly dispatchId: string;
  /** Past the last position to take. */
  readonly until: string;
}

export interface CampaignMove {
  readonly campaignId: string;
  readonly event: CampaignEvent;
  /** Who wanted it; where nobody is named, whoever gave the order that it follows from, with the reason of then. */
  readonly by?: string;
  readonly reason?: string;
  /** Of the event hold: what kind of hold it is, where there are several. */
  readonly holdCode?: HoldCode;
}

/** What a campaign is given when it starts. */
export interface CampaignStart {
  readonly dispatchId: string;
  readonly channelIds: readonly string[];
  readonly category: MessageCategory;
  readonly expected: number;
  /** The last key of the audience: who comes later is not part of it. */
  readonly until: string;
}

/** Changes of status, each a compare-and-set on the states that the table allows. */
@Injectable()
export class CampaignMoveRepository {
  /** Whether the campaign was in a status from which the event leads on; nothing changed where it was not. */
  async move(tx: Queryable, { campaignId, event, by, reason, holdCode }: CampaignMove): Promise<boolean> {
    const to = statusAfter(event);
    const rows = await tx.query(
      {
        name: 'campaign-move',
        text: `
          UPDATE campaigns
          SET status = $2, status_at = now(), updated_at = now(), status_by = coalesce($3, status_by),
              status_reason = CASE WHEN $3::text IS NULL THEN status_reason ELSE $4 END,
              finished_at = CASE WHEN $5 THEN now() END, hold_code = $7
          WHERE id = $1 AND status = ANY($6::text[])
          RETURNING id`,
      },
      [campaignId, to, by ?? null, reason ?? null, isFinal(to), statusesBefore(event), holdCode ?? null],
    );
    return rows.length > 0;
  }

  /** Fixes what the run is made of; in the transaction of the move to `preparing`. */
  async begin(tx: Queryable, campaignId: string, start: CampaignStart): Promise<void> {
    await tx.query(
      {
        name: 'campaign-begin',
        text: `
          UPDATE campaigns
          SET dispatch_id = $2, channel_ids = $3, expected = $4, prepare_until = $5, category = $6, started_at = now()
          WHERE id = $1`,
      },
      [campaignId, start.dispatchId, start.channelIds, start.expected, start.until, start.category],
    );
  }

  /** Puts the newest resend in the place of what was run before; in the transaction of the move to `sending`. */
  async beginAgain(tx: Queryable, campaignId: string, { dispatchId, until }: CampaignResend): Promise<void> {
    await tx.query(
      `UPDATE campaigns
       SET dispatch_id = $2, resends = resends + 1, is_prepared = false, prepare_cursor = 0, prepare_until = $3,
           prepare_lease_until = NULL, prepare_failures = 0, stage_settled_at = NULL
       WHERE id = $1`,
      [campaignId, dispatchId, until],
    );
  }
}
