import { assertNever } from '../../../common/assert-never.js';
import { outcomeOfFailure } from '../http/failure-outcome.js';
import type { HttpAnswer, HttpResult } from '../http/http-result.js';
import type { SendOutcome } from '../send-outcome.js';
import { member, parseJson, wholeNumber } from '../json-reader.js';
import { cloudOutcome } from '../whatsapp-cloud/cloud-outcome.js';
import { retryAfterMs } from '../http/retry-after.js';
import { isUnlicensed, readAcceptance, readEvolutionError, type EvolutionError } from './evolution-answer.js';
import {
  BAD_BODY,
  NO_ACCOUNT,
  refusalOfText,
  SESSION_ERROR_CODE,
  UNAUTHORIZED,
  UNLICENSED,
  type EvolutionRefusal,
} from './evolution-errors.js';
import { phoneOfJid } from './evolution-ids.js';

const DEFAULT_THROTTLE_MS = 60_000;

/**
 * What a call came to. Evolution answers 400 to whatever its libraries throw, before the message is handed to WhatsApp
 * and after it, so no status is a proof by itself but 401 and 429. Proof that nothing was sent are: no connection; the
 * checks of key, instance and body; and texts that come from before the sending and from nowhere else
 * (evolution-errors.ts). All else is `unknown`.
 */
export function evolutionOutcome(result: HttpResult, recipient: string): SendOutcome {
  if (result.kind === 'failure') return outcomeOfFailure(result);
  const { status, body } = result;
  if (status >= 200 && status < 300) return outcomeOfSuccess(body, recipient);
  if (status >= 300 && status < 400) {
    return unknown(
      'redirect',
      `The answer was a redirect (HTTP ${status}), which is never followed; check baseUrl.`,
    );
  }
  if (status === 401) return outcomeOfKnown(result, UNAUTHORIZED);
  if (status === 429) {
    return throttled(result, { code: 'http_429', reason: 'Too many calls in a short time.' });
  }
  if (isUnlicensed(status, body)) return outcomeOfKnown(result, UNLICENSED);
  const error = readEvolutionError(status, body);
  const refusal = error === undefined ? undefined : refusalOf(status, error);
  if (refusal !== undefined) return outcomeOfKnown(result, refusal);
  const who = error === undefined ? 'What answered' : 'Evolution API';
  return unknown(
    `http_${status}`,
    `${who} reported an error (HTTP ${status}) that does not say whether the message was sent; it may be out.`,
  );
}

function refusalOf(status: number, error: EvolutionError): EvolutionRefusal | undefined {
  if (status === 400 && error.hasNoAccount) return NO_ACCOUNT;
  if (status === 400 && error.isOfSchema) return BAD_BODY;
  for (const text of error.texts) {
    const refusal = refusalOfText(status, text);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function outcomeOfSuccess(body: string, recipient: string): SendOutcome {
  const answer = parseJson(body);
  const acceptance = readAcceptance(answer);
  if (acceptance !== undefined) {
    const digits = phoneOfJid(acceptance.chat);
    return digits === undefined || `+${digits}` === recipient
      ? { kind: 'accepted', providerId: acceptance.id }
      : { kind: 'accepted', providerId: acceptance.id, alias: digits };
  }
  const refusedByMeta =
    wholeNumber(member(answer, 'code')) !== undefined && member(answer, 'key') === undefined;
  if (refusedByMeta) return outcomeOfMetaError(answer, recipient);
  return unknown('bad_answer', 'The answer said OK but named no message; the message may be out.');
}

/** An instance of the Cloud API answers 201 with Meta's error as it came, without its envelope and its HTTP status. */
function outcomeOfMetaError(error: unknown, recipient: string): SendOutcome {
  const body = JSON.stringify({ error });
  const outcome = cloudOutcome({ kind: 'answer', status: 400, headers: {}, body }, recipient);
  if (outcome.kind !== 'blocked' || outcome.failureClass !== 'auth_stop') return outcome;
  return {
    ...outcome,
    reason: `Meta did not accept the token of the instance (code ${outcome.code}); give the instance another one.`,
  };
}

function outcomeOfKnown(answer: HttpAnswer, refusal: EvolutionRefusal): SendOutcome {
  const { class: kind, code, reason } = refusal;
  switch (kind) {
    case 'throttled_number':
      return throttled(answer, refusal);
    case 'transient':
    case 'transient_media':
      return { kind: 'retryable', failureClass: kind, code, reason };
    case 'session_down':
      // The keys of one person may be lost while all others can be reached: see session-error-run.ts.
      return code === SESSION_ERROR_CODE
        ? { kind: 'retryable', failureClass: kind, code, reason }
        : { kind: 'blocked', failureClass: kind, code, reason };
    case 'auth_stop':
    case 'account_stop':
      return { kind: 'blocked', failureClass: kind, code, reason };
    case 'permanent_config':
      // Templates concern what is sent; a wrong name or address would fail every message that there is.
      return code === 'no_templates'
        ? { kind: 'rejected', failureClass: kind, code, reason }
        : { kind: 'blocked', failureClass: kind, code, reason };
    case 'permanent_recipient':
    case 'permanent_message':
    case 'window_closed':
    case 'deferred_recipient':
      return { kind: 'rejected', failureClass: kind, code, reason };
    default:
      return assertNever(kind);
  }
}

function throttled(answer: HttpAnswer, { code, reason }: { code: string; reason: string }): SendOutcome {
  const waitMs = retryAfterMs(answer.headers, Date.now()) ?? DEFAULT_THROTTLE_MS;
  return { kind: 'throttled', scope: 'number', retryAfterMs: waitMs, code, reason };
}

function unknown(code: string, reason: string): SendOutcome {
  return { kind: 'unknown', code, reason, speaksOfHealth: true };
}
