import { describe, expect, it } from 'vitest';
import { windowedFinishMs, type WindowedWork } from './window-forecast.js';
import type { OpeningRule } from './send-window.js';

const OFFICE: OpeningRule = {
  window: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '18:00', zone: 'recipient' }],
  timezone: 'UTC',
  holidays: [],
  quietHours: null,
};

/** 1 March 2027 is a Monday. */
const finish = (over: Partial<WindowedWork>, messages = 100): string | null => {
  const endMs = windowedFinishMs({
    rule: OFFICE,
    pieces: [{ zone: null, messages }],
    startMs: Date.parse('2027-03-01T17:00:00Z'),
    channels: [{ limits: { perSecond: 1.03 }, pacing: { mode: 'max' }, weight: 1 }],
    ratePerSecond: null,
    pacing: null,
    sent: 0,
    ...over,
  });
  return endMs === null ? null : new Date(endMs).toISOString().slice(0, 16);
};

describe('the end of a campaign with hours', () => {
  it('is the same as without where all fits in', () => {
    expect(finish({}, 1800)).toBe('2027-03-01T17:30');
  });

  it('is in the next opening where it does not', () => {
    expect(finish({}, 3600 + 600)).toBe('2027-03-02T09:10');
    const friday = Date.parse('2027-03-05T17:00:00Z');
    expect(finish({ startMs: friday }, 3600 + 600)).toBe('2027-03-08T09:10');
  });

  it('counts only open hours, however long it takes', () => {
    expect(finish({}, 3600 + 4 * 9 * 3600 + 60)).toBe('2027-03-08T09:01');
  });

  it('is that of the last zone', () => {
    const pieces = [
      { zone: 'America/Los_Angeles', messages: 600 },
      { zone: 'Europe/Madrid', messages: 600 },
      { zone: null, messages: 600 },
    ];
    // Los Angeles opens at 17:00 UTC, Madrid has closed then.
    expect(finish({ pieces })).toBe('2027-03-02T08:10');
  });

  it('follows a limit of a day over its window, which slides', () => {
    const channels = [{ limits: { perDay: 100 }, pacing: { mode: 'max' } as const, weight: 1 }];
    expect(finish({ channels }, 100)).toBe('2027-03-01T17:00');
    // A day and a slice later.
    expect(finish({ channels }, 200)).toBe('2027-03-02T17:24');
    expect(finish({ channels }, 300)).toBe('2027-03-03T17:48');
    // It has slid out of the hours.
    expect(finish({ channels }, 400)).toBe('2027-03-05T09:00');
  });

  it('follows limits of a minute and of an hour together', () => {
    const channels = [
      { limits: { perMinute: 10, perHour: 300 }, pacing: { mode: 'max' } as const, weight: 1 },
    ];
    expect(finish({ channels }, 10)).toBe('2027-03-01T17:00');
    expect(finish({ channels }, 100)).toBe('2027-03-01T17:09');
    const nextDay = finish({ channels }, 300 + 1500)!;
    expect(nextDay.slice(0, 11)).toBe('2027-03-02T');
  });

  it('follows the pacing of the campaign, and its rate', () => {
    expect(finish({ pacing: { mode: 'fixed', intervalMs: 60_000 } }, 60 + 30)).toBe('2027-03-02T09:30');
    expect(finish({ ratePerSecond: 1.03 / 2 }, 1800 + 300)).toBe('2027-03-02T09:10');
  });

  it('leaves out holidays', () => {
    const rule = { ...OFFICE, holidays: [{ date: '2027-03-02', name: null, country: null }] };
    expect(finish({ rule }, 3600 + 600)).toBe('2027-03-03T09:10');
  });

  it('is the next opening where nothing limits it, and none where nothing ever opens', () => {
    const channels = [{ limits: {}, pacing: { mode: 'max' } as const, weight: 1 }];
    expect(finish({ channels, startMs: Date.parse('2027-03-01T20:00:00Z') })).toBe('2027-03-02T09:00');
    const quietHours = { from: '08:00', to: '19:00', zone: 'recipient' } as const;
    expect(finish({ rule: { ...OFFICE, quietHours } })).toBeNull();
  });

  it('is worked out in moments for a million, and goes on as it went beyond a year', () => {
    const channels = [{ limits: { perDay: 1000 }, pacing: { mode: 'max' } as const, weight: 1 }];
    const end = finish({ channels }, 1_000_000)!;
    // A little less than five days a week; the year 2030 is 1000 sends of a thousand away.
    expect(Number(end.slice(0, 4))).toBeGreaterThanOrEqual(2030);
    expect(Number(end.slice(0, 4))).toBeLessThanOrEqual(2031);
  });
});
