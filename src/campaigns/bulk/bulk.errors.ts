import { DomainError } from '../../common/domain-error.js';

/** The connection broke while it was written: sent again, the messages might go out twice. */
export class BulkOutcomeUnknownError extends DomainError {
  constructor() {
    super(
      'unavailable',
      'bulk_outcome_unknown',
      'The database was lost while the messages were written: whether they are stored, all of them or none, is not ' +
        'known. GET /api/campaigns shows it once it is back; send them again only if they are not there.',
      { mayHaveTakenEffect: true },
    );
  }
}

/** Its messages came with the request that made it, so there is no plan that could be started again. */
export class BulkNotRepeatableError extends DomainError {
  constructor(name: string) {
    super(
      'conflict',
      'bulk_not_repeatable',
      `"${name}" was made of the messages of one request, each with a content of its own: send the request again instead.`,
    );
  }
}
