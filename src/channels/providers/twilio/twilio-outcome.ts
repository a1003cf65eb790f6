import { assertNever } from '../../../common/assert-never.js';
import { outcomeOfFailure } from '../http/failure-outcome.js';
import type { HttpAnswer, HttpResult } from '../http/http-result.js';
import type { SendOutcome } from '../send-outcome.js';
import { retryAfterMs } from '../http/retry-after.js';
import { readAcceptedSid, readTwilioCode } from './twilio-answer.js';
import { twilioError, type TwilioError } from './twilio-errors.js';

const DEFAULT_THROTTLE_MS = 2_000;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * What a call came to. Proof that the message was taken is a 2xx with a message SID; proof that it was not is a missing
 * connection or a 4xx with Twilio's envelope. Everything else is `unknown` and is never sent again by itself.
 */
export function twilioOutcome(result: HttpResult, correlationId: string): SendOutcome {
  if (result.kind === 'failure') return outcomeOfFailure(result);
  const { status, body } = result;
  if (status >= 200 && status < 300) return outcomeOfSuccess(body);
  const code = readTwilioCode(body);
  const said = code === undefined ? `http_${status}` : String(code);
  if (status >= 500) {
    return unknown(said, `Twilio answered with a server error (HTTP ${status}); the message may be out.`);
  }
  if (status < 400) {
    return unknown(
      'redirect',
      `The answer was a redirect (HTTP ${status}), which is never followed; check baseUrl.`,
    );
  }
  const known = code === undefined ? undefined : twilioError(code);
  return known === undefined
    ? outcomeOfStatus(result, code, said)
    : outcomeOfKnown(result, known, said, correlationId);
}

function outcomeOfSuccess(body: string): SendOutcome {
  const providerId = readAcceptedSid(body);
  return providerId === undefined
    ? unknown('bad_answer', 'The answer said OK but held no message SID; the message may be out.')
    : { kind: 'accepted', providerId };
}

/** Twilio has two thousand codes and adds more: the status says what those mean that the table leaves out. */
function outcomeOfStatus(answer: HttpAnswer, code: number | undefined, said: string): SendOutcome {
  const { status } = answer;
  // Refusals by definition, whoever on the way gives them.
  if (status === 429) return throttled(answer, 'app', said, 'Too many calls to Twilio in a short time.');
  if (status === 401) {
    const reason = 'The credentials were not accepted; check accountSid and authToken, or the API key.';
    return { kind: 'blocked', failureClass: 'auth_stop', code: said, reason };
  }
  if (code === undefined) {
    return unknown(
      said,
      `The answer (HTTP ${status}) was not one of Twilio's; check baseUrl. The message may be out.`,
    );
  }
  if (status === 403) {
    const reason = `Twilio does not allow this account to send (code ${said}); see the Twilio Console.`;
    return { kind: 'blocked', failureClass: 'account_stop', code: said, reason };
  }
  const reason = `Twilio refused the message with its code ${said}, which Caudal does not know.`;
  return { kind: 'rejected', failureClass: 'permanent_message', code: said, reason };
}

function outcomeOfKnown(
  answer: HttpAnswer,
  known: TwilioError,
  code: string,
  correlationId: string,
): SendOutcome {
  const { reason, class: errorClass } = known;
  switch (errorClass) {
    case 'auth_stop':
    case 'account_stop':
      return { kind: 'blocked', failureClass: errorClass, code, reason };
    case 'throttled_number':
      return throttled(answer, 'number', code, reason, known.retryAfterMs);
    case 'throttled_app':
      return throttled(answer, 'app', code, reason, known.retryAfterMs);
    case 'throttled_day':
      return throttled(answer, 'app', code, reason, DAY_MS - (Date.now() % DAY_MS));
    case 'transient':
      return unknown(code, reason);
    case 'transient_media':
      // A file that cannot be fetched a second time is not there; a third try would only ask for it again.
      if (!correlationId.endsWith(':1')) {
        return { kind: 'rejected', failureClass: 'permanent_message', code, reason };
      }
      return {
        kind: 'retryable',
        failureClass: errorClass,
        code,
        reason,
        retryAfterMs: retryAfterMs(answer.headers, Date.now()) ?? known.retryAfterMs ?? DEFAULT_THROTTLE_MS,
      };
    case 'permanent_recipient':
    case 'window_closed':
    case 'deferred_recipient':
    case 'permanent_message':
    case 'permanent_config':
      return known.suppress
        ? { kind: 'rejected', failureClass: errorClass, code, reason, suppress: true }
        : { kind: 'rejected', failureClass: errorClass, code, reason };
    default:
      return assertNever(errorClass);
  }
}

function throttled(
  answer: HttpAnswer,
  scope: 'number' | 'app',
  code: string,
  reason: string,
  defaultMs = DEFAULT_THROTTLE_MS,
): SendOutcome {
  const waitMs = retryAfterMs(answer.headers, Date.now()) ?? defaultMs;
  return { kind: 'throttled', scope, retryAfterMs: waitMs, code, reason };
}

function unknown(code: string, reason: string): SendOutcome {
  return { kind: 'unknown', code, reason, speaksOfHealth: true };
}
