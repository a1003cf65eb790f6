import { DomainError } from '../../common/domain-error.js';

export class RecipientNotFoundError extends DomainError {
  constructor(campaignId: string, number: number, purgedAt: Date | null) {
    const hint =
      purgedAt === null
        ? 'numbers begin at 1 and are those of the list of its messages'
        : `its recipients were let go at ${purgedAt.toISOString()}, being old`;
    super('missing', 'recipient_not_found', `Campaign "${campaignId}" has no recipient ${number}: ${hint}.`);
  }
}
