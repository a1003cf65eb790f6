import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../database/sql.js';

export interface Workspace {
  readonly id: string;
  readonly name: string;
}

@Injectable()
export class WorkspaceRepository {
  constructor(private readonly sql: Sql) {}

  async find(id: string): Promise<Workspace | null> {
    const [workspace] = await this.sql.query<Workspace>('SELECT id, name FROM workspaces WHERE id = $1', [
      id,
    ]);
    return workspace ?? null;
  }

  /** The oldest one, made if there is none. The caller holds a lock, or two processes would make two. */
  async ensureFirst(db: Queryable): Promise<Workspace> {
    const [found] = await db.query<Workspace>(
      'SELECT id, name FROM workspaces ORDER BY created_at, id LIMIT 1',
    );
    if (found !== undefined) return found;
    const [made] = await db.query<Workspace>(
      `INSERT INTO workspaces (name) VALUES ('Main') RETURNING id, name`,
    );
    return made as Workspace;
  }
}
