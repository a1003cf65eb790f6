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

  /** Those with this id or, in any case, this name: names need not be unique. */
  async named(word: string): Promise<Workspace[]> {
    return this.sql.query<Workspace>(
      `SELECT id, name FROM workspaces WHERE id::text = lower($1) OR lower(name) = lower($1) ORDER BY created_at LIMIT 10`,
      [word],
    );
  }

  async oldest(limit: number): Promise<Workspace[]> {
    return this.sql.query<Workspace>('SELECT id, name FROM workspaces ORDER BY created_at, id LIMIT $1', [
      limit,
    ]);
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
