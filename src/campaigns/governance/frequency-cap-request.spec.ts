import { describe, expect, it } from 'vitest';
import { capIn, capOf, parseFrequencyCap } from './frequency-cap-request.js';

describe('a frequency cap', () => {
  it('is so many messages in so many days', () => {
    expect(parseFrequencyCap({ messages: 2, days: 7 })).toEqual({ messages: 2, days: 7 });
  });

  it.each([
    [{ days: 7 }, 'frequencyCap.messages is missing'],
    [{ messages: 0, days: 7 }, 'frequencyCap.messages is 0; it must be a whole number from 1 to 100'],
    [{ messages: 1, days: 31 }, 'frequencyCap.days is 31; it must be a whole number from 1 to 30'],
    [{ messages: 1, weeks: 1 }, 'no member "weeks"'],
  ])('is refused as %j, with what would be right', (input, words) => {
    expect(() => parseFrequencyCap(input)).toThrow(words);
  });

  it('stays where it is not given, and null takes it away', () => {
    expect(capIn({})).toEqual({});
    expect(capIn({ frequencyCap: null })).toEqual({ frequencyCap: null });
  });

  it('is that of the settings where the campaign has none, and holds for marketing alone', () => {
    const ofSettings = { messages: 4, days: 30 };
    expect(capOf(null, 'marketing', ofSettings)).toEqual({ frequencyCap: ofSettings });
    expect(capOf({ messages: 1, days: 1 }, 'marketing', ofSettings).frequencyCap?.messages).toBe(1);
    expect(capOf({ messages: 1, days: 1 }, 'utility', ofSettings)).toEqual({});
    expect(capOf(undefined, 'marketing', null)).toEqual({});
  });
});
