import type { HttpResult } from '../http/http-result.js';
import type { ChannelHealth } from '../provider.js';
import { member, parseJson } from '../json-reader.js';
import { readTwilioCode } from './twilio-answer.js';
import { twilioError } from './twilio-errors.js';

/** What was asked about: an account by its token, an account by an API key (which may not read it), or a service. */
export type HealthQuestion = 'account' | 'messages' | 'service';

/** What Twilio's answer says of a channel: which setting is wrong, and how to come by the right one. */
export function twilioHealth(result: HttpResult, question: HealthQuestion): ChannelHealth {
  if (result.kind === 'failure') return disconnected(`${result.fault.what}.`);
  const { status, body } = result;
  const answer = parseJson(body);
  if (status === 200 && isRight(answer, question)) return healthOf(answer, question);
  if (status >= 500) {
    return {
      connection: 'unknown',
      reason: `Twilio answered with a server error (HTTP ${status}); try again later.`,
    };
  }
  const code = readTwilioCode(body);
  if (code === undefined && status !== 401) {
    return disconnected(
      `What answered (HTTP ${status}) is not Twilio; check ${question === 'service' ? 'messagingBaseUrl' : 'baseUrl'}, ` +
        'which is to be left out unless a proxy of yours stands before Twilio.',
    );
  }
  if (question === 'service' && status === 404) {
    return disconnected(
      'messagingServiceSid is not a Messaging Service of this account; copy its SID from Messaging > Services.',
    );
  }
  const known = twilioError(code ?? 20003);
  if (known === undefined) return disconnected(`Twilio refused the check with its code ${code}.`);
  const isTooFast = known.class.startsWith('throttled');
  return isTooFast ? { connection: 'unknown', reason: known.reason } : disconnected(known.reason);
}

function isRight(answer: unknown, question: HealthQuestion): boolean {
  return question === 'messages'
    ? Array.isArray(member(answer, 'messages'))
    : typeof member(answer, 'sid') === 'string';
}

function healthOf(answer: unknown, question: HealthQuestion): ChannelHealth {
  const status = question === 'account' ? member(answer, 'status') : 'active';
  return status === 'suspended' || status === 'closed'
    ? disconnected(`The Twilio account is ${status}; see the Twilio Console.`)
    : { connection: 'connected' };
}

function disconnected(reason: string): ChannelHealth {
  return { connection: 'disconnected', reason };
}
