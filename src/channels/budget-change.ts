import { Injectable } from '@nestjs/common';
import type { Queryable } from '../database/sql.js';
import { BatchWaking } from '../ledger/batch-waking.repository.js';
import { BudgetRepository } from '../ledger/budget.repository.js';
import { budgetsOf } from './channel-budget.js';
import type { ChannelEntity } from './channel.entity.js';

/** A channel's row as far as it says whom it may write to. */
type BudgetRow = Pick<ChannelEntity, 'id' | 'portfolioId' | 'dailyContacts' | 'warmUp'>;

/** What a change of a row means for budgets; null where it means nothing. */
export function budgetChange(
  before: BudgetRow,
  after: BudgetRow,
  nowMs: number,
): (BudgetChange & { readonly portfolios: readonly string[] }) | null {
  const isMoved = before.portfolioId !== after.portfolioId;
  const isSame =
    before.dailyContacts === after.dailyContacts &&
    JSON.stringify(before.warmUp) === JSON.stringify(after.warmUp);
  if (isSame && !isMoved) return null;
  const portfolios = isMoved ? [before.portfolioId, after.portfolioId].filter((id) => id !== null) : [];
  const countsFromNow = !hasBudget(before, nowMs) && hasBudget(after, nowMs);
  return {
    portfolios,
    counting: countsFromNow ? [after.id, ...portfolios] : portfolios,
    channelIds: [after.id],
  };
}

/** Whether it counts contacts for itself at an instant. */
export function hasBudget({ id, dailyContacts, warmUp }: BudgetRow, nowMs: number): boolean {
  return budgetsOf(id, { dailyContacts, warmUp, portfolio: null }, nowMs).own !== null;
}

/** Every worker knows the new version of a channel by then. */
const KNOWN_AFTER_MS = 1000;

/** Budgets that changed, and the channels that feel it. */
export interface BudgetChange {
  /** Budgets that count others than they did, or count at all from now on: filled anew from what was sent. */
  readonly counting: readonly string[];
  readonly channelIds: readonly string[];
}

/** What a change of a budget means beside the row that says it; in the same transaction. */
@Injectable()
export class BudgetChanges {
  constructor(
    private readonly budgets: BudgetRepository,
    private readonly waking: BatchWaking,
  ) {}

  /** A channel or a portfolio that was just made. */
  async begin(tx: Queryable, scopeId: string): Promise<void> {
    await this.budgets.openNew(tx, [scopeId]);
  }

  async apply(tx: Queryable, { counting, channelIds }: BudgetChange): Promise<void> {
    if (counting.length > 0) await this.budgets.forget(tx, counting);
    // What waits for a place may have one now; whoever looks too early would put it off again.
    for (const channelId of channelIds) await this.waking.wakeIn(channelId, KNOWN_AFTER_MS, tx);
  }
}
