import { DomainError } from '../../common/domain-error.js';

export class NobodyToFollowUpError extends DomainError {
  constructor(hours: number) {
    super(
      'conflict',
      'nobody_to_follow_up',
      `Nobody has had a message of this campaign for ${hours} h without reading or answering it. Whoever's message ` +
        'failed or is not known to have arrived is not among them: POST …/resend is for those.',
    );
  }
}

/** The same message once more, to people who have it. */
export class FollowUpRepeatsError extends DomainError {
  constructor() {
    super(
      'conflict',
      'follow_up_repeats',
      'They have this message already and would get it twice: give the follow-up a message (or content) of its own, or ' +
        'say "confirm": true.',
    );
  }
}
