import { Injectable } from '@nestjs/common';
import type { Channel } from '../channels/channel.js';
import { budgetsOf, moreFromMs } from '../channels/channel-budget.js';
import { BudgetRepository, type BudgetState } from '../ledger/budget.repository.js';

const DAY_MS = 86_400_000;

/** How the budgets of a channel stand: as the one that has the fewest places left. */
export interface ContactStanding {
  readonly left: number;
  readonly used: number;
  readonly today: number;
  /** Null: as many as one likes. */
  readonly tomorrow: number | null;
  /** When the next place comes free; null while there is one, and where nobody can tell. */
  readonly nextPlaceAt: Date | null;
  /** Of a budget that it shares. */
  readonly portfolioId: string | null;
}

/** What is left of the day of contacts, for those who show it. The barrier asks ContactGuards. */
@Injectable()
export class ContactBudgets {
  constructor(private readonly budgets: BudgetRepository) {}

  /** Null where there is no budget; then nothing is asked. */
  async of(
    { id, budget }: Pick<Channel, 'id' | 'budget'>,
    nowMs = Date.now(),
  ): Promise<ContactStanding | null> {
    if (budget === undefined) return null;
    const { wide, own } = budgetsOf(id, budget, nowMs);
    const states = await this.budgets.statesOf([wide, own].filter((one) => one !== null));
    const [tightest] = states.toSorted((a, b) => leftOf(a) - leftOf(b));
    if (tightest === undefined) return null;
    const tomorrow = budgetsOf(id, budget, nowMs + DAY_MS);
    const limits = [tomorrow.wide, tomorrow.own].flatMap((one) => (one === null ? [] : [one.limit]));
    const stepMs = moreFromMs(budget, nowMs);
    const waits = states
      .filter((state) => leftOf(state) <= 0 && state.freeMs !== null)
      .map(({ scopeId, freeMs }) => Math.min(freeMs!, scopeId === id ? (stepMs ?? Infinity) : Infinity));
    return {
      left: Math.max(0, leftOf(tightest)),
      used: tightest.used,
      today: tightest.limit,
      tomorrow: limits.length === 0 ? null : Math.min(...limits),
      nextPlaceAt: waits.length === 0 ? null : new Date(Math.max(...waits)),
      portfolioId: tightest.scopeId === id ? null : tightest.scopeId,
    };
  }
}

function leftOf({ limit, used }: BudgetState): number {
  return limit - used;
}
