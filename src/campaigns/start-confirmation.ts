import { DomainError } from '../common/domain-error.js';

/** A campaign this large is started only by somebody who says that they know; 0: none is. */
export function needsConfirmation(recipients: number, confirmAbove: number): boolean {
  return confirmAbove > 0 && recipients > confirmAbove;
}

const WAYS = {
  start: 'look at GET …/preflight, then start it with "confirm": true.',
  schedule: 'give it its time with "confirm": true; a draft may be looked at before, with GET …/preflight.',
};

export class ConfirmationNeededError extends DomainError {
  constructor(recipients: number, confirmAbove: number, what: keyof typeof WAYS = 'start') {
    super(
      'conflict',
      'confirmation_needed',
      `It would go to ${recipients} recipients, and more than ${confirmAbove} must be confirmed: ${WAYS[what]}`,
      { params: { recipients, confirmAbove } },
    );
  }
}
