import { DomainError } from '../common/domain-error.js';

export class PortfolioMissingError extends DomainError {
  constructor(id: string) {
    super('missing', 'portfolio_not_found', `There is no portfolio ${id} in this workspace.`);
  }
}

/** Of a channel that is to be put into it. */
export class UnknownPortfolioError extends DomainError {
  constructor(id: string) {
    const detail = `portfolioId is ${id}, and there is no such portfolio in this workspace; GET /api/portfolios lists them, null is none`;
    super('unprocessable', 'portfolio_not_found', detail, { errors: [{ pointer: '/portfolioId', detail }] });
  }
}

export class PortfolioNameTakenError extends DomainError {
  constructor(name: string) {
    const detail = `a portfolio named "${name}" exists already (upper and lower case are the same); choose another name`;
    super('conflict', 'portfolio_name_taken', `There is ${detail}.`, {
      errors: [{ pointer: '/name', detail }],
    });
  }
}

export class PortfolioInUseError extends DomainError {
  constructor(name: string, channels: readonly string[]) {
    super(
      'conflict',
      'portfolio_in_use',
      `Portfolio "${name}" has the channels ${channels.join(', ')}: give them another portfolioId, or null, first.`,
      { params: { channels } },
    );
  }
}
