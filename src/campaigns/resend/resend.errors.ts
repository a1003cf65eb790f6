import { DomainError } from '../../common/domain-error.js';
import type { ResendableState } from '../../ledger/resend.js';

/** What may have arrived is sent again only by somebody who says that they know. */
export class ResendUnconfirmedError extends DomainError {
  constructor(states: readonly ResendableState[]) {
    super(
      'conflict',
      'resend_unconfirmed',
      `Messages that are ${states.join(' or ')} may have arrived, and would arrive twice: say "confirm": true to send ` +
        'them again, or leave them out of states.',
    );
  }
}

/** Evidence may still come. */
export class ResendTooEarlyError extends DomainError {
  constructor(earliestAt: Date) {
    super(
      'conflict',
      'resend_too_early',
      `What became of some of these messages may still become known; they may be sent again from ` +
        `${earliestAt.toISOString()} on. Leave "unknown" out of states to send the others now.`,
      { params: { earliestAt: earliestAt.toISOString() } },
    );
  }
}

export class NothingToResendError extends DomainError {
  constructor(states: readonly ResendableState[], codes: readonly string[] | null) {
    const ofCodes = codes === null ? '' : ` with the code ${codes.join(' or ')}`;
    super(
      'conflict',
      'nothing_to_resend',
      `No message of this campaign is ${states.join(' or ')}${ofCodes}; GET …/messages?state= lists them.`,
    );
  }
}

export class ContentGoneError extends DomainError {
  constructor() {
    super(
      'conflict',
      'content_gone',
      'What this campaign said to each recipient was let go (CAUDAL_KEEP_CONTENT_DAYS), so it cannot be said again: ' +
        'make a new campaign.',
    );
  }
}
