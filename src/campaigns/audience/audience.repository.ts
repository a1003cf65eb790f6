import { Injectable } from '@nestjs/common';
import { ReportSql } from '../../database/pools.js';
import { SuppressionRepository } from '../../ledger/suppression.repository.js';
import type { AudienceScope } from './audience-source.js';
import { surveySource } from './survey-source.js';

export interface AudienceSurvey {
  /** Who would get the message now: not opted out, and with a number. */
  readonly recipients: number;
  /** Who would get it besides, had they written within 24 hours. */
  readonly windowClosed: number;
  /** For each variable of the scope, how many of them have no value for it. */
  readonly lacking: readonly number[];
  readonly lastPosition: string;
}

@Injectable()
export class AudienceRepository {
  constructor(
    private readonly sql: ReportSql,
    private readonly suppressions: SuppressionRepository,
  ) {}

  /**
   * One pass over the audience, and one over the suppressions of the workspace where it is large; a million contacts with
   * two variables take one to two seconds. With channels that only people with an open window are reached by
   * (`closing`), a look at an index for each: two or three seconds more.
   */
  async survey(scope: AudienceScope, closing: readonly string[] = []): Promise<AudienceSurvey> {
    const { text, values } = surveySource(scope, closing, this.suppressions.pepper);
    const [row] = await this.sql.query<Omit<AudienceSurvey, 'lastPosition'> & { last: string }>(text, values);
    const { last, ...counts } = row!;
    return { ...counts, lastPosition: last };
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
