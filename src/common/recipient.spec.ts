import fc from 'fast-check';
import { getCountries, getCountryCallingCode, type CountryCode } from 'libphonenumber-js/min';
import { describe, expect, it } from 'vitest';
import { canonicalRecipient, parseRecipient } from './recipient.js';

function canonical(input: string, country?: CountryCode): string {
  const result = canonicalRecipient(input, country);
  return result.ok ? result.recipient : `refused: ${result.reason}`;
}

describe('a phone number in its canonical form', () => {
  it.each([
    ['+5215512345678', undefined],
    ['+52 1 55 1234 5678', undefined],
    ['+52 (55) 1234-5678', undefined],
    ['0052 55 1234 5678', undefined],
    ['005215512345678', undefined],
    ['whatsapp:+5215512345678', undefined],
    ['5215512345678@c.us', undefined],
    ['5215512345678:12@s.whatsapp.net', undefined],
    ['525512345678', undefined],
    ['55 1234 5678', 'MX'],
    ['5512345678', 'MX'],
    ['5512345678.0', 'MX'],
    ['01 55 1234 5678', 'MX'],
    ['044 55 1234 5678', 'MX'],
    ['521 55 1234 5678', 'MX'],
    ['52 55 1234 5678', 'MX'],
    ["'+525512345678", undefined],
    ['="5512345678"', 'MX'],
    ['\u202a+52 55 1234 5678\u202c', undefined],
    ['+52\u00a055\u00a01234\u00a05678', undefined],
    ['+52 55–1234–5678', undefined],
    ['＋５２５５１２３４５６７８', undefined],
    ['+٥٢٥٥١٢٣٤٥٦٧٨', undefined],
    ['۵۵۱۲۳۴۵۶۷۸', 'MX'],
    ['5.512345678E+9', 'MX'],
    ['5.25512345678e11', undefined],
    ['tel:+52-55-1234-5678', undefined],
  ] as const)('of Mexico, written %s (default country %s), is +525512345678', (written, country) => {
    expect(canonical(written, country)).toBe('+525512345678');
  });

  it('has the mobile 9 in Argentina', () => {
    for (const written of ['+541123456789', '+5491123456789', '+54 11 15 2345 6789', '+54 9 11 2345-6789']) {
      expect(canonical(written)).toBe('+5491123456789');
    }
    expect(canonical('011 15 2345 6789', 'AR')).toBe('+5491123456789');
    expect(canonical('11 2345 6789', 'AR')).toBe('+5491123456789');
  });

  it('has the ninth digit for mobiles of Brazil, and not for their land lines', () => {
    expect(canonical('+556181234567')).toBe('+5561981234567');
    expect(canonical('+5561981234567')).toBe('+5561981234567');
    expect(canonical('(61) 8123-4567', 'BR')).toBe('+5561981234567');
    expect(canonical('+552133334444')).toBe('+552133334444');
  });

  it('reads numbers with a country code under any default country', () => {
    expect(canonical('+57 300 123 4567', 'MX')).toBe('+573001234567');
    expect(canonical('573001234567', 'MX')).toBe('+573001234567');
    expect(canonical('+1 (202) 555-0123', 'MX')).toBe('+12025550123');
    expect(canonical('+15551234567')).toBe('+15551234567');
  });

  it('says the country where the number has one', () => {
    expect(canonicalRecipient('+525512345678')).toEqual({
      ok: true,
      recipient: '+525512345678',
      country: 'MX',
    });
  });
});

describe('what is no phone number', () => {
  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['n/a', 'letters'],
    ['55-CALL-NOW', 'letters'],
    ['123', 'too short'],
    ['+123456789012345678901234567890', 'too long'],
    ['9'.repeat(200), 'too long'],
    ['+52 55 1234', 'wrong number of digits for +52'],
    ['+99912345678', 'no country has'],
    ['5.21555E+12', 'lost its last digits'],
    ['5,21555E+12', 'lost its last digits'],
    ['+52 55 1234 5678 ext 12', 'extension'],
    ['+52 55 1234 5678 x12', 'extension'],
    ['+52 55 1234 5678 #12', 'extension'],
    ['5512345678', 'no country code'],
    ['120363025246125486@g.us', 'group'],
    ['+52 55 1234 5678; 55 8765 4321', 'characters'],
  ])('"%s" is refused, saying "%s"', (written, reason) => {
    const result = canonicalRecipient(written);
    expect(result.ok ? result.recipient : result.reason).toContain(reason);
  });

  it('is refused with the default country by name', () => {
    expect(canonical('0000000000', 'MX')).toContain('not a number of MX');
  });
});

const countries = getCountries();
/** Half of them where the short cut is taken. */
const country = fc.oneof(
  fc.constantFrom(...countries),
  fc.constantFrom('MX', 'CO', 'PE', 'CL', 'ES', 'PA', 'AR', 'BR', 'US', 'CA'),
);
const number = fc
  .tuple(country, fc.stringMatching(/^\d{6,11}$/), fc.boolean(), fc.constantFrom('', ' ', '-'))
  .map(([from, national, isInternational, gap]) => ({
    country: from,
    written: isInternational
      ? `+${getCountryCallingCode(from)}${gap}${national}`
      : `${national.slice(0, 3)}${gap}${national.slice(3)}`,
  }));

describe('for every number', () => {
  it('the canonical form of a canonical number is itself, whatever the default country', () => {
    fc.assert(
      fc.property(number, fc.constantFrom(...countries), ({ country: from, written }, other) => {
        const result = canonicalRecipient(written, from);
        if (!result.ok) return;
        expect(result.recipient).toMatch(/^\+[1-9]\d{6,14}$/);
        expect(canonicalRecipient(result.recipient, other)).toEqual(result);
        expect(canonicalRecipient(result.recipient)).toEqual(result);
      }),
      { numRuns: 4000 },
    );
  });

  it('the short cut says what the whole way says', () => {
    fc.assert(
      fc.property(number, ({ country: from, written }) => {
        expect(canonicalRecipient(written, from)).toEqual(parseRecipient(written, from));
      }),
      { numRuns: 4000 },
    );
  });

  it('never throws, whatever is in the cell', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        canonicalRecipient(text, 'MX');
      }),
    );
  });
});
