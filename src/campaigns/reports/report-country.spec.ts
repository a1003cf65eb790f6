import { describe, expect, it } from 'vitest';
import { countryOfPrefix, SHARED_CALLING_CODES } from './report-country.js';

describe('the country of a number', () => {
  it('is that of its calling code, where one country has it', () => {
    expect(countryOfPrefix('+525', '+525512345678')).toBe('MX');
    expect(countryOfPrefix('+346', '+34612345678')).toBe('ES');
    expect(countryOfPrefix('+504', null)).toBe('HN');
  });

  it.each([
    ['+1212', '+12120000000', 'US'],
    ['+1416', '+14165551234', 'CA'],
    ['+1809', '+18095551234', 'DO'],
    ['+7701', '+77011234567', 'KZ'],
    ['+7916', '+79161234567', 'RU'],
    ['+447797', '+447797123456', 'JE'],
    ['+447400', '+447400123456', 'GB'],
    ['+262692', '+262692123456', 'RE'],
  ])('of a shared calling code is told by what follows it: %s', (prefix, sample, country) => {
    expect(countryOfPrefix(prefix, sample)).toBe(country);
  });

  it('is not guessed of what is no number, or of no country', () => {
    expect(countryOfPrefix(null, '=cmd()')).toBeNull();
    expect(countryOfPrefix('+', '+')).toBeNull();
    expect(countryOfPrefix('+999', '+99912345678')).toBeNull();
  });

  it('needs more than the calling code of those that are shared alone', () => {
    expect(SHARED_CALLING_CODES).toContain('+1');
    expect(SHARED_CALLING_CODES).not.toContain('+52');
    expect(SHARED_CALLING_CODES.every((code) => code.length <= 4)).toBe(true);
  });
});
