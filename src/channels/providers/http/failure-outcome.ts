import { assertNever } from '../../../common/assert-never.js';
import type { SendOutcome } from '../send-outcome.js';
import type { HttpFailure } from './http-result.js';

/** What a send came to that got no whole answer: gone back where nothing left this machine, unknown where it may have. */
export function outcomeOfFailure({ fault }: HttpFailure): SendOutcome {
  const { kind, code, what, speaksOfHealth } = fault;
  switch (kind) {
    case 'not_sent':
      return { kind: 'unavailable', code, reason: `${what}; nothing was sent.`, speaksOfHealth };
    case 'misconfigured':
      return { kind: 'blocked', failureClass: 'permanent_config', code, reason: `${what}.` };
    case 'lost':
      return { kind: 'unknown', code, reason: `${what}; the message may be out.`, speaksOfHealth };
    default:
      return assertNever(kind);
  }
}
