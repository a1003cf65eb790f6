import { Injectable } from '@nestjs/common';
import { ReportSql } from '../../database/pools.js';
import { inAudience, type AudienceScope } from '../audience/audience-source.js';
import { SqlParameters } from '../sql-parameters.js';
import { recipientZone } from './recipient-zone.js';
import type { Piece } from './window-forecast.js';

/** Enough to tell how an audience is spread over the world, and a few tenths of a second. */
const MOST_LOOKED_AT = 100_000;

/** Where the people of an audience live. */
@Injectable()
export class ZoneCounts {
  constructor(private readonly sql: ReportSql) {}

  /** By zone, of the first hundred thousand. */
  async of(scope: AudienceScope): Promise<Piece[]> {
    const p = new SqlParameters();
    const workspace = p.add(scope.workspaceId);
    const people =
      scope.audience.kind === 'file'
        ? `SELECT k.time_zone, r.recipient
           FROM (SELECT recipient FROM campaign_recipients
                 WHERE campaign_id = ${p.add(scope.campaignId)} AND reject IS NULL LIMIT ${MOST_LOOKED_AT}) AS r
           LEFT JOIN LATERAL (
             SELECT time_zone FROM contacts WHERE workspace_id = ${workspace} AND recipient = r.recipient LIMIT 1
           ) AS k ON true`
        : `SELECT c.time_zone, c.recipient FROM contacts c
           WHERE ${inAudience(scope, 'c', p)} AND c.opted_out_at IS NULL AND ${workspace}::uuid IS NOT NULL
           LIMIT ${MOST_LOOKED_AT}`;
    const zone = recipientZone('person.time_zone', 'person.recipient', p);
    return this.sql.query<Piece>(
      `SELECT zone, count(*)::int AS messages FROM (
         SELECT ${zone} AS zone FROM (${people}) AS person OFFSET 0
       ) AS lives GROUP BY zone ORDER BY zone`,
      p.values,
    );
  }
}
