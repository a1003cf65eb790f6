import { assertNever } from '../../../common/assert-never.js';
import { outcomeOfFailure } from '../http/failure-outcome.js';
import type { HttpAnswer, HttpResult } from '../http/http-result.js';
import type { OutboundMessage } from '../provider.js';
import type { SendOutcome } from '../send-outcome.js';
import type { AnswerReader, ReadAnswer } from './gateway-answer.js';
import type { RuleClass } from './gateway-mapping.js';
import { knownError } from './known-errors.js';
import { retryAfterMs } from '../http/retry-after.js';
import type { OwnRules } from './own-rules.js';
import type { OwnWords } from './own-words.js';

const DEFAULT_THROTTLE_MS = 10_000;

/** What is proved about the words of an error, and how they read. */
interface Found {
  readonly class: RuleClass;
  readonly code: string;
  readonly reason: string;
}

/**
 * What a call came to, where nobody has written down what the service's answers mean. In this order: the service says
 * yes; a rule of the channel's settings; words that such services use; the status. A message goes back to be sent
 * again only where the service itself says that it could not have sent it (its session is down, this is too fast, the
 * key is wrong); a refusal in its own words fails the message; whatever says neither is `unknown`, and so is any
 * error that may have been thrown after the message had left, under `success: false` as under a 500.
 */
export class GatewayOutcomes {
  constructor(
    private readonly reader: AnswerReader,
    private readonly rules: OwnRules,
    private readonly words: OwnWords,
  ) {}

  of(result: HttpResult, message: OutboundMessage): SendOutcome {
    if (result.kind === 'failure') return outcomeOfFailure(result);
    const read = this.reader.read(result.body);
    if (this.reader.isTaken(result.status, read)) return { kind: 'accepted', providerId: read.id };
    const found = this.rules.find(result, read.json) ?? foundIn(result, read);
    const text = message.content.type === 'text' ? message.content.text : undefined;
    return outcomeOf(result, { ...found, reason: this.words.after(found.reason, read.words, text) });
  }
}

function foundIn(answer: HttpAnswer, read: ReadAnswer): Found {
  const { status } = answer;
  if (status >= 300 && status < 400)
    return unknown(
      'redirect',
      `The answer was a redirect (HTTP ${status}), which is never followed; check baseUrl`,
    );
  if (read.verdict === 'yes') return unknown('bad_answer', `The answer says yes under HTTP ${status}`);
  const isRefusal = read.verdict === 'no' || status >= 400;
  const known = isRefusal ? knownError(read.words) : undefined;
  if (known !== undefined && isBelievable(known, answer, read)) return known;
  if (status >= 500) return ofServerError(status, read);
  if (status >= 400) return ofStatus(status, read);
  if (read.verdict === 'no') {
    return {
      class: 'permanent_message',
      code: 'refused',
      reason: 'The service says that it did not send the message.',
    };
  }
  return unknown('bad_answer', 'The answer does not say whether the message was taken; check answer.ok');
}

/** A proxy before the service speaks of its own limits and with its own pages: of a 5xx only the service's JSON counts. */
function isBelievable(
  { class: foundClass }: Found,
  { status }: HttpAnswer,
  { json, verdict }: ReadAnswer,
): boolean {
  if (status < 500) return true;
  return foundClass === 'throttled' ? verdict === 'no' : json !== undefined;
}

function ofServerError(status: number, { verdict }: ReadAnswer): Found {
  // By its own word it did not send, under the status of one that is not ready.
  if (status === 503 && verdict === 'no') {
    return {
      class: 'session_down',
      code: 'session_down',
      reason: "The service's session is not ready (HTTP 503).",
    };
  }
  return unknown(`http_${status}`, `The service answered with a server error (HTTP ${status})`);
}

/** Refused by definition, whoever on the way gives them. */
function ofStatus(status: number, { verdict, json }: ReadAnswer): Found {
  const code = `http_${status}`;
  switch (status) {
    case 401:
    case 403:
      return {
        class: 'auth_stop',
        code,
        reason: `The service does not accept the credentials (HTTP ${status}); check headers and secretFields.`,
      };
    case 404:
    case 405:
      if (verdict === 'no') break;
      return {
        class: 'permanent_config',
        code: 'no_such_path',
        reason: `The service has nothing at the path of messages (HTTP ${status}); check baseUrl and send.path.`,
      };
    case 408:
      return unknown(code, 'The service gave up waiting (HTTP 408)');
    case 429:
      return { class: 'throttled', code, reason: 'Too many calls in a short time (HTTP 429).' };
    case 400:
    case 413:
    case 415:
    case 422:
      break;
    default:
      if (json === undefined)
        return unknown(code, `The answer (HTTP ${status}) was not one of the service's`);
  }
  return { class: 'permanent_message', code, reason: `The service refused the message (HTTP ${status}).` };
}

function outcomeOf(answer: HttpAnswer, { class: foundClass, code, reason }: Found): SendOutcome {
  switch (foundClass) {
    case 'unknown':
      return { kind: 'unknown', code, reason, speaksOfHealth: true };
    case 'throttled': {
      const waitMs = retryAfterMs(answer.headers, Date.now()) ?? DEFAULT_THROTTLE_MS;
      return { kind: 'throttled', scope: 'number', retryAfterMs: waitMs, code, reason };
    }
    case 'auth_stop':
    case 'account_stop':
    case 'session_down':
      return { kind: 'blocked', failureClass: foundClass, code, reason };
    case 'permanent_config':
      // What is wrong with one call here is wrong with all: a mapping has no template of its own to be at fault.
      return { kind: 'blocked', failureClass: foundClass, code, reason };
    case 'transient':
    case 'transient_media': {
      const waitMs = retryAfterMs(answer.headers, Date.now());
      const wait = waitMs === undefined ? {} : { retryAfterMs: waitMs };
      return { kind: 'retryable', failureClass: foundClass, code, reason, ...wait };
    }
    case 'permanent_recipient':
    case 'deferred_recipient':
    case 'window_closed':
    case 'permanent_message':
      return { kind: 'rejected', failureClass: foundClass, code, reason };
    default:
      return assertNever(foundClass);
  }
}

function unknown(code: string, what: string): Found {
  return { class: 'unknown', code, reason: `${what}; the message may be out.` };
}
