import { describe, expect, it } from 'vitest';
import { unsettledOf } from './unsettled.js';

const DAY_MS = 86_400_000;

describe('messages that nobody can tell about', () => {
  it('are not mentioned where there are none', () => {
    expect(unsettledOf({ unknown: 0, unconfirmed: 0 }, DAY_MS)).toEqual({});
  });

  it('are counted, with what settles them and when that ends', () => {
    const { unsettled } = unsettledOf({ unknown: 1, unconfirmed: 0 }, DAY_MS);
    expect(unsettled).toMatchObject({ unknown: 1, unconfirmed: 0 });
    expect(unsettled!.text).toMatch(/^Of 1 message it is not known yet whether the provider took it\./);
    expect(unsettled!.text).toContain('24 hours after the call');
  });

  it('say what an admin can do once the wait is over', () => {
    const { unsettled } = unsettledOf({ unknown: 2, unconfirmed: 5 }, DAY_MS / 24);
    expect(unsettled!.text).toContain('1 hour after the call');
    expect(unsettled!.text).toMatch(/Of 5 messages nothing was heard in time\..*"confirm": true/);
  });
});
