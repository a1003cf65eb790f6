import { UnreadableBodyError, type WebhookDelivery } from '../webhook-delivery.js';
import type { StatusUpdate, WebhookElement } from '../webhook-element.js';
import { isMessageSid } from './twilio-answer.js';
import { CORRELATION_PARAMETER } from './twilio-callback.js';
import { twilioError, twilioReason } from './twilio-errors.js';
import { readInbound } from './twilio-inbound.js';
import type { TwilioSettings } from './twilio-settings.js';

/** Twilio's words; those that are not here say that a message has not left yet. */
const STATUS_WORDS: Readonly<Record<string, StatusUpdate['status']>> = {
  sent: 'sent',
  delivered: 'delivered',
  partially_delivered: 'delivered',
  read: 'read',
  undelivered: 'failed',
  failed: 'failed',
  canceled: 'failed',
};

/**
 * The one element of a webhook: what became of a message, or what somebody wrote. Twilio adds parameters without notice
 * and says no time: a status happened about when it came.
 */
export function parseTwilioWebhook(
  { body, contentType, query, receivedAt }: WebhookDelivery,
  settings: Partial<TwilioSettings>,
): WebhookElement[] {
  if (contentType !== null && contentType !== 'application/x-www-form-urlencoded') {
    throw new UnreadableBodyError(`the body is ${contentType} and not a form`);
  }
  const form = new URLSearchParams(body.toString('utf8'));
  // Not every kind of message says that it was received; all say how many files they hold.
  const said = form.get('MessageStatus') || form.get('SmsStatus') || (form.has('NumMedia') ? 'received' : '');
  if (said === '') return [unreadable('the body holds no MessageStatus')];
  const providerId = form.get('MessageSid') ?? form.get('SmsSid');
  if (!isMessageSid(providerId)) return [unreadable('the body holds no MessageSid')];
  if (said === 'received' || said === 'receiving') {
    const accountRef = accountRefOf(form, form.get('To'), settings);
    return readInbound(form, providerId, accountRef, receivedAt);
  }
  const status = Object.hasOwn(STATUS_WORDS, said) ? STATUS_WORDS[said] : undefined;
  if (status === undefined) return [{ kind: 'ignored', element: 0, what: `status:${wordOf(said)}` }];
  return [
    {
      kind: 'status',
      element: 0,
      accountRef: accountRefOf(form, form.get('From'), settings),
      providerId,
      correlationId: new URLSearchParams(query).get(CORRELATION_PARAMETER),
      status,
      at: receivedAt,
      ...(status === 'failed' ? failureOf(form, said) : {}),
    },
  ];
}

function failureOf(form: URLSearchParams, said: string): Pick<StatusUpdate, 'code' | 'reason' | 'suppress'> {
  const code = form.get('ErrorCode') ?? '';
  if (!/^\d{1,9}$/.test(code)) {
    return { code: wordOf(said), reason: `Twilio says that the message is ${wordOf(said)}, and not why.` };
  }
  const words = form.get('ErrorMessage') ?? form.get('ChannelStatusMessage');
  const failure = { code, reason: twilioReason(Number(code), words) };
  return twilioError(Number(code))?.suppress ? { ...failure, suppress: true } : failure;
}

/**
 * Whom of us it is about: the channel's own sender or service. Where the body names another one, that is given, and the
 * channel whose address was called gets nothing that is not its own.
 */
function accountRefOf(
  form: URLSearchParams,
  address: string | null,
  settings: Partial<TwilioSettings>,
): string | null {
  const service = form.get('MessagingServiceSid') || null;
  const number = address?.replace(/^whatsapp:/, '') || null;
  if (settings.from !== undefined) return number ?? settings.from;
  // A service that leaves inbound messages to its senders does not name itself.
  return service ?? settings.messagingServiceSid ?? number;
}

function wordOf(text: string): string {
  return /^\w{1,40}$/.test(text) ? text : 'unknown';
}

function unreadable(reason: string): WebhookElement {
  return { kind: 'unreadable', element: 0, reason };
}
