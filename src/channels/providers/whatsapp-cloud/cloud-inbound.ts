import type { InboundMessage, InboundReferral } from '../inbound-message.js';
import type { WebhookElement } from '../webhook-element.js';
import { instantOf, member, textOf, wordOf } from '../json-reader.js';
import { inboundBody } from './cloud-inbound-body.js';
import { contactOf, personOf } from './cloud-person.js';

/** One entry of `messages`; `value` holds it, and who wrote it. */
export function readInbound(
  message: unknown,
  value: unknown,
  accountRef: unknown,
  element: number,
): WebhookElement {
  const providerId = textOf(member(message, 'id'));
  if (providerId === undefined) return { kind: 'unreadable', element, reason: 'a message holds no id' };
  if (member(message, 'group_id') !== undefined) return { kind: 'ignored', element, what: 'message:group' };
  const ref = textOf(accountRef);
  if (ref === undefined) {
    return { kind: 'unreadable', element, reason: 'metadata.phone_number_id is missing' };
  }
  const at = instantOf(member(message, 'timestamp'));
  if (at === undefined) return { kind: 'unreadable', element, reason: 'a message holds no timestamp' };
  const from = member(message, 'from');
  const fromUserId = member(message, 'from_user_id');
  const contact = contactOf(value, from, fromUserId);
  const person = personOf(from ?? member(contact, 'wa_id'), fromUserId ?? member(contact, 'user_id'));
  if (person.phone === null && person.userId === null) {
    return {
      kind: 'unreadable',
      element,
      reason: `a message (${wordOf(member(message, 'type'))}) holds no sender`,
    };
  }
  const profileName = textOf(member(member(contact, 'profile'), 'name')) ?? null;
  return {
    kind: 'inbound',
    element,
    accountRef: ref,
    message: { providerId, ...person, profileName, at, ...saidIn(message) },
  };
}

function saidIn(message: unknown): Pick<InboundMessage, 'body' | 'replyTo' | 'isForwarded' | 'referral'> {
  const context = member(message, 'context');
  const referral = referralOf(member(message, 'referral'));
  return {
    body: inboundBody(message),
    replyTo: textOf(member(context, 'id')) ?? null,
    isForwarded: member(context, 'forwarded') === true || member(context, 'frequently_forwarded') === true,
    ...(referral === undefined ? {} : { referral }),
  };
}

function referralOf(referral: unknown): InboundReferral | undefined {
  if (typeof referral !== 'object' || referral === null) return undefined;
  const text = (name: string): string | null => textOf(member(referral, name)) ?? null;
  return {
    sourceType: text('source_type'),
    sourceId: text('source_id'),
    sourceUrl: text('source_url'),
    headline: text('headline'),
    clickId: text('ctwa_clid'),
  };
}
