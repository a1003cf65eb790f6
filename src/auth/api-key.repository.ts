import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../database/sql.js';
import { BOOTSTRAP_KEY_NAME, type ApiKey } from './api-key.js';
import type { KeyRole } from './principal.js';

interface Row {
  id: string;
  workspace_id: string;
  name: string;
  role: KeyRole;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
}

const COLUMNS = 'id, workspace_id, name, role, created_at, expires_at, revoked_at';

/** On every request whose key is not in the cache, over all workspaces: the key says which one it is of. */
const FIND_BY_HASH = {
  name: 'api-key-by-hash',
  text: `SELECT ${COLUMNS} FROM api_keys WHERE key_hash = $1`,
};

@Injectable()
export class ApiKeyRepository {
  constructor(private readonly sql: Sql) {}

  async findByHash(hash: Buffer): Promise<ApiKey | null> {
    const [row] = await this.sql.query<Row>(FIND_BY_HASH, [hash]);
    return row === undefined ? null : keyOf(row);
  }

  async create(key: {
    workspaceId: string;
    name: string;
    role: KeyRole;
    hash: Buffer;
    expiresAt: Date | null;
  }): Promise<ApiKey> {
    const [row] = await this.sql.query<Row>(
      `INSERT INTO api_keys (workspace_id, name, role, key_hash, expires_at)
       VALUES ($1, $2, $3, $4, $5) RETURNING ${COLUMNS}`,
      [key.workspaceId, key.name, key.role, key.hash, key.expiresAt],
    );
    return keyOf(row as Row);
  }

  /** Newest first, those that can still be used. */
  async list(
    workspaceId: string,
    after: { createdAt: string; id: string } | null,
    limit: number,
  ): Promise<ApiKey[]> {
    const rows = await this.sql.query<Row>(
      `SELECT ${COLUMNS} FROM api_keys
       WHERE workspace_id = $1 AND revoked_at IS NULL
         AND ($2::timestamptz IS NULL OR (date_trunc('milliseconds', created_at), id) < ($2::timestamptz, $3::uuid))
       ORDER BY date_trunc('milliseconds', created_at) DESC, id DESC
       LIMIT $4`,
      [workspaceId, after?.createdAt ?? null, after?.id ?? null, limit],
    );
    return rows.map(keyOf);
  }

  async find(workspaceId: string, id: string): Promise<ApiKey | null> {
    const [row] = await this.sql.query<Row>(
      `SELECT ${COLUMNS} FROM api_keys WHERE workspace_id = $1 AND id = $2 AND revoked_at IS NULL`,
      [workspaceId, id],
    );
    return row === undefined ? null : keyOf(row);
  }

  async revoke(workspaceId: string, id: string): Promise<void> {
    await this.sql.query(
      'UPDATE api_keys SET revoked_at = now() WHERE workspace_id = $1 AND id = $2 AND revoked_at IS NULL',
      [workspaceId, id],
    );
  }

  /** Makes `hash` the one bootstrap key. Run again, it changes nothing; with another key, it retires the one before. */
  async installBootstrapKey(db: Queryable, workspaceId: string, hash: Buffer): Promise<void> {
    await db.query(
      'UPDATE api_keys SET revoked_at = now() WHERE name = $1 AND key_hash <> $2 AND revoked_at IS NULL',
      [BOOTSTRAP_KEY_NAME, hash],
    );
    // Whoever sets the configuration owns the server: a key that was revoked, or made as a lesser one, is lifted.
    await db.query(
      `INSERT INTO api_keys (workspace_id, name, role, key_hash) VALUES ($1, $2, 'admin', $3)
       ON CONFLICT (key_hash) DO UPDATE
       SET name = EXCLUDED.name, role = EXCLUDED.role, revoked_at = NULL, expires_at = NULL`,
      [workspaceId, BOOTSTRAP_KEY_NAME, hash],
    );
  }
}

function keyOf(row: Row): ApiKey {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    name: row.name,
    role: row.role,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}
