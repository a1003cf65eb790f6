import { describe, expect, it } from 'vitest';
import { DomainError } from '../../common/domain-error.js';
import { calendarOf } from './calendar-request.js';
import { windowOf } from './send-window-request.js';

const refused = (work: () => unknown): { pointer: string; detail: string } => {
  try {
    work();
  } catch (error) {
    if (error instanceof DomainError) return error.details.errors![0]!;
    throw error;
  }
  throw new Error('it was taken');
};

describe('the window of a request', () => {
  it('is one, or several of one zone', () => {
    expect(windowOf({ from: '09:00', to: '18:00' })).toEqual([
      { days: null, from: '09:00', to: '18:00', zone: 'workspace' },
    ]);
    const friday = { days: ['fri', 'mon'], from: '22:00', to: '02:00', zone: 'recipient' };
    expect(windowOf([friday, { from: '00:00', to: '24:00', zone: 'recipient' }])).toMatchObject([
      { days: ['mon', 'fri'] },
      { days: null, to: '24:00' },
    ]);
    expect(windowOf(null)).toBeNull();
    expect(windowOf(undefined)).toBeUndefined();
  });

  it.each([
    [{ from: '9:00', to: '18:00' }, '/window/from', '"9:00"'],
    [{ from: '09:00' }, '/window/to', 'missing'],
    [{ from: '24:00', to: '18:00' }, '/window/from', '"24:00"'],
    [{ from: '09:00', to: '09:00' }, '/window/to', 'both "09:00"'],
    [{ from: '09:00', to: '18:00', zone: 'mine' }, '/window/zone', '"mine"'],
    [{ from: '09:00', to: '18:00', days: ['lunes'] }, '/window/days', '"lunes"'],
    [{ from: '09:00', to: '18:00', days: [] }, '/window/days', 'leave it out'],
    [{ from: '09:00', to: '18:00', day: 'mon' }, '/window/day', 'known are'],
    [
      [
        { from: '09:00', to: '18:00' },
        { from: 'x', to: '18:00' },
      ],
      '/window/1/from',
      '"x"',
    ],
    [
      [
        { from: '09:00', to: '10:00' },
        { from: '11:00', to: '12:00', zone: 'recipient' },
      ],
      '/window',
      'different',
    ],
    [[], '/window', '1 to 10'],
    ['09:00-18:00', '/window', 'object such as'],
  ])('%j is refused at %s', (given, pointer, said) => {
    const fault = refused(() => windowOf(given));
    expect(fault.pointer).toBe(pointer);
    expect(fault.detail).toContain(said);
  });
});

describe('the calendar of a request', () => {
  it('has a zone, days and hours', () => {
    const holidays = [
      { date: '2026-12-25', name: 'Navidad' },
      { date: '2026-09-16', country: 'MX' },
    ];
    expect(
      calendarOf({ timezone: 'America/Mexico_City', holidays, quietHours: { from: '21:00', to: '08:00' } }),
    ).toEqual({
      timezone: 'America/Mexico_City',
      holidays: [
        { date: '2026-12-25', name: 'Navidad', country: null },
        { date: '2026-09-16', name: null, country: 'MX' },
      ],
      quietHours: { from: '21:00', to: '08:00', zone: 'workspace' },
    });
  });

  it.each([
    [{ timezone: 'Mexico' + ' City' }, '/timezone', 'IANA'],
    [{ timezone: 'UTC', holidays: [{ date: '2026-02-30' }] }, '/holidays/0/date', '2026-02-30'],
    [{ timezone: 'UTC', holidays: [{ date: '2026-02-20', country: 'ZZ' }] }, '/holidays/0/country', '"ZZ"'],
    [{ timezone: 'UTC', quietHours: { from: '08:00', to: '08:00' } }, '/quietHours/to', 'both'],
  ])('%j is refused at %s', (given, pointer, said) => {
    const fault = refused(() => calendarOf(given));
    expect(fault.pointer).toBe(pointer);
    expect(fault.detail).toContain(said);
  });
});
