import { Injectable } from '@nestjs/common';
import { ReportSql } from '../database/pools.js';
import { surveySource, type AudienceScope } from './audience-source.js';

export interface AudienceSurvey {
  /** Who would get the message now: not opted out, and with a number. */
  readonly recipients: number;
  /** For each variable of the scope, how many of them have no value for it. */
  readonly lacking: readonly number[];
  readonly lastPosition: string;
}

@Injectable()
export class AudienceRepository {
  constructor(private readonly sql: ReportSql) {}

  /** One pass over the audience; a million contacts with two variables take about a second. */
  async survey(scope: AudienceScope): Promise<AudienceSurvey> {
    const { text, values } = surveySource(scope);
    const [row] = await this.sql.query<{ recipients: number; lacking: number[]; last: string }>(text, values);
    return { recipients: row!.recipients, lacking: row!.lacking, lastPosition: row!.last };
  }

  /** Of these contact ids, up to `limit` that the workspace does not have. */
  async unknownContacts(workspaceId: string, ids: readonly string[], limit: number): Promise<string[]> {
    const rows = await this.sql.query<{ id: string }>(
      `SELECT wanted.id::text FROM unnest($2::bigint[]) AS wanted (id)
       WHERE NOT EXISTS (SELECT FROM contacts c WHERE c.id = wanted.id AND c.workspace_id = $1) LIMIT $3`,
      [workspaceId, ids, limit],
    );
    return rows.map((row) => row.id);
  }
}
