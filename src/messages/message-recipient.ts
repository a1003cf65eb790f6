import type { CountryCode } from 'libphonenumber-js';
import { plainNumber } from '../common/plain-number.js';
import { canonicalRecipient, type Recipient } from '../common/recipient.js';

/** E.164, at its shortest in use and at its longest. */
const COULD_BE_DIALLED = /^[1-9]\d{7,14}$/;

/**
 * Whom a single message is for. A number whose digits are not as many as its country has is refused in lists, where a
 * slip of the pen is one of thousands. Here, written with its country code, it is left to the provider: the service that
 * this route replaces did so, its clients are answered 202, and the task tells them what the provider says.
 */
export function messageRecipient(phone: string, defaultCountry: CountryCode | undefined): Recipient {
  const canonical = canonicalRecipient(phone, defaultCountry);
  if (canonical.ok) return canonical;
  const plain = plainNumber(phone);
  const isLeftToProvider = plain.ok && plain.isInternational && COULD_BE_DIALLED.test(plain.digits);
  return isLeftToProvider ? { ok: true, recipient: `+${plain.digits}` } : canonical;
}
