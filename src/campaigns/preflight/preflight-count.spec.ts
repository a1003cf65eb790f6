import { describe, expect, it } from 'vitest';
import { countedOf, type PreflightGroup } from './preflight-count.js';
import { countryOfPrefix } from './preflight-country.js';

describe('what is counted of an audience', () => {
  const variables = [
    { name: 'nombre', fallback: 'cliente' },
    { name: 'saldo', fallback: null },
  ];
  const group = (over: Partial<PreflightGroup>): PreflightGroup => ({
    prefix: '+5255',
    outcome: 'recipient',
    lacks: [false, false],
    people: 1,
    positions: [],
    ...over,
  });

  it('adds up: everybody is a recipient or has one reason for being none', () => {
    const { counts } = countedOf(
      [
        group({ people: 10 }),
        group({ people: 4, outcome: 'suppressed' }),
        group({ people: 3, outcome: 'window_closed' }),
        group({ people: 2, outcome: 'invalid', prefix: '' }),
        group({ people: 1, outcome: 'duplicate' }),
        group({ people: 5, outcome: 'no_ticket' }),
      ],
      variables,
      3,
    );
    const { audience, recipients, optedOut, windowClosed, invalid, duplicates, noTicket } = counts;
    expect(audience).toBe(25);
    expect(recipients + optedOut + windowClosed + invalid + duplicates + noTicket).toBe(audience);
  });

  it('counts a person who lacks a variable only where it has no default and the person would get it', () => {
    const { counts, missing } = countedOf(
      [
        group({ people: 2, lacks: [true, false] }),
        group({ people: 3, lacks: [true, true] }),
        group({ people: 7, lacks: [false, true], outcome: 'suppressed' }),
      ],
      variables,
      3,
    );
    expect(counts.missingVariables).toBe(3);
    expect(missing).toEqual([{ name: 'saldo', rows: 3 }]);
  });

  it('takes the first people who lack nothing as samples, by their keys as numbers', () => {
    const groups = [
      group({ positions: ['10', '9', '30'] }),
      group({ positions: ['2'], lacks: [false, true] }),
      group({ positions: ['100', '9'], prefix: '+5733' }),
    ];
    expect(countedOf(groups, variables, 3).samples).toEqual(['9', '10', '30']);
    expect(countedOf([groups[1]!], variables, 3).samples).toEqual(['2']);
  });

  it.each([
    ['+5255', 'MX'],
    ['+1809', 'DO'],
    ['+1212', 'US'],
    ['+1416', 'CA'],
    ['+7701', 'KZ'],
    ['+7495', 'RU'],
    ['+4477', 'GB'],
    ['+5939', 'EC'],
    ['+9999', null],
    ['abc', null],
  ])('knows the country of numbers that begin with %s: %s', (prefix, country) => {
    expect(countryOfPrefix(prefix)).toBe(country);
  });
});
