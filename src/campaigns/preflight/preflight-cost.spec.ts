import { describe, expect, it } from 'vitest';
import { costOf, type Price } from './preflight-cost.js';

describe('the cost of a campaign', () => {
  const prices: Price[] = [
    { country: 'MX', category: 'marketing', amount: 0.0436 },
    { country: 'MX', category: 'utility', amount: 0.0085 },
    { country: '*', category: 'utility', amount: 0.01 },
  ];
  const list = { currency: 'USD', prices };

  it('is not known without prices', () => {
    expect(costOf(null, new Map([['MX', 5]]), 'marketing')).toBeNull();
  });

  it('is exact for a million messages, and largest first', () => {
    const people = new Map<string | null, number>([
      ['CO', 10],
      ['MX', 1_000_000],
    ]);
    expect(costOf(list, people, 'marketing')).toEqual({
      currency: 'USD',
      total: 43_600,
      unpriced: 10,
      byCountry: [
        { country: 'MX', category: 'marketing', messages: 1_000_000, amount: 43_600 },
        { country: 'CO', category: 'marketing', messages: 10, amount: null },
      ],
    });
  });

  it('takes the price for any country where one has none of its own, or a number has no country', () => {
    const people = new Map<string | null, number>([
      ['MX', 100],
      ['CO', 10],
      [null, 1],
    ]);
    const cost = costOf(list, people, 'utility')!;
    expect(cost.byCountry.map(({ amount }) => amount)).toEqual([0.85, 0.1, 0.01]);
    expect(cost).toMatchObject({ total: 0.96, unpriced: 0 });
  });
});
