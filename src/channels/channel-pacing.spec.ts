import { describe, expect, it } from 'vitest';
import { readPacing } from './channel-pacing.js';

describe('the pacing of a channel', () => {
  it('is max', () => {
    expect(readPacing({ mode: 'max' })).toEqual({ mode: 'max' });
  });

  it.each(['even', 'fixed', 'progressive', 'fast', undefined])(
    'cannot be %s as yet, and the error says so',
    (mode) => {
      expect(() => readPacing({ mode, intervalMs: 5 })).toThrow(
        /the one mode that can be set as yet is "max"/,
      );
    },
  );

  it('has no members that mean nothing', () => {
    expect(() => readPacing({ mode: 'max', intervalMs: 5 })).toThrow(/pacing.intervalMs has no meaning/);
  });
});
