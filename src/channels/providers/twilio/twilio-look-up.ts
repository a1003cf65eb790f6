import type { HttpResult } from '../http/http-result.js';
import type { LookUpAnswer, LookUpQuestion } from '../provider.js';
import { member, parseJson, wholeNumber } from '../json-reader.js';
import { isMessageSid, readTwilioCode } from './twilio-answer.js';
import { twilioReason } from './twilio-errors.js';
import type { TwilioSettings } from './twilio-settings.js';

/** More than one is as good as many: none of them can be told to be the one. */
const PAGE_SIZE = 20;
/** Times of Twilio are whole seconds, cut off, of a clock that is not ours. */
const CLOCK_SLACK_MS = 2_000;
/** What is filtered by is when Twilio sent it on. */
const MARGIN_MS = 60 * 60 * 1000;

type FoundStatus = Extract<LookUpAnswer, { kind: 'found' }>['status'];

const STATUS_WORDS: Readonly<Record<string, FoundStatus>> = {
  accepted: 'accepted',
  scheduled: 'accepted',
  queued: 'accepted',
  sending: 'accepted',
  sent: 'sent',
  delivered: 'delivered',
  partially_delivered: 'delivered',
  read: 'read',
  undelivered: 'failed',
  failed: 'failed',
  canceled: 'failed',
};

/** What is asked: the messages to this person from somewhat before on, in the form that Twilio's own libraries write. */
export function lookUpQuery({ from }: TwilioSettings, { recipient, begunAt }: LookUpQuestion): string {
  const since = new Date(begunAt.getTime() - MARGIN_MS).toISOString().replace(/\.\d+/, '');
  const sender = from === undefined ? '' : `&From=${encodeURIComponent(`whatsapp:${from}`)}`;
  return `?To=${encodeURIComponent(`whatsapp:${recipient}`)}${sender}&DateSent%3E=${encodeURIComponent(since)}&PageSize=${PAGE_SIZE}`;
}

/**
 * What the list proves. Twilio keeps nothing of ours with a message, so it is found by person, sender and time, and only
 * where one message alone was made while the call can have been under way, by Twilio's list and by our own. A second
 * attempt is never found: the message may be the first one's. That a message is not in the list proves nothing: Twilio
 * does not say how soon it is complete.
 */
export function lookUpAnswer(
  result: HttpResult,
  question: LookUpQuestion,
  settings: TwilioSettings,
): LookUpAnswer {
  if (result.kind === 'failure') return unsure(result.fault.code, `${result.fault.what}.`);
  const { status, body } = result;
  if (status !== 200) {
    const code = readTwilioCode(body);
    return unsure(
      code === undefined ? `http_${status}` : String(code),
      `Twilio answered with HTTP ${status}.`,
    );
  }
  const list = parseJson(body);
  const messages = member(list, 'messages');
  if (!Array.isArray(messages)) return UNREADABLE;
  if (question.attempt !== 1) {
    return unsure('several_attempts', 'Twilio cannot tell the attempts of a message apart.');
  }
  if (question.isAlone === false) {
    return unsure('several_messages', 'Other messages of ours went to this person at that time.');
  }
  if (typeof member(list, 'next_page_uri') === 'string') {
    return unsure('too_many', 'Twilio has more messages to this person than can be told apart.');
  }
  const candidates = messages.filter((message) => canBe(message, question, settings));
  if (candidates.length === 0) {
    return unsure('not_listed', 'Twilio does not list the message, which it may still have taken.');
  }
  if (candidates.length > 1) {
    return unsure('several_messages', 'Twilio has several messages to this person from that time.');
  }
  return found(candidates[0]);
}

function canBe(
  message: unknown,
  { recipient, begunAt, overBy }: LookUpQuestion,
  settings: TwilioSettings,
): boolean {
  const { from, messagingServiceSid } = settings;
  const direction = member(message, 'direction');
  if (typeof direction === 'string' && direction.startsWith('inbound')) return false;
  if (member(message, 'to') !== `whatsapp:${recipient}`) return false;
  if (from !== undefined && member(message, 'from') !== `whatsapp:${from}`) return false;
  if (from === undefined && member(message, 'messaging_service_sid') !== messagingServiceSid) return false;
  const createdMs = timeOf(message, 'date_created')?.getTime();
  // Without its time it may be any message, this one too.
  if (createdMs === undefined) return true;
  return createdMs > begunAt.getTime() - CLOCK_SLACK_MS && createdMs < overBy.getTime() + CLOCK_SLACK_MS;
}

function found(message: unknown): LookUpAnswer {
  const providerId = member(message, 'sid');
  const said = member(message, 'status');
  const status =
    typeof said === 'string' && Object.hasOwn(STATUS_WORDS, said) ? STATUS_WORDS[said] : undefined;
  const createdAt = timeOf(message, 'date_created');
  if (!isMessageSid(providerId) || status === undefined || createdAt === undefined) return UNREADABLE;
  if (status === 'accepted') return { kind: 'found', status, providerId, at: createdAt };
  const at = timeOf(message, 'date_updated') ?? createdAt;
  if (status !== 'failed') return { kind: 'found', status, providerId, at };
  const code = wholeNumber(member(message, 'error_code'));
  const words = member(message, 'error_message');
  return {
    kind: 'found',
    status,
    providerId,
    at,
    code: code === undefined ? String(said) : String(code),
    reason:
      code === undefined
        ? 'Twilio says that the message failed, and not why.'
        : twilioReason(code, typeof words === 'string' ? words : null),
  };
}

function timeOf(message: unknown, name: string): Date | undefined {
  const value = member(message, name);
  const time = typeof value === 'string' ? new Date(value) : undefined;
  return time === undefined || Number.isNaN(time.getTime()) ? undefined : time;
}

const UNREADABLE = unsure('look_up_unreadable', 'The answer to the look-up could not be read.');

function unsure(code: string, reason: string): LookUpAnswer {
  return { kind: 'unsure', code, reason };
}
