import { describe, expect, it } from 'vitest';
import type { ChannelBudget } from '../../channels/channel-budget.js';
import { placesMs } from './places-forecast.js';

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-05-04T10:00:00.000Z');
const FREE: ChannelBudget = { dailyContacts: null, warmUp: null, portfolio: null };

describe('how long a campaign takes by its budget of contacts', () => {
  const days = (budget: ChannelBudget, messages: number, contactsLeft: number): number =>
    placesMs([{ id: 'a', budget }], [{ messages, contactsLeft }], 'marketing', NOW_MS) / DAY_MS;

  it('is nothing while there are places for all, and a day for each budget more', () => {
    const budget = { ...FREE, dailyContacts: 1000 };
    expect([500, 501, 1500, 1501, 10_000].map((messages) => days(budget, messages, 500))).toEqual([
      0, 1, 1, 2, 10,
    ]);
  });

  it('grows with the ramp', () => {
    const warmUp = { start: 50, factor: 2, since: new Date(NOW_MS).toISOString() };
    // 50 today, then 100, 200, 400.
    expect([50, 150, 151, 750].map((messages) => days({ ...FREE, warmUp }, messages, 50))).toEqual([
      0, 1, 2, 3,
    ]);
  });

  it('counts what all channels of a portfolio send', () => {
    const portfolio = { id: 'p', name: 'all', dailyContacts: 100, channelIds: ['a', 'b'] };
    const channels = ['a', 'b'].map((id) => ({ id, budget: { ...FREE, portfolio } }));
    const lines = [100, 100].map((messages) => ({ messages, contactsLeft: 100 }));
    expect(placesMs(channels, lines, 'marketing', NOW_MS)).toBe(DAY_MS);
  });

  it('does not concern codes and answers, which do not wait', () => {
    const channels = [{ id: 'a', budget: { ...FREE, dailyContacts: 1 } }];
    expect(placesMs(channels, [{ messages: 100, contactsLeft: 1 }], 'authentication', NOW_MS)).toBe(0);
  });
});
