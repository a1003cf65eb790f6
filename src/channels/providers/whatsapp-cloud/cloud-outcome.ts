import { assertNever } from '../../../common/assert-never.js';
import { outcomeOfFailure } from '../http/failure-outcome.js';
import type { HttpAnswer, HttpResult } from '../http/http-result.js';
import type { SendOutcome } from '../send-outcome.js';
import { readAcceptance, readGraphError, type GraphError } from './cloud-answer.js';
import { cloudError, type CloudError } from './cloud-errors.js';
import { cloudRetryAfterMs } from './cloud-retry-after.js';

const DEFAULT_THROTTLE_MS = 2_000;
/** "Object with ID … does not exist": on a send the object is the sending number. */
const SUBCODE_NO_SUCH_NUMBER = 33;

/**
 * What a call came to. Three things are told apart with care:
 * - proof that the message was accepted: a 200 with an id;
 * - proof that it was not: no connection, or a 4xx with Meta's error envelope and a code that says so;
 * - neither: 5xx, a code that Meta gives before as well as after it accepts, a body that cannot be read, a redirect.
 *   Those are `unknown` and are never sent again by themselves.
 */
export function cloudOutcome(result: HttpResult, recipient: string): SendOutcome {
  if (result.kind === 'failure') return outcomeOfFailure(result);
  const { status } = result;
  if (status >= 200 && status < 300) return outcomeOfSuccess(result, recipient);
  if (status >= 400 && status < 500) return outcomeOfRefusal(result);
  if (status >= 500) return outcomeOfServerError(result);
  return unknown(
    'redirect',
    `The answer was a redirect (HTTP ${status}), which is never followed; check baseUrl.`,
  );
}

function outcomeOfSuccess(answer: HttpAnswer, recipient: string): SendOutcome {
  const acceptance = readAcceptance(answer.body);
  if (acceptance === undefined) {
    return unknown('bad_answer', 'The answer said OK but held no message id; the message may be out.');
  }
  const { id, waId } = acceptance;
  return waId === undefined || `+${waId}` === recipient
    ? { kind: 'accepted', providerId: id }
    : { kind: 'accepted', providerId: id, alias: waId };
}

function outcomeOfServerError(answer: HttpAnswer): SendOutcome {
  const error = readGraphError(answer.body);
  const code = error === undefined ? `http_${answer.status}` : String(error.code);
  return unknown(code, `Meta answered with a server error (HTTP ${answer.status}); the message may be out.`);
}

function outcomeOfRefusal(answer: HttpAnswer): SendOutcome {
  const error = readGraphError(answer.body);
  const known = error === undefined ? undefined : cloudError(error.code, error.subcode);
  if (error !== undefined && known !== undefined) return outcomeOfKnown(answer, error, known);
  const code = error === undefined ? `http_${answer.status}` : String(error.code);
  if (error?.isTransient) {
    return unknown(code, 'Meta had a passing fault that Caudal does not know; the message may be out.');
  }
  // These two statuses are refusals by definition, whoever on the way gives them and whatever the body says.
  if (answer.status === 429) {
    return throttled(answer, 'number', code, 'Too many calls in a short time.', DEFAULT_THROTTLE_MS);
  }
  if (answer.status === 401) {
    return {
      kind: 'blocked',
      failureClass: 'auth_stop',
      code,
      reason: 'The access token was not accepted; set another one.',
    };
  }
  if (error !== undefined) {
    return {
      kind: 'rejected',
      failureClass: 'permanent_message',
      code,
      reason: `Meta refused the message with its code ${code}, which Caudal does not know.`,
    };
  }
  return unknown(
    code,
    `The answer (HTTP ${answer.status}) was not one of the Cloud API's; check baseUrl. The message may be out.`,
  );
}

function outcomeOfKnown(answer: HttpAnswer, error: GraphError, known: CloudError): SendOutcome {
  const code = String(error.code);
  const { reason, class: errorClass } = known;
  if (error.code === 100 && error.subcode === SUBCODE_NO_SUCH_NUMBER) {
    return {
      kind: 'blocked',
      failureClass: 'permanent_config',
      code: '100/33',
      reason:
        'The phone number id does not exist or the access token may not use it; check phoneNumberId and accessToken.',
    };
  }
  switch (errorClass) {
    case 'auth_stop':
    case 'account_stop':
    case 'session_down':
      return { kind: 'blocked', failureClass: errorClass, code, reason };
    case 'throttled_number':
      return throttled(answer, 'number', code, reason, known.retryAfterMs);
    case 'throttled_app':
      return throttled(answer, 'app', code, reason, known.retryAfterMs);
    case 'throttled_pair':
      return throttled(answer, 'pair', code, reason, known.retryAfterMs);
    case 'transient_media':
      return retryable(answer, known, code);
    case 'transient':
      return known.notAccepted ? retryable(answer, known, code) : unknown(code, reason);
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
  scope: 'number' | 'app' | 'pair',
  code: string,
  reason: string,
  defaultMs: number | undefined,
): SendOutcome {
  const waitMs = cloudRetryAfterMs(answer.headers, Date.now()) ?? defaultMs ?? DEFAULT_THROTTLE_MS;
  return { kind: 'throttled', scope, retryAfterMs: waitMs, code, reason };
}

function retryable(
  answer: HttpAnswer,
  { class: errorClass, reason, retryAfterMs: defaultMs }: CloudError,
  code: string,
): SendOutcome {
  const failureClass = errorClass === 'transient_media' ? errorClass : 'transient';
  const waitMs = cloudRetryAfterMs(answer.headers, Date.now()) ?? defaultMs;
  return {
    kind: 'retryable',
    failureClass,
    code,
    reason,
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
  };
}

function unknown(code: string, reason: string): SendOutcome {
  return { kind: 'unknown', code, reason, speaksOfHealth: true };
}
