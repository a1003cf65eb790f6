import { Injectable } from '@nestjs/common';
import { Sql } from '../../database/sql.js';
import type { PriceList } from './preflight-cost.js';

@Injectable()
export class PriceListRepository {
  constructor(private readonly sql: Sql) {}

  /** Null where the workspace has set none. */
  async find(workspaceId: string): Promise<PriceList | null> {
    const [row] = await this.sql.query<PriceList>(
      'SELECT currency, prices FROM price_lists WHERE workspace_id = $1',
      [workspaceId],
    );
    return row ?? null;
  }

  async replace(workspaceId: string, { currency, prices }: PriceList, by: string): Promise<void> {
    await this.sql.query(
      `INSERT INTO price_lists (workspace_id, currency, prices, updated_by) VALUES ($1, $2, $3, $4)
       ON CONFLICT (workspace_id) DO UPDATE
       SET currency = excluded.currency, prices = excluded.prices, updated_at = now(), updated_by = excluded.updated_by`,
      [workspaceId, currency, JSON.stringify(prices), by],
    );
  }
}
