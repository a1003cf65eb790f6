import { Injectable, Logger } from '@nestjs/common';
import type { Queryable } from '../database/sql.js';
import { BudgetChanges } from './budget-change.js';
import { PortfolioRepository } from './portfolio.repository.js';

/** Budgets that a provider sets: of the channel, or of the portfolio that it shares its limit with. */
@Injectable()
export class ChannelTiers {
  private readonly logger = new Logger('Channels');

  constructor(
    private readonly portfolios: PortfolioRepository,
    private readonly changes: BudgetChanges,
  ) {}

  /** Undefined where the provider said nothing. What a person set stays, and the channel's status warns of it. */
  async said(tx: Queryable, channelId: string, contacts: number | null | undefined): Promise<void> {
    if (contacts === undefined) return;
    const noted = await this.portfolios.noteTier(tx, channelId, contacts);
    if (noted === null) return;
    const { portfolioId, was } = noted;
    if (portfolioId !== null) await this.portfolios.touchChannels(tx, portfolioId);
    await this.changes.apply(tx, {
      counting: was === null ? [portfolioId ?? channelId] : [],
      channelIds: await this.portfolios.channelsBeside(tx, channelId),
    });
    this.logger.log(
      `the provider lets a number begin conversations with ${contacts ?? 'any number of'} people a day`,
      {
        channelId,
      },
    );
  }
}
