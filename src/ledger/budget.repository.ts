import { Injectable } from '@nestjs/common';
import { intArray } from '../database/array-literal.js';
import { SendSql } from '../database/pools.js';
import type { Queryable } from '../database/sql.js';
import {
  BUDGET_STATES,
  FILL_BUDGET,
  freeAtMs,
  LOCK_BUDGETS,
  OPEN_BUDGETS,
  PLACE_COSTS,
} from './budget.statements.js';
import type { ContactBudget, ContactTerms, PlaceCost } from './contact-terms.js';
import type { LeasedBatch } from './dispatch.js';
import { SuppressionRepository } from './suppression.repository.js';

/** How a budget stands. */
export interface BudgetState {
  readonly scopeId: string;
  readonly limit: number;
  /** Contacts that count now; what is left may be less than nothing, for some messages do not wait. */
  readonly used: number;
  /** Until then nothing of a campaign passes: not every worker may have heard that there is a budget. */
  readonly opensMs: number | null;
  /** What was sent before there was a budget is not counted yet; the first barrier does it. */
  readonly isNew: boolean;
  /** When so many places are free as were asked for, by what is counted now; null where they are. */
  readonly freeMs: number | null;
}

interface StateRow {
  scopeId: string;
  used: number;
  opensAt: Date | null;
  isNew: boolean;
  isMissing: boolean;
  freedBy: Date | null;
}

interface LockRow {
  scopeId: string;
  isOpen: boolean;
  isFilled: boolean;
}

/**
 * Budgets of contacts as the ledger counts them. Nothing but Postgres knows what is counted: a wiped Redis changes
 * nothing, and what a row of budgets has lost is filled again from the messages.
 */
@Injectable()
export class BudgetRepository {
  constructor(
    private readonly sql: SendSql,
    private readonly suppressions: SuppressionRepository,
  ) {}

  /** `places`: how many free ones are wished for, by scope. */
  async statesOf(
    budgets: readonly ContactBudget[],
    places: number | ((budget: ContactBudget) => number) = 1,
  ): Promise<BudgetState[]> {
    if (budgets.length === 0) return [];
    const wished = budgets.map((budget) => (typeof places === 'number' ? places : places(budget)));
    const ids = budgets.map(({ scopeId }) => scopeId);
    const limits = intArray(budgets.map(({ limit }) => limit));
    const rows = await this.sql.query<StateRow>(BUDGET_STATES, [ids, limits, intArray(wished)]);
    return budgets.map(({ scopeId, limit }, index) => {
      const row = rows.find((one) => one.scopeId === scopeId)!;
      const isFree = limit - row.used >= wished[index]!;
      return {
        scopeId,
        limit,
        used: row.used,
        opensMs: row.opensAt === null ? null : row.opensAt.getTime(),
        isNew: row.isNew || row.isMissing,
        freeMs: isFree || row.freedBy === null ? null : freeAtMs(row.freedBy.getTime()),
      };
    });
  }

  /** Makes what is missing of them; from three seconds later on they let messages pass. */
  async open(budgets: readonly ContactBudget[], db: Queryable = this.sql): Promise<void> {
    await db.query(OPEN_BUDGETS, [budgets.map(({ scopeId }) => scopeId)]);
  }

  /** Of what is just being made: nobody sends over it, so there is nothing to wait for and nothing to count. */
  async openNew(db: Queryable, scopeIds: readonly string[]): Promise<void> {
    await db.query(
      `INSERT INTO budgets (scope_id, opens_at, filled_at)
       SELECT scope_id, now(), now() FROM unnest($1::uuid[]) AS s (scope_id) ON CONFLICT DO NOTHING`,
      [scopeIds],
    );
  }

  /** What each of these pending messages would cost now. */
  costsOf(
    { dispatchId, workspaceId, channelId }: LeasedBatch,
    seqs: readonly number[],
    { wide, own }: ContactTerms['budgets'],
  ): Promise<PlaceCost[]> {
    return this.sql.query<PlaceCost>(PLACE_COSTS, [
      dispatchId,
      intArray(seqs),
      wide?.scopeId ?? null,
      own?.scopeId ?? null,
      [channelId],
      workspaceId,
      this.suppressions.pepper,
    ]);
  }

  /**
   * Until the transaction ends, nobody else counts in these. Whether they are open; one that was not filled yet is
   * then, from what was sent within the day: the new row waits so long that no barrier counts nothing any more.
   */
  async lock(tx: Queryable, budgets: readonly ContactBudget[]): Promise<boolean> {
    const ids = budgets.map(({ scopeId }) => scopeId);
    let rows = await tx.query<LockRow>(LOCK_BUDGETS, [ids]);
    if (rows.length < ids.length) {
      await this.open(budgets, tx);
      rows = await tx.query<LockRow>(LOCK_BUDGETS, [ids]);
    }
    if (rows.some(({ isOpen }) => !isOpen)) return false;
    for (const { scopeId } of rows.filter(({ isFilled }) => !isFilled)) {
      const { channelIds } = budgets.find((budget) => budget.scopeId === scopeId)!;
      await this.fill(tx, scopeId, channelIds);
    }
    return true;
  }

  /** Nothing is counted any more; should there be a budget again, it is filled anew. */
  async forget(db: Queryable, scopeIds: readonly string[]): Promise<void> {
    await db.query('DELETE FROM budgets WHERE scope_id = ANY($1::uuid[])', [scopeIds]);
  }

  private async fill(tx: Queryable, scopeId: string, channelIds: readonly string[]): Promise<void> {
    const [clearTouches, clearMinutes, touches, minutes, filled] = FILL_BUDGET;
    await tx.query(clearTouches!, [scopeId]);
    await tx.query(clearMinutes!, [scopeId]);
    await tx.query(touches!, [scopeId, channelIds, this.suppressions.pepper]);
    await tx.query(minutes!, [scopeId]);
    await tx.query(filled!, [scopeId]);
  }
}
