import { Injectable } from '@nestjs/common';
import { Sql } from '../../database/sql.js';
import type { Rule, RuleWish } from './rule.js';

const COLUMNS = `id, workspace_id AS "workspaceId", name, position, enabled, channel_ids AS "channelIds", match, actions,
  stop, created_at AS "createdAt", updated_at AS "updatedAt"`;

@Injectable()
export class RuleRepository {
  constructor(private readonly sql: Sql) {}

  /** In the order in which they are tried. A workspace has tens of them. */
  async list(workspaceId: string): Promise<Rule[]> {
    return this.sql.query<Rule>(
      {
        name: 'rules-list',
        text: `SELECT ${COLUMNS} FROM rules WHERE workspace_id = $1 ORDER BY position, id`,
      },
      [workspaceId],
    );
  }

  async find(workspaceId: string, id: string): Promise<Rule | null> {
    const [rule] = await this.sql.query<Rule>(
      `SELECT ${COLUMNS} FROM rules WHERE workspace_id = $1 AND id = $2`,
      [workspaceId, id],
    );
    return rule ?? null;
  }

  /** Null when the workspace has as many as it may have. */
  async create(workspaceId: string, wish: RuleWish, most: number): Promise<Rule | null> {
    const [rule] = await this.sql.query<Rule>(
      `INSERT INTO rules (workspace_id, name, position, enabled, channel_ids, match, actions, stop)
       SELECT $1, $2, $3, $4, $5::uuid[], $6::jsonb, $7::jsonb, $8
       WHERE (SELECT count(*) FROM rules WHERE workspace_id = $1) < $9
       RETURNING ${COLUMNS}`,
      [workspaceId, ...valuesOf(wish), most],
    );
    return rule ?? null;
  }

  async replace(workspaceId: string, id: string, wish: RuleWish): Promise<Rule | null> {
    const [rule] = await this.sql.query<Rule>(
      `UPDATE rules SET name = $3, position = $4, enabled = $5, channel_ids = $6::uuid[], match = $7::jsonb,
         actions = $8::jsonb, stop = $9, updated_at = now()
       WHERE workspace_id = $1 AND id = $2 RETURNING ${COLUMNS}`,
      [workspaceId, id, ...valuesOf(wish)],
    );
    return rule ?? null;
  }

  async remove(workspaceId: string, id: string): Promise<boolean> {
    const rows = await this.sql.query('DELETE FROM rules WHERE workspace_id = $1 AND id = $2 RETURNING 1', [
      workspaceId,
      id,
    ]);
    return rows.length > 0;
  }
}

function valuesOf(wish: RuleWish): unknown[] {
  const { name, position, enabled, channelIds, match, actions, stop } = wish;
  return [name, position, enabled, channelIds, JSON.stringify(match), JSON.stringify(actions), stop];
}
