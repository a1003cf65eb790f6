import { DomainError } from '../../common/domain-error.js';

export class NoSampleError extends DomainError {
  constructor(nth: number, samples: number) {
    super(
      'conflict',
      'no_sample',
      samples === 0
        ? 'There is nobody in the audience who lacks nothing of what the message needs; GET …/preflight says who is ' +
            'counted out, and why.'
        : `There are ${samples} samples of this campaign, and no ${nth}th; GET …/preflight shows them.`,
      { params: { samples } },
    );
  }
}

/** The connection broke while it was written: sent again, the sample might come twice. */
export class SampleOutcomeUnknownError extends DomainError {
  constructor() {
    super(
      'unavailable',
      'message_outcome_unknown',
      'The database was lost while the sample was written: whether it is stored, and will be sent, is not known.',
      { mayHaveTakenEffect: true },
    );
  }
}
