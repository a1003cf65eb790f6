import { describe, expect, it } from 'vitest';
import { limitsOfNew } from './channel-limits.js';

const DEFAULTS = { perSecond: 10, perMinute: 600, perHour: 36_000, maxInFlight: 50 };

describe('the limits of a new channel', () => {
  it('are those of its provider where nobody names any', () => {
    expect(limitsOfNew({}, DEFAULTS)).toEqual(DEFAULTS);
    expect(limitsOfNew({ perSecond: undefined }, DEFAULTS)).toEqual(DEFAULTS);
    expect(limitsOfNew({}, {})).toEqual({});
  });

  it('hold nobody to a default rate who named a rate', () => {
    expect(limitsOfNew({ perSecond: 80 }, DEFAULTS)).toEqual({ perSecond: 80, maxInFlight: 50 });
    expect(limitsOfNew({ perDay: 10_000 }, DEFAULTS)).toEqual({ perDay: 10_000, maxInFlight: 50 });
  });

  it('keep the default rates beside a named number of open calls', () => {
    expect(limitsOfNew({ maxInFlight: 5 }, DEFAULTS)).toEqual({ ...DEFAULTS, maxInFlight: 5 });
  });

  it('are none where null was named', () => {
    expect(limitsOfNew({ perSecond: null, maxInFlight: null }, DEFAULTS)).toEqual({});
  });
});
