import { Injectable } from '@nestjs/common';
import { isUniqueViolation } from '../../database/postgres-codes.js';
import { Sql } from '../../database/sql.js';
import type { Selection } from './audience-condition.js';
import { AudienceNameTakenError } from './audience.errors.js';

export interface SavedAudienceWish {
  readonly name: string;
  readonly description: string | null;
  readonly selection: Selection;
}

export interface SavedAudience extends SavedAudienceWish {
  readonly id: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Where a page of the list ends: instant with microseconds, and id. */
type SavedAudienceCursor = readonly [createdAt: string, id: string];

const COLUMNS = `id, name, description, selection, created_at AS "createdAt", updated_at AS "updatedAt"`;
const MOST_NAMED = 5;

@Injectable()
export class SavedAudienceRepository {
  constructor(private readonly sql: Sql) {}

  async create(workspaceId: string, wish: SavedAudienceWish, by: string): Promise<SavedAudience> {
    const { name, description, selection } = wish;
    const rows = await namesApart(name, () =>
      this.sql.query<SavedAudience>(
        `INSERT INTO audiences (workspace_id, name, description, selection, created_by)
         VALUES ($1, $2, $3, $4, $5) RETURNING ${COLUMNS}`,
        [workspaceId, name, description, JSON.stringify(selection), by],
      ),
    );
    return rows[0]!;
  }

  async find(workspaceId: string, id: string): Promise<SavedAudience | null> {
    const [row] = await this.sql.query<SavedAudience>(
      `SELECT ${COLUMNS} FROM audiences WHERE workspace_id = $1 AND id = $2`,
      [workspaceId, id],
    );
    return row ?? null;
  }

  /** Newest first, along audiences_list. */
  async list(
    workspaceId: string,
    after: SavedAudienceCursor | null,
    limit: number,
  ): Promise<{ audience: SavedAudience; cursor: SavedAudienceCursor }[]> {
    const rows = await this.sql.query<SavedAudience & { createdKey: string }>(
      `SELECT ${COLUMNS}, created_at::text AS "createdKey" FROM audiences
       WHERE workspace_id = $1
         AND ($2::timestamptz IS NULL OR (created_at, id) < ($2::timestamptz, $3::uuid))
       ORDER BY created_at DESC, id DESC LIMIT $4`,
      [workspaceId, after?.[0] ?? null, after?.[1] ?? null, limit],
    );
    return rows.map(({ createdKey, ...audience }) => ({ audience, cursor: [createdKey, audience.id] }));
  }

  async replace(workspaceId: string, id: string, wish: SavedAudienceWish): Promise<SavedAudience | null> {
    const { name, description, selection } = wish;
    const rows = await namesApart(name, () =>
      this.sql.query<SavedAudience>(
        `UPDATE audiences SET name = $3, description = $4, selection = $5, updated_at = now()
         WHERE workspace_id = $1 AND id = $2 RETURNING ${COLUMNS}`,
        [workspaceId, id, name, description, JSON.stringify(selection)],
      ),
    );
    return rows[0] ?? null;
  }

  async remove(workspaceId: string, id: string): Promise<boolean> {
    const rows = await this.sql.query(
      'DELETE FROM audiences WHERE workspace_id = $1 AND id = $2 RETURNING 1',
      [workspaceId, id],
    );
    return rows.length > 0;
  }

  /** Campaigns that resolve it when they start, the first few of them; by the partial index of those. */
  async usedBy(workspaceId: string, id: string): Promise<{ id: string; name: string }[]> {
    return this.sql.query<{ id: string; name: string }>(
      `SELECT id, name FROM campaigns
       WHERE audience ->> 'savedAudienceId' = $2 AND status IN ('scheduled', 'held')
         AND workspace_id = $1 AND dispatch_id IS NULL
       ORDER BY created_at, id LIMIT ${MOST_NAMED}`,
      [workspaceId, id],
    );
  }
}

async function namesApart<T>(name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw isUniqueViolation(error) ? new AudienceNameTakenError(name) : error;
  }
}
