import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../database/sql.js';

/** The names of attributes that a workspace knows: how {{saldo}} is found in "Saldo" without reading every contact. */
@Injectable()
export class AttributeKeyRepository {
  constructor(private readonly sql: Sql) {}

  /** Sorted, so that two who add the same names wait for each other in one order. */
  async remember(db: Queryable, workspaceId: string, keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    await db.query(
      `INSERT INTO attribute_keys (workspace_id, key)
       SELECT $1, k.key FROM unnest($2::text[]) AS k (key) ORDER BY k.key
       ON CONFLICT DO NOTHING`,
      [workspaceId, keys],
    );
  }

  async list(workspaceId: string): Promise<string[]> {
    const rows = await this.sql.query<{ key: string }>(
      { name: 'attribute-keys', text: 'SELECT key FROM attribute_keys WHERE workspace_id = $1 ORDER BY key' },
      [workspaceId],
    );
    return rows.map((row) => row.key);
  }
}
