import type { LookUpAnswer } from '../channels/providers/provider.js';
import { assertNever } from '../common/assert-never.js';
import type { LookedUp, OpenUnknown } from '../ledger/unknown-evidence.js';

/**
 * What an answer settles; null where it settles nothing. A message that is proved not to have been taken has failed and
 * goes nowhere by itself: it may be sent again like every other that failed, when a person says so.
 */
export function evidenceOf(
  answer: LookUpAnswer,
  { dispatchId, seq, attempt }: Pick<OpenUnknown, 'dispatchId' | 'seq' | 'attempt'>,
  channelId: string,
  nowMs: number,
): LookedUp | null {
  const message = { dispatchId, seq, attempt, channelId };
  switch (answer.kind) {
    case 'found':
      return {
        ...message,
        state: answer.status,
        at: answer.at,
        providerId: answer.providerId,
        code: answer.status === 'failed' ? (answer.code ?? 'failed') : null,
        reason: answer.status === 'failed' ? (answer.reason ?? null) : null,
      };
    case 'absent':
      return {
        ...message,
        state: 'failed',
        at: new Date(nowMs),
        providerId: null,
        code: 'not_taken',
        reason: 'The provider was asked and has not taken this message; it was not sent.',
      };
    case 'unsure':
      return null;
    default:
      return assertNever(answer);
  }
}
