import { canonicalRecipient } from '../../../common/recipient.js';
import { listOf, member, textOf } from '../json-reader.js';

/** Who stands behind an element: by number, by Meta's own id, or by both. */
export interface CloudPerson {
  readonly phone: string | null;
  readonly userId: string | null;
  /** The wa_id, where it is not the number that people dial (Mexico's 1, Brazil's ninth digit). */
  readonly alias: string | null;
}

const DIGITS = /^\d{6,15}$/;
/** Country, perhaps ENT for a group of businesses, and up to 128 letters or digits. */
const USER_ID = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/;

export function personOf(waId: unknown, userId: unknown): CloudPerson {
  const digits = (textOf(waId) ?? '').replace(/^\+/, '');
  const id = textOf(userId);
  const known = id !== undefined && USER_ID.test(id) ? id : null;
  if (!DIGITS.test(digits)) return { phone: null, userId: known, alias: null };
  const canonical = canonicalRecipient(`+${digits}`);
  // A number that no numbering plan knows yet: WhatsApp has it, and so it can be written to.
  const phone = canonical.ok ? canonical.recipient : `+${digits}`;
  return { phone, userId: known, alias: phone === `+${digits}` ? null : digits };
}

/** The entry of `contacts` that is about this sender; with one sender and one entry, that one. */
export function contactOf(value: unknown, waId: unknown, userId: unknown): unknown {
  const contacts = listOf(value, 'contacts');
  const named = contacts.find((contact) => {
    const theirs = member(contact, 'wa_id');
    const theirId = member(contact, 'user_id');
    return (theirs !== undefined && theirs === waId) || (theirId !== undefined && theirId === userId);
  });
  const isOnlyOne = contacts.length === 1 && listOf(value, 'messages').length === 1;
  return named ?? (isOnlyOne ? contacts[0] : undefined);
}
