import { describe, expect, it } from 'vitest';
import { standingWarnings, type ChannelStanding } from './standing.js';

const STANDING: ChannelStanding = { quality: 'GREEN', at: '2026-05-04T10:00:00.000Z' };

describe('what is warned of about a number', () => {
  it('is nothing while its provider says nothing', () => {
    expect(standingWarnings(null, { perSecond: 80 })).toEqual([]);
    expect(standingWarnings(STANDING, {})).toEqual([]);
  });

  it.each([
    [undefined, 'no limit perSecond is set: set 80'],
    [100, 'perSecond is 100 and the provider takes 80'],
    [20, 'perSecond may be 80'],
  ])('is a limit of %s a second beside the 80 that the provider takes', (perSecond, words) => {
    const limits = perSecond === undefined ? {} : { perSecond };
    expect(standingWarnings({ ...STANDING, throughputPerSecond: 80 }, limits)).toEqual([
      expect.stringContaining(words),
    ]);
  });

  it('is not a limit that fits', () => {
    const standing = { ...STANDING, throughputPerSecond: 80, recipientsPerDay: 1000 };
    expect(standingWarnings(standing, { perSecond: 80, perDay: 1000 })).toEqual([]);
    expect(standingWarnings({ ...STANDING, recipientsPerDay: null }, {})).toEqual([]);
  });

  it('is a day that is longer than the people it may begin with', () => {
    const standing = { ...STANDING, recipientsPerDay: 250 };
    const warning = [expect.stringContaining('dailyContacts of 250')];
    expect(standingWarnings(standing, { perDay: 300 })).toEqual(warning);
    expect(standingWarnings(standing, { perDay: 300 }, 300)).toEqual(warning);
    expect(standingWarnings(standing, { perDay: 300 }, 250)).toEqual([]);
  });

  it('is a number that people report', () => {
    expect(standingWarnings({ ...STANDING, quality: 'RED' }, {})).toEqual([expect.stringContaining('RED')]);
  });
});
