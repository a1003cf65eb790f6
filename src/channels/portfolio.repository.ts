import { Injectable } from '@nestjs/common';
import { isUniqueViolation } from '../database/postgres-codes.js';
import { Sql, type Queryable } from '../database/sql.js';
import type { SetBy } from './channel-budget.js';
import { PortfolioNameTakenError } from './portfolio.errors.js';
import type { Portfolio } from './portfolio.js';

export type PortfolioFields = Pick<Portfolio, 'name' | 'dailyContacts' | 'dailyContactsBy'>;

const COLUMNS = `
  id, workspace_id AS "workspaceId", name, daily_contacts AS "dailyContacts", daily_contacts_by AS "dailyContactsBy",
  created_at AS "createdAt", updated_at AS "updatedAt",
  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name) ORDER BY lower(c.name)), '[]')
   FROM channels c WHERE c.portfolio_id = portfolios.id) AS channels`;

@Injectable()
export class PortfolioRepository {
  constructor(private readonly sql: Sql) {}

  /** Committed together, or not at all. */
  inOne<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    return this.sql.transaction(work);
  }

  async insert(
    tx: Queryable,
    workspaceId: string,
    { name, dailyContacts, dailyContactsBy }: PortfolioFields,
  ): Promise<Portfolio> {
    const [row] = await tx
      .query<Portfolio>(
        `INSERT INTO portfolios (workspace_id, name, daily_contacts, daily_contacts_by)
         VALUES ($1, $2, $3, $4) RETURNING ${COLUMNS}`,
        [workspaceId, name, dailyContacts, dailyContactsBy],
      )
      .catch((error: unknown) => explained(error, name));
    return row!;
  }

  async find(workspaceId: string, id: string, db: Queryable = this.sql): Promise<Portfolio | null> {
    const [row] = await db.query<Portfolio>(
      `SELECT ${COLUMNS} FROM portfolios WHERE workspace_id = $1 AND id = $2`,
      [workspaceId, id],
    );
    return row ?? null;
  }

  /** By name, without regard to case, as the unique index has them. */
  list(workspaceId: string, afterName: string | null, limit: number): Promise<Portfolio[]> {
    return this.sql.query<Portfolio>(
      `SELECT ${COLUMNS} FROM portfolios
       WHERE workspace_id = $1 AND ($2::text IS NULL OR lower(name) > lower($2)) ORDER BY lower(name) LIMIT $3`,
      [workspaceId, afterName, limit],
    );
  }

  /** Locked against other changes, and against channels that are put into it, for the rest of the transaction. */
  async lock(tx: Queryable, workspaceId: string, id: string): Promise<Portfolio | null> {
    const found = await tx.query('SELECT 1 FROM portfolios WHERE workspace_id = $1 AND id = $2 FOR UPDATE', [
      workspaceId,
      id,
    ]);
    return found.length === 0 ? null : this.find(workspaceId, id, tx);
  }

  async update(
    tx: Queryable,
    id: string,
    { name, dailyContacts, dailyContactsBy }: PortfolioFields,
  ): Promise<void> {
    await tx
      .query(
        `UPDATE portfolios SET name = $2, daily_contacts = $3, daily_contacts_by = $4, updated_at = now() WHERE id = $1`,
        [id, name, dailyContacts, dailyContactsBy],
      )
      .catch((error: unknown) => explained(error, name));
  }

  async remove(tx: Queryable, id: string): Promise<void> {
    await tx.query('DELETE FROM portfolios WHERE id = $1', [id]);
  }

  /** The lines of its channels read again what they share: their new version wins wherever they are cached. */
  async touchChannels(tx: Queryable, id: string): Promise<void> {
    await tx.query('UPDATE channels SET version = version + 1 WHERE portfolio_id = $1', [id]);
  }

  /** A channel and all that share its portfolio. */
  async channelsBeside(tx: Queryable, channelId: string): Promise<string[]> {
    const rows = await tx.query<{ id: string }>(
      `SELECT o.id FROM channels c JOIN channels o ON o.id = c.id OR o.portfolio_id = c.portfolio_id
       WHERE c.id = $1 ORDER BY o.id`,
      [channelId],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * What the provider says of a number's limit is said of all that share it. Changes nothing where a person set it, nor
   * where it says the same. Answers with the portfolio or the channel whose budget it is now.
   */
  async noteTier(
    tx: Queryable,
    channelId: string,
    dailyContacts: number | null,
  ): Promise<{ readonly portfolioId: string | null; readonly was: number | null } | null> {
    const [row] = await tx.query<{ portfolioId: string | null; was: number | null }>(TIER, [
      channelId,
      dailyContacts,
    ]);
    return row ?? null;
  }
}

const BY_PROVIDER: SetBy = 'provider';
/** In the order of channel and portfolio, as a person's change of a channel locks them. */
const TIER = {
  name: 'channel-tier',
  text: `
    WITH channel AS MATERIALIZED (
      SELECT id, portfolio_id, daily_contacts AS was FROM channels WHERE id = $1 FOR UPDATE
    ),
    shared AS MATERIALIZED (
      SELECT p.id, p.daily_contacts AS was FROM portfolios p JOIN channel c ON c.portfolio_id = p.id FOR UPDATE OF p
    ),
    of_portfolio AS (
      UPDATE portfolios p SET daily_contacts = $2, updated_at = now() FROM shared s
      WHERE p.id = s.id AND p.daily_contacts_by = '${BY_PROVIDER}' AND p.daily_contacts IS DISTINCT FROM $2::int
      RETURNING p.id, s.was
    ),
    of_channel AS (
      UPDATE channels c SET daily_contacts = $2, version = c.version + 1 FROM channel k
      WHERE c.id = k.id AND k.portfolio_id IS NULL AND c.daily_contacts_by = '${BY_PROVIDER}'
        AND c.daily_contacts IS DISTINCT FROM $2::int
      RETURNING c.id, k.was
    )
    SELECT id AS "portfolioId", was FROM of_portfolio UNION ALL SELECT NULL::uuid, was FROM of_channel`,
};

function explained(error: unknown, name: string): never {
  if (isUniqueViolation(error)) throw new PortfolioNameTakenError(name);
  throw error;
}
