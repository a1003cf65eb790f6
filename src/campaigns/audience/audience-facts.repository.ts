import { Injectable } from '@nestjs/common';
import { Sql } from '../../database/sql.js';

/** What the conditions of an audience go by, apart from contacts. */
@Injectable()
export class AudienceFactsRepository {
  constructor(private readonly sql: Sql) {}

  async timezoneOf(workspaceId: string): Promise<string> {
    const [row] = await this.sql.query<{ timezone: string }>(
      'SELECT time_zone AS timezone FROM workspaces WHERE id = $1',
      [workspaceId],
    );
    return row?.timezone ?? 'UTC';
  }

  /** Of these campaigns, those that there are, and whether each recurs. */
  async campaigns(
    workspaceId: string,
    ids: readonly string[],
  ): Promise<{ id: string; name: string; recurs: boolean }[]> {
    return this.sql.query(
      `SELECT c.id, c.name, EXISTS (SELECT FROM schedules s WHERE s.campaign_id = c.id) AS recurs
       FROM campaigns c WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[])`,
      [workspaceId, ids],
    );
  }

  /** The messages of these campaigns, resends among them, by the index of dispatches on their campaign. */
  async dispatchesOf(workspaceId: string, campaignIds: readonly string[]): Promise<string[]> {
    if (campaignIds.length === 0) return [];
    const rows = await this.sql.query<{ id: string }>(
      `SELECT id::text FROM dispatches
       WHERE campaign_id = ANY($2::uuid[]) AND workspace_id = $1 ORDER BY dispatches.id`,
      [workspaceId, campaignIds],
    );
    return rows.map(({ id }) => id);
  }
}
