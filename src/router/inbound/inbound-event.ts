import type { OutboxEvent } from '../../events/outbox-event.js';
import { maskedBody } from './shown-body.js';
import type { StoredInbound } from './inbound-row.js';

/** What subscribers are told of a message that came in. */
export function receivedEvent(message: StoredInbound): OutboxEvent {
  return {
    workspaceId: message.workspaceId,
    type: 'message.received',
    payload: payloadOf(message),
    recipient: message.recipient,
  };
}

/** The same for one that a rule passes on, with the rule's name. */
export function forwardedEvent(message: StoredInbound, rule: { id: string; name: string }): OutboxEvent {
  return {
    workspaceId: message.workspaceId,
    type: 'message.forwarded',
    payload: { ...payloadOf(message), ruleId: rule.id, rule: rule.name },
    recipient: message.recipient,
  };
}

function payloadOf(message: StoredInbound): Record<string, unknown> {
  return {
    id: message.id,
    conversationId: message.conversationId,
    contactId: message.contactId,
    channelId: message.channelId,
    phone: message.recipient,
    name: message.name,
    providerId: message.providerId,
    type: message.type,
    text: message.text,
    body: maskedBody(message.body),
    at: message.at.toISOString(),
  };
}
