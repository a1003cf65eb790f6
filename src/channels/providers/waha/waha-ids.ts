import { createHash } from 'node:crypto';

/** `true_<chat>_<id>`, with the participant behind it in a group. */
const SERIALIZED = /^(?:true|false)_([^_\s]+)_([^_\s]+)(?:_|$)/;
const PLAIN = /^[^_\s]{1,128}$/;
const PHONE_CHAT = /^(\d{5,20})(?::\d+)?@(?:c\.us|s\.whatsapp\.net)$/;
const HIDDEN_CHAT = /^(\d{5,20})(?::\d+)?@lid$/;

/**
 * The part of a message id that is the same wherever WAHA names the message. The chat before it may be written as
 * "@c.us" in an answer and as "@lid" in an ack, and a group puts a participant behind it.
 */
export function messageIdPart(id: unknown): string | undefined {
  if (typeof id !== 'string' || id.length > 512) return undefined;
  const part = SERIALIZED.exec(id)?.[2] ?? id;
  return PLAIN.test(part) ? part : undefined;
}

/** The chat that a message id names; undefined in the short form. */
export function chatOfMessageId(id: unknown): string | undefined {
  return typeof id === 'string' ? SERIALIZED.exec(id)?.[1] : undefined;
}

/** Where WAHA sends for a recipient; undefined for an id that is none of WhatsApp's. */
export function chatIdOf(recipient: string): string | undefined {
  if (/^\+\d{5,15}$/.test(recipient)) return `${recipient.slice(1)}@c.us`;
  return HIDDEN_CHAT.test(recipient) || PHONE_CHAT.test(recipient) ? recipient : undefined;
}

/** The digits of a chat that is a phone number. */
export function phoneOfChat(chat: unknown): string | undefined {
  return typeof chat === 'string' ? PHONE_CHAT.exec(chat)?.[1] : undefined;
}

/** WhatsApp's id of a person whose number it hides, without the device. */
export function hiddenIdOfChat(chat: unknown): string | undefined {
  const digits = typeof chat === 'string' ? HIDDEN_CHAT.exec(chat)?.[1] : undefined;
  return digits === undefined ? undefined : `${digits}@lid`;
}

/**
 * The id that we ask WAHA to give the message: 72 bits of a hash in the form that WhatsApp Web gives its own ids
 * (ADR 0028). Nothing has to be stored or asked before the call, and after a crash it is the same again.
 */
export function presetMessageId(channelId: string, correlationId: string, recipient: string): string {
  const digest = createHash('sha256').update(`${channelId} ${correlationId} ${recipient}`).digest('hex');
  return `3EB0${digest.slice(0, 18).toUpperCase()}`;
}
