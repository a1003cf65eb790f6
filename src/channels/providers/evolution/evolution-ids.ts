import { createHash } from 'node:crypto';
import { canonicalRecipient } from '../../../common/recipient.js';

/** A device may be named behind the number. */
const PHONE_JID = /^(\d{5,20})(?::\d+)?@(?:s\.whatsapp\.net|c\.us)$/;
const HIDDEN_JID = /^(\d{5,20})(?::\d+)?@lid$/;

/** The digits of a chat that is named by its phone number. */
export function phoneOfJid(jid: unknown): string | undefined {
  return typeof jid === 'string' ? PHONE_JID.exec(jid)?.[1] : undefined;
}

/** WhatsApp's id of a person whose number it hides, without the device. */
export function hiddenIdOfJid(jid: unknown): string | undefined {
  const digits = typeof jid === 'string' ? HIDDEN_JID.exec(jid)?.[1] : undefined;
  return digits === undefined ? undefined : `${digits}@lid`;
}

/** What a chat is, where it is not one person. */
export function crowdOfJid(jid: unknown): 'group' | 'broadcast' | 'newsletter' | undefined {
  if (typeof jid !== 'string') return undefined;
  if (jid.endsWith('@g.us')) return 'group';
  if (jid.endsWith('@newsletter')) return 'newsletter';
  return jid.endsWith('@broadcast') ? 'broadcast' : undefined;
}

/** Evolution's `number` for a recipient: digits without "+", or a hidden id as it is; undefined for any other id. */
export function numberOf(recipient: string): string | undefined {
  if (/^\+\d{5,15}$/.test(recipient)) return recipient.slice(1);
  return HIDDEN_JID.test(recipient) ? recipient : undefined;
}

/** Who is behind a message, by number, by hidden id, or by both. */
export interface EvolutionPerson {
  readonly phone: string | null;
  readonly userId: string | null;
  /** The number as WhatsApp has it, where that is not the one that people dial. */
  readonly alias: string | null;
}

/**
 * From a message key. Which member holds the number depends on the version: `remoteJid`, and for chats by hidden id
 * `remoteJidAlt` (2.3.3 and later, some of which put the two the other way round) or `senderPn` (before).
 */
export function personOfKey(key: Readonly<Record<string, unknown>>): EvolutionPerson | undefined {
  const names = [key['remoteJid'], key['remoteJidAlt'], key['senderPn'], key['senderLid']];
  const digits = firstOf(names, phoneOfJid);
  const userId = firstOf(names, hiddenIdOfJid) ?? null;
  if (digits === undefined) return userId === null ? undefined : { phone: null, userId, alias: null };
  const canonical = canonicalRecipient(`+${digits}`);
  // A number that no numbering plan knows yet: WhatsApp has it, and so it can be written to.
  const phone = canonical.ok ? canonical.recipient : `+${digits}`;
  return { phone, userId, alias: phone === `+${digits}` ? null : digits };
}

function firstOf(names: readonly unknown[], read: (jid: unknown) => string | undefined): string | undefined {
  for (const name of names) {
    const found = read(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The id that we ask Evolution to give the message, in the form of WhatsApp Web's own: 72 bits of a hash, the same after
 * a crash, another for each attempt. Servers before 2.4 leave it unread and make up their own.
 */
export function presetMessageId(channelId: string, correlationId: string, recipient: string): string {
  const digest = createHash('sha256').update(`${channelId} ${correlationId} ${recipient}`).digest('hex');
  return `3EB0${digest.slice(0, 18).toUpperCase()}`;
}
