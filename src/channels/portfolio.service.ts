import { Injectable } from '@nestjs/common';
import { decodeCursor, pageOf, type Page } from '../common/page.js';
import { BudgetRepository, type BudgetState } from '../ledger/budget.repository.js';
import { BudgetChanges } from './budget-change.js';
import { PortfolioInUseError, PortfolioMissingError } from './portfolio.errors.js';
import type { Portfolio } from './portfolio.js';
import { PortfolioRepository } from './portfolio.repository.js';

export interface PortfolioWish {
  readonly name: string;
  /** Missing: what the provider says. */
  readonly dailyContacts?: number | null;
}

/** With how its budget stands; null without one. */
export interface ShownPortfolio {
  readonly portfolio: Portfolio;
  readonly state: BudgetState | null;
}

@Injectable()
export class PortfolioService {
  constructor(
    private readonly portfolios: PortfolioRepository,
    private readonly budgets: BudgetRepository,
    private readonly changes: BudgetChanges,
  ) {}

  async create(workspaceId: string, { name, dailyContacts }: PortfolioWish): Promise<ShownPortfolio> {
    const fields = {
      name,
      dailyContacts: dailyContacts ?? null,
      dailyContactsBy: dailyContacts === undefined ? 'provider' : 'person',
    } as const;
    const portfolio = await this.portfolios.inOne(async (tx) => {
      const made = await this.portfolios.insert(tx, workspaceId, fields);
      if (made.dailyContacts !== null) await this.changes.begin(tx, made.id);
      return made;
    });
    return this.shown(portfolio);
  }

  async find(workspaceId: string, id: string): Promise<ShownPortfolio> {
    const portfolio = await this.portfolios.find(workspaceId, id);
    if (portfolio === null) throw new PortfolioMissingError(id);
    return this.shown(portfolio);
  }

  async list(workspaceId: string, limit: number, cursor: string | undefined): Promise<Page<Portfolio>> {
    const afterName = decodeCursor(cursor, (key): key is string => typeof key === 'string');
    const rows = await this.portfolios.list(workspaceId, afterName, limit + 1);
    return pageOf(
      rows,
      limit,
      ({ name }) => name,
      (row) => row,
    );
  }

  /** What waits for a place goes on within two seconds where there is one now. */
  async change(workspaceId: string, id: string, change: Partial<PortfolioWish>): Promise<ShownPortfolio> {
    const { name, dailyContacts } = change;
    await this.portfolios.inOne(async (tx) => {
      const before = await this.portfolios.lock(tx, workspaceId, id);
      if (before === null) throw new PortfolioMissingError(id);
      await this.portfolios.update(tx, id, {
        name: name ?? before.name,
        dailyContacts: dailyContacts === undefined ? before.dailyContacts : dailyContacts,
        dailyContactsBy: dailyContacts === undefined ? before.dailyContactsBy : 'person',
      });
      if (dailyContacts === undefined || dailyContacts === before.dailyContacts) return;
      await this.portfolios.touchChannels(tx, id);
      await this.changes.apply(tx, {
        counting: before.dailyContacts === null ? [id] : [],
        channelIds: before.channels.map((channel) => channel.id),
      });
    });
    return this.find(workspaceId, id);
  }

  async remove(workspaceId: string, id: string): Promise<void> {
    await this.portfolios.inOne(async (tx) => {
      const portfolio = await this.portfolios.lock(tx, workspaceId, id);
      if (portfolio === null) throw new PortfolioMissingError(id);
      const channels = portfolio.channels.map(({ name }) => name);
      if (channels.length > 0) throw new PortfolioInUseError(portfolio.name, channels);
      await this.budgets.forget(tx, [id]);
      await this.portfolios.remove(tx, id);
    });
  }

  private async shown(portfolio: Portfolio): Promise<ShownPortfolio> {
    const { id, dailyContacts } = portfolio;
    if (dailyContacts === null) return { portfolio, state: null };
    const [state] = await this.budgets.statesOf([{ scopeId: id, limit: dailyContacts, channelIds: [] }]);
    return { portfolio, state: state! };
  }
}
