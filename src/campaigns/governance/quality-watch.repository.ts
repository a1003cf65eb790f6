import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../../database/sql.js';

/** A marketing campaign that is sent from numbers that turned RED. */
export interface TaintedCampaign {
  readonly id: string;
  readonly workspaceId: string;
  /** Names of those channels. */
  readonly channels: readonly string[];
}

/** Turned RED since the campaign was last stopped for it: who let it go on knew of those before. */
const IS_NEW = `h.red_since > coalesce(c.stopped_for_red_at, '-infinity')`;

/** By the partial index of campaigns in motion; each channel by its key. */
const TAINTED = {
  name: 'campaigns-tainted',
  text: `
    SELECT c.id, c.workspace_id AS "workspaceId", array_agg(h.name ORDER BY lower(h.name)) AS channels
    FROM campaigns c
    CROSS JOIN LATERAL unnest(c.channel_ids) AS u (channel_id)
    JOIN channels h ON h.id = u.channel_id
    WHERE c.status IN ('preparing', 'sending') AND c.category = 'marketing' AND ${IS_NEW}
    GROUP BY c.id, c.workspace_id ORDER BY c.id`,
};

@Injectable()
export class QualityWatchRepository {
  constructor(private readonly sql: Sql) {}

  tainted(): Promise<TaintedCampaign[]> {
    return this.sql.query<TaintedCampaign>(TAINTED);
  }

  /** Under the campaign's lock: whether it is still so; from here on it is known. */
  async note(tx: Queryable, campaignId: string): Promise<boolean> {
    const rows = await tx.query(
      `UPDATE campaigns c SET stopped_for_red_at = clock_timestamp()
       WHERE c.id = $1 AND EXISTS (SELECT FROM channels h WHERE h.id = ANY(c.channel_ids) AND ${IS_NEW}) RETURNING 1`,
      [campaignId],
    );
    return rows.length > 0;
  }
}
