import { outcomeOfFailure } from '../http/failure-outcome.js';
import type { HttpAnswer, HttpResult } from '../http/http-result.js';
import type { SendOutcome } from '../send-outcome.js';
import { retryAfterMs } from '../http/retry-after.js';
import { readAcceptance, readWahaError, type WahaError } from './waha-answer.js';
import { refusalOfThrown, type WahaRefusal } from './waha-errors.js';
import { wahaSessionState } from './waha-session.js';

const DEFAULT_THROTTLE_MS = 60_000;

/** What was asked for. */
export interface WahaSend {
  readonly recipient: string;
  /** The id that the message was to have. */
  readonly presetId: string;
  /** False once the engine was seen to give ids of its own. */
  readonly keepsPresetIds: boolean;
  readonly isMedia: boolean;
}

/**
 * What a call came to. WAHA hands a message to an engine and waits for it, so most that goes wrong may go wrong behind
 * the sending. Proof that nothing was sent are: no connection; an answer of its guards and checks, which stand before
 * the engine (400, 401, 403, 404, 413, 422 in its own form); and of what engines throw (500) only WhatsApp's own refusal
 * and the steps that come before the sending. All else is `unknown`.
 */
export function wahaOutcome(result: HttpResult, send: WahaSend): SendOutcome {
  if (result.kind === 'failure') return outcomeOfFailure(result);
  const { status } = result;
  if (status >= 200 && status < 300) return outcomeOfSuccess(result, send);
  if (status >= 300 && status < 400) {
    return unknown(
      'redirect',
      `The answer was a redirect (HTTP ${status}), which is never followed; check baseUrl.`,
    );
  }
  if (status === 429) return throttled(result, 'http_429', 'Too many calls in a short time.');
  const error = readWahaError(status, result.body);
  if (status >= 500) return outcomeOfThrown(result, error, send);
  return outcomeOfRefusal(status, error);
}

function outcomeOfSuccess({ status, body }: HttpAnswer, send: WahaSend): SendOutcome {
  // WEBJS answers so when its library returns nothing (devlikeapro/waha#1083, #1087).
  if (status === 201 && body === '') {
    return { kind: 'accepted', providerId: send.keepsPresetIds ? send.presetId : null };
  }
  const acceptance = readAcceptance(body);
  if (acceptance === undefined) {
    return unknown('bad_answer', 'The answer said OK but named no message; the message may be out.');
  }
  const { id, phone } = acceptance;
  return phone === undefined || `+${phone}` === send.recipient
    ? { kind: 'accepted', providerId: id }
    : { kind: 'accepted', providerId: id, alias: phone };
}

function outcomeOfThrown(answer: HttpAnswer, error: WahaError | undefined, send: WahaSend): SendOutcome {
  const { status } = answer;
  const thrown = error?.exception;
  const refusal = thrown === undefined ? undefined : refusalOfThrown(thrown.text);
  if (refusal !== undefined) return outcomeOfKnown(answer, refusal);
  // WAHA fetches the file with axios before it turns to the engine, and nothing after that with it.
  if (send.isMedia && thrown?.name === 'AxiosError') {
    return {
      kind: 'retryable',
      failureClass: 'transient_media',
      code: 'media_fetch',
      reason: 'WAHA could not fetch the file; check that its link can be reached from WAHA.',
    };
  }
  const who = thrown === undefined ? 'WAHA' : 'An engine of WAHA';
  return unknown(
    `http_${status}`,
    `${who} answered with a server error (HTTP ${status}); the message may be out.`,
  );
}

function outcomeOfKnown(answer: HttpAnswer, { class: kind, code, reason }: WahaRefusal): SendOutcome {
  switch (kind) {
    case 'throttled_number':
      return throttled(answer, code, reason);
    case 'auth_stop':
    case 'account_stop':
    case 'session_down':
      return { kind: 'blocked', failureClass: kind, code, reason };
    default:
      return { kind: 'rejected', failureClass: kind, code, reason };
  }
}

function outcomeOfRefusal(status: number, error: WahaError | undefined): SendOutcome {
  const code = `http_${status}`;
  switch (status) {
    case 401:
      return blocked('auth_stop', code, 'The API key was not accepted; set the key of your WAHA as apiKey.');
    case 413:
      return rejected(code, 'The message is larger than WAHA, or a proxy before it, takes.');
    default:
  }
  // A proxy on the way may answer with the same status, before the call or after it.
  if (error === undefined) {
    return unknown(
      code,
      `The answer (HTTP ${status}) was not one of WAHA's; check baseUrl. The message may be out.`,
    );
  }
  switch (status) {
    case 400:
      return rejected(code, 'WAHA finds a field of the message missing or wrong.');
    case 403:
      return blocked(
        'auth_stop',
        code,
        'The API key may not send for this session; use an admin key, or a key of the session with the action send.',
      );
    case 404:
      return blocked(
        'permanent_config',
        code,
        'WAHA has no such session, or is too old to know the call; check session and baseUrl.',
      );
    case 422:
      return outcomeOfUnprocessable(error);
    default:
      return unknown(
        code,
        `WAHA answered with HTTP ${status}, which Caudal does not know; the message may be out.`,
      );
  }
}

/** Given before the engine is asked: the session, the version or the message is not fit for the call. */
function outcomeOfUnprocessable({ sessionStatus, message = '' }: WahaError): SendOutcome {
  if (sessionStatus !== undefined) {
    const state = wahaSessionState(sessionStatus);
    return blocked(
      'session_down',
      'session_down',
      state?.reason ?? 'The session was not ready to send; see its status at WAHA.',
    );
  }
  if (/session/i.test(message)) {
    return blocked('permanent_config', 'http_422', 'WAHA does not have this session; check session.');
  }
  return /Plus version|not implemented/i.test(message)
    ? rejected('http_422', 'This WAHA or its engine cannot send this kind of message.', 'permanent_config')
    : rejected('http_422', 'WAHA cannot send the message as it is.');
}

function throttled(answer: HttpAnswer, code: string, reason: string): SendOutcome {
  const waitMs = retryAfterMs(answer.headers, Date.now()) ?? DEFAULT_THROTTLE_MS;
  return { kind: 'throttled', scope: 'number', retryAfterMs: waitMs, code, reason };
}

function blocked(
  failureClass: 'auth_stop' | 'session_down' | 'permanent_config',
  code: string,
  reason: string,
): SendOutcome {
  return { kind: 'blocked', failureClass, code, reason };
}

function rejected(
  code: string,
  reason: string,
  failureClass: 'permanent_message' | 'permanent_config' = 'permanent_message',
): SendOutcome {
  return { kind: 'rejected', failureClass, code, reason };
}

function unknown(code: string, reason: string): SendOutcome {
  return { kind: 'unknown', code, reason, speaksOfHealth: true };
}
