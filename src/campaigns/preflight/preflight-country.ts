import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import metadata from 'libphonenumber-js/min/metadata';

/** Characters of a canonical number that say its country: the plus, and four digits where +1 is shared by many. */
export const PREFIX_LENGTH = 5;

const LONGEST_CALLING_CODE = 3;
/** Shared by countries of which each has millions; their next digits say which. */
const SHARED_CODES: ReadonlySet<string> = new Set(['1', '7']);
/** Makes a number of a right length of a prefix under one of them. */
const ANY_REST = '5550123';

const COUNTRIES: Readonly<Record<string, readonly string[]>> = metadata.country_calling_codes;

/**
 * The country of the numbers that begin so, as ISO 3166 has it; null where no country does. A calling code that a small
 * territory shares is its big country's: a provider's rate card goes by calling codes too.
 */
export function countryOfPrefix(prefix: string): string | null {
  if (!prefix.startsWith('+')) return null;
  for (let length = 1; length <= LONGEST_CALLING_CODE; length += 1) {
    const code = prefix.slice(1, 1 + length);
    const main = COUNTRIES[code]?.[0];
    if (main === undefined || code.length < length) continue;
    if (!SHARED_CODES.has(code)) return main;
    return parsePhoneNumberFromString(prefix + ANY_REST)?.country ?? main;
  }
  return null;
}
