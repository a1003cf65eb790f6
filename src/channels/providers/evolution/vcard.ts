import { member, textOf } from '../json-reader.js';

/** "TEL;type=CELL;waid=5215512345678:+52 1 55 1234 5678", perhaps with a group's name before it. */
const PHONE_LINE = /^(?:[\w-]+\.)?TEL(?:;[^:\r\n]*)?:([^\r\n]+)$/gim;
const MOST_PHONES = 50;

/** A contact that somebody sent: its name, and the numbers on its card as they are written there. */
export function contactOfVcard(card: unknown): { name: string; phones: readonly string[] } {
  const vcard = textOf(member(card, 'vcard')) ?? '';
  const phones: string[] = [];
  for (const [, phone = ''] of vcard.matchAll(PHONE_LINE)) {
    if (phones.length < MOST_PHONES) phones.push(phone.trim());
  }
  return { name: textOf(member(card, 'displayName')) ?? '', phones };
}
