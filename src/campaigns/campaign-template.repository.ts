import { Injectable } from '@nestjs/common';
import { USABLE_STATUSES } from '../channels/template.js';
import { Sql } from '../database/sql.js';

/** A campaign that is sending a template which may not be sent. */
export interface BarredCampaign {
  readonly id: string;
  readonly workspaceId: string;
  readonly template: string;
  readonly status: string;
  /** The name of the first channel where it may not. */
  readonly channel: string;
}

/**
 * By the partial index of campaigns in motion, and for each by the primary key of templates. A template that a list
 * does not hold any more is not taken for one that was refused: the provider may have answered half a list.
 */
const BARRED = {
  name: 'campaigns-barred',
  text: `
    SELECT DISTINCT ON (c.id) c.id, c.workspace_id AS "workspaceId", t.name AS template, t.status, h.name AS channel
    FROM campaigns c
    CROSS JOIN LATERAL unnest(c.channel_ids) AS u (channel_id)
    CROSS JOIN LATERAL (
      SELECT c.content AS said WHERE c.variants IS NULL
      UNION ALL SELECT jsonb_path_query(c.variants, '$[*].content')
    ) AS o
    JOIN channels h ON h.id = u.channel_id
    JOIN templates t ON t.channel_id = h.id
      AND (t.name = o.said->>'name' AND t.language = o.said->>'language' OR t.provider_ref = o.said->>'name')
    WHERE c.status IN ('preparing', 'sending') AND c.content->>'type' = 'template'
      AND t.status <> ALL($1::text[])
    ORDER BY c.id, h.name`,
};

@Injectable()
export class CampaignTemplateRepository {
  constructor(private readonly sql: Sql) {}

  barred(): Promise<BarredCampaign[]> {
    return this.sql.query<BarredCampaign>(BARRED, [USABLE_STATUSES]);
  }
}
