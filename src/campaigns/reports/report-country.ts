import {
  getCountries,
  getCountryCallingCode,
  parsePhoneNumberFromString,
  type CountryCode,
} from 'libphonenumber-js/min';

const countriesOf = new Map<string, CountryCode[]>();
for (const country of getCountries()) {
  const code = getCountryCallingCode(country);
  countriesOf.set(code, [...(countriesOf.get(code) ?? []), country]);
}

/** Calling codes that several countries share, with their plus: there the digits behind it decide. */
export const SHARED_CALLING_CODES: readonly string[] = [...countriesOf]
  .filter(([, countries]) => countries.length > 1)
  .map(([code]) => `+${code}`);

/** Behind +1 an area code is of one country; any number that the plan allows shows which. */
const IN_NORTH_AMERICA = /^\+1[2-9]\d\d$/;
const ALLOWED_REST = '2345678';

/**
 * The country that numbers with these first digits are of, null where the numbering plans do not say. `sample` is one
 * of those numbers. Statements cut numbers so that calling codes are told apart, and shared ones by what follows them:
 * a report asks this some hundred times, not once a number.
 */
export function countryOfPrefix(prefix: string | null, sample: string | null): string | null {
  if (prefix === null || !/^\+\d/.test(prefix)) return null;
  // No calling code is the beginning of another, so at most one of these is known.
  const code = [2, 3, 4].map((end) => prefix.slice(1, end)).find((digits) => countriesOf.has(digits));
  if (code === undefined) return null;
  const countries = countriesOf.get(code)!;
  if (countries.length === 1) return countries[0]!;
  const number = IN_NORTH_AMERICA.test(prefix) ? prefix + ALLOWED_REST : (sample ?? prefix);
  return parsePhoneNumberFromString(number)?.country ?? null;
}
