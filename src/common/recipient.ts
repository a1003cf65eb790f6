import { parsePhoneNumberFromString, type CountryCode, type PhoneNumber } from 'libphonenumber-js/min';
import { plainNumber } from './plain-number.js';
import { quickRecipient } from './recipient-quick-path.js';
import { whatsAppForm } from './whatsapp-form.js';

export type Recipient =
  | { readonly ok: true; readonly recipient: string; readonly country?: string }
  | { readonly ok: false; readonly reason: string };

/**
 * Numbering plans grow faster than software is updated, so who writes the country code is believed when the length is
 * right. Where the country is a guess, the plan has to agree with the guess.
 */
type Proof = 'possible' | 'valid';

const LEAST_DIGITS = 7;
/** E.164. */
const MOST_DIGITS = 15;
const MOST_ROUNDS = 4;
/** Without a plus, shorter numbers are some country's own, and nobody said whose. */
const LEAST_DIGITS_WITH_COUNTRY_CODE = 11;

/**
 * The one form of a phone number that contacts, suppressions and messages are keyed by, so that a number written in
 * three ways is one person. E.164 by libphonenumber, then three countries as WhatsApp has them: Mexico drops the
 * mobile 1, Argentina adds the mobile 9, Brazil the ninth digit. The canonical form of a canonical number is itself.
 */
export function canonicalRecipient(input: string, defaultCountry?: CountryCode): Recipient {
  const quick = quickRecipient(input, defaultCountry);
  if (quick !== undefined) return quick;
  return parseRecipient(input, defaultCountry);
}

/** The whole way, without the short cut; exported for the test that holds one against the other. */
export function parseRecipient(input: string, defaultCountry?: CountryCode): Recipient {
  const plain = plainNumber(input);
  if (!plain.ok) return plain;
  const { digits, isInternational } = plain;
  if (digits.length < LEAST_DIGITS) return refuse(`too short: ${digits.length} digits`);
  if (digits.length > MOST_DIGITS + 3) return refuse(`too long: ${digits.length} digits`);
  if (isInternational) return international(digits, 'possible');
  const national = defaultCountry === undefined ? undefined : withCountry(digits, defaultCountry);
  if (national !== undefined) return national;
  if (digits.length >= LEAST_DIGITS_WITH_COUNTRY_CODE) {
    const asInternational = international(digits, 'valid');
    if (asInternational.ok) return asInternational;
  }
  return refuse(
    defaultCountry === undefined
      ? 'has no country code: write it with + or set a default country'
      : `not a number of ${defaultCountry}, nor one with a country code`,
  );
}

function withCountry(digits: string, country: CountryCode): Recipient | undefined {
  const dialled = country === 'MX' ? withoutMexicanPrefix(digits) : digits;
  const parsed = parsePhoneNumberFromString(dialled, { defaultCountry: country, extract: false });
  const settled = parsed === undefined ? undefined : settle(whatsAppForm(parsed.number), 'valid');
  return settled?.ok === true ? settled : undefined;
}

function international(digits: string, least: Proof): Recipient {
  return settle(whatsAppForm(`+${digits}`), least);
}

/** Parses what parsing gave until nothing changes: libphonenumber may drop a zero now and another one next time. */
function settle(e164: string, least: Proof): Recipient {
  let recipient = e164;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const parsed = parsePhoneNumberFromString(recipient, { extract: false });
    if (parsed === undefined)
      return refuse(`no country has numbers that begin with ${recipient.slice(0, 4)}`);
    const next = whatsAppForm(parsed.number);
    if (next === recipient) return judge(parsed, least);
    recipient = next;
  }
  return refuse(`${recipient.slice(0, 4)}… is not a number that can be dialled from abroad`);
}

function judge(parsed: PhoneNumber, least: Proof): Recipient {
  const { number: recipient, country, nationalNumber, countryCallingCode } = parsed;
  if (recipient.length <= LEAST_DIGITS) return refuse(`too short: ${recipient.length - 1} digits`);
  if (!parsed.isPossible()) {
    return refuse(`wrong number of digits for +${countryCallingCode}: ${nationalNumber.length}`);
  }
  if ((least === 'valid' || nationalNumber.startsWith('0')) && !parsed.isValid()) {
    return refuse(`no such number in the numbering plan of +${countryCallingCode}`);
  }
  return country === undefined ? { ok: true, recipient } : { ok: true, recipient, country };
}

/** 01, 044 and 045 were dialled before a Mexican number until 2019 and are in lists still. */
function withoutMexicanPrefix(digits: string): string {
  return digits.replace(/^(?:01|044|045)(?=\d{10}$)/, '').replace(/^521(?=\d{10}$)/, '52');
}

function refuse(reason: string): Recipient {
  return { ok: false, reason };
}
