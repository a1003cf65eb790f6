import { DomainError } from '../common/domain-error.js';

/** A campaign this large is started only by somebody who says that they know; 0: none is. */
export function needsConfirmation(recipients: number, confirmAbove: number): boolean {
  return confirmAbove > 0 && recipients > confirmAbove;
}

export class ConfirmationNeededError extends DomainError {
  constructor(recipients: number, confirmAbove: number) {
    super(
      'conflict',
      'confirmation_needed',
      `It would go to ${recipients} recipients, and more than ${confirmAbove} must be confirmed: look at GET …/preflight, ` +
        'then start it with "confirm": true.',
      { params: { recipients, confirmAbove } },
    );
  }
}
