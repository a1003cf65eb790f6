import type { SendOutcome } from '../send-outcome.js';
import { SESSION_ERROR_CODE } from './evolution-errors.js';

/** One or two people may share a fault; that three in a row do means that it is not theirs. */
const PEOPLE_FOR_A_VERDICT = 3;

/**
 * Whether lost keys are those of one person or of the whole session. Evolution says the same of both. Holding the channel
 * for one person would hold it again each time that message comes round, and failing the messages of a session that has
 * lost all its keys would fail a campaign. So a message spends a try, until several people in a row could not be
 * encrypted for and nobody could in between.
 */
export class SessionErrorRun {
  private readonly recipients = new Set<string>();

  /** The outcome in the light of those before it. */
  judge(outcome: SendOutcome, recipient: string): SendOutcome {
    if (outcome.kind === 'accepted') this.recipients.clear();
    if (outcome.kind !== 'retryable' || outcome.code !== SESSION_ERROR_CODE) return outcome;
    this.recipients.add(recipient);
    if (this.recipients.size < PEOPLE_FOR_A_VERDICT) return outcome;
    this.recipients.clear();
    return {
      kind: 'blocked',
      failureClass: 'session_down',
      code: SESSION_ERROR_CODE,
      reason: 'The instance has lost the keys by which it encrypts; restart it, or link the phone again.',
    };
  }
}
