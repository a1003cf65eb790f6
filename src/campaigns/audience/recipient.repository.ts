import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../database/sql.js';
import type { UploadedRecipient } from './recipient-rows.js';

/** The recipients that were uploaded with a campaign. */
@Injectable()
export class RecipientRepository {
  /** Some thousand rows a statement. JSON travels as text: pg would build an object of each otherwise. */
  async add(
    tx: Queryable,
    workspaceId: string,
    campaignId: string,
    rows: readonly UploadedRecipient[],
  ): Promise<void> {
    await tx.query(
      {
        name: 'campaign-recipients-add',
        text: `
          INSERT INTO campaign_recipients (campaign_id, workspace_id, row_number, recipient, name, variables, reject)
          SELECT $1, $2, r.row_number, r.recipient, r.name, r.variables::jsonb, r.reject
          FROM unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[])
            AS r (row_number, recipient, name, variables, reject)`,
      },
      [
        campaignId,
        workspaceId,
        rows.map((row) => row.rowNumber),
        rows.map((row) => row.recipient),
        rows.map((row) => row.name),
        rows.map((row) => JSON.stringify(row.variables)),
        rows.map((row) => row.reject),
      ],
    );
  }

  /**
   * Marks every later row of a number that came before; returns how many. One sort of the campaign's rows. The rows
   * found stand in an array on purpose: statistics know nothing of a campaign that was uploaded a moment ago, and as a
   * join the planner runs the sort again for each of its rows (20,000 rows: over a minute; so: 60 ms).
   */
  async markDuplicates(tx: Queryable, campaignId: string): Promise<number> {
    const [row] = await tx.query<{ n: number }>(
      `WITH marked AS (
         UPDATE campaign_recipients SET reject = 'duplicate'
         WHERE campaign_id = $1 AND row_number = ANY (ARRAY(
           SELECT row_number FROM (
             SELECT r.row_number, row_number() OVER (PARTITION BY r.recipient ORDER BY r.row_number) AS nth
             FROM campaign_recipients r WHERE r.campaign_id = $1 AND r.reject IS NULL
           ) AS ranked WHERE nth > 1
         ))
         RETURNING 1
       )
       SELECT count(*)::int AS n FROM marked`,
      [campaignId],
    );
    return row!.n;
  }

  async copy(tx: Queryable, fromCampaignId: string, toCampaignId: string): Promise<void> {
    await tx.query(
      `INSERT INTO campaign_recipients (campaign_id, workspace_id, row_number, recipient, name, variables, reject)
       SELECT $2, workspace_id, row_number, recipient, name, variables, reject
       FROM campaign_recipients WHERE campaign_id = $1`,
      [fromCampaignId, toCampaignId],
    );
  }

  async clear(tx: Queryable, campaignId: string): Promise<void> {
    await tx.query('DELETE FROM campaign_recipients WHERE campaign_id = $1', [campaignId]);
  }
}
