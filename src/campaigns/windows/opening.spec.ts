import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wallTime } from '../schedule/local-time.js';
import { nextOpening, openings } from './opening.js';
import { DAYS, type Day, type OpeningRule, type WindowHours } from './send-window.js';

const hours = (from: string, to: string, days: readonly Day[] | null = null): WindowHours => ({
  days,
  from,
  to,
  zone: 'recipient',
});
const rule = (over: Partial<OpeningRule>): OpeningRule => ({
  window: null,
  timezone: 'America/Mexico_City',
  holidays: [],
  quietHours: null,
  ...over,
});
const WEEKDAYS = DAYS.slice(0, 5);
const OFFICE = rule({ window: [hours('09:00', '18:00', WEEKDAYS)] });

const at = (of: OpeningRule, zone: string | null, from: string): string[] | null => {
  const opening = nextOpening(of, zone, Date.parse(from));
  return opening === null
    ? null
    : [opening.opensMs, opening.closesMs].map((ms) => new Date(ms).toISOString().slice(0, 16));
};

describe('the next opening', () => {
  it('is the one that it is in, from now on', () => {
    expect(at(OFFICE, 'America/Mexico_City', '2027-03-01T16:30:00Z')).toEqual([
      '2027-03-01T16:30',
      '2027-03-02T00:00',
    ]);
  });

  it('is that of the next day, or the day after the weekend', () => {
    expect(at(OFFICE, 'America/Mexico_City', '2027-03-02T00:00:00Z')?.[0]).toBe('2027-03-02T15:00');
    expect(at(OFFICE, 'America/Mexico_City', '2027-03-06T00:00:00Z')?.[0]).toBe('2027-03-08T15:00');
  });

  it('goes by the clock of the recipient, and of the workspace where that is not known', () => {
    expect(at(OFFICE, 'Europe/Madrid', '2027-03-01T00:00:00Z')?.[0]).toBe('2027-03-01T08:00');
    expect(at(OFFICE, null, '2027-03-01T00:00:00Z')?.[0]).toBe('2027-03-01T15:00');
    const own = rule({ window: [{ ...hours('09:00', '18:00'), zone: 'workspace' }] });
    expect(at(own, 'Europe/Madrid', '2027-03-01T03:00:00Z')?.[0]).toBe('2027-03-01T15:00');
  });

  it('may last over midnight, also into a day that is not named', () => {
    const night = rule({ window: [hours('22:00', '02:00', ['fri'])] });
    expect(at(night, 'UTC', '2027-03-01T00:00:00Z')).toEqual(['2027-03-05T22:00', '2027-03-06T02:00']);
    expect(at(night, 'UTC', '2027-03-06T01:00:00Z')).toEqual(['2027-03-06T01:00', '2027-03-06T02:00']);
    expect(at(night, 'UTC', '2027-03-06T02:00:00Z')?.[0]).toBe('2027-03-12T22:00');
  });

  it('joins windows that touch, and takes each of several', () => {
    const several = rule({
      window: [hours('09:00', '12:00'), hours('12:00', '13:00'), hours('20:00', '24:00')],
    });
    expect(at(several, 'UTC', '2027-03-01T08:00:00Z')).toEqual(['2027-03-01T09:00', '2027-03-01T13:00']);
    expect(at(several, 'UTC', '2027-03-01T13:00:00Z')).toEqual(['2027-03-01T20:00', '2027-03-02T00:00']);
  });

  it('keeps the hours of the clock when the clock changes', () => {
    const early = rule({ window: [hours('01:30', '04:00')] });
    // New York: 02:00 is 03:00 on 14 March, and 01:00 to 02:00 comes twice on 7 November.
    expect(at(early, 'America/New_York', '2027-03-14T05:00:00Z')).toEqual([
      '2027-03-14T06:30',
      '2027-03-14T08:00',
    ]);
    expect(at(early, 'America/New_York', '2027-11-07T05:00:00Z')).toEqual([
      '2027-11-07T05:30',
      '2027-11-07T09:00',
    ]);
    const jumped = rule({ window: [hours('02:30', '03:30')] });
    expect(at(jumped, 'America/New_York', '2027-03-14T05:00:00Z')).toEqual([
      '2027-03-14T07:00',
      '2027-03-14T07:30',
    ]);
    // In Santiago the day begins at one.
    const night = rule({ window: [hours('00:00', '06:00')] });
    expect(at(night, 'America/Santiago', '2026-09-06T00:00:00Z')?.[0]).toBe('2026-09-06T04:00');
  });

  it('leaves out quiet hours and holidays', () => {
    const quiet = rule({ quietHours: { from: '21:00', to: '08:00', zone: 'recipient' } });
    expect(at(quiet, 'Europe/Madrid', '2027-03-01T22:00:00Z')).toEqual([
      '2027-03-02T07:00',
      '2027-03-02T20:00',
    ]);
    const holiday = rule({ holidays: [{ date: '2027-03-02', name: null, country: null }] });
    expect(at(holiday, 'UTC', '2027-03-02T12:00:00Z')?.[0]).toBe('2027-03-03T00:00');
    expect(at(holiday, 'UTC', '2027-03-01T12:00:00Z')).toEqual(['2027-03-01T12:00', '2027-03-02T00:00']);
  });

  it('knows holidays of one country alone, whatever its zones are called', () => {
    const holiday = rule({ holidays: [{ date: '2027-09-16', name: 'Independencia', country: 'MX' }] });
    const noon = '2027-09-16T18:00:00Z';
    expect(at(holiday, 'America/Tijuana', noon)?.[0]).toBe('2027-09-17T07:00');
    expect(at(holiday, null, noon)?.[0]).toBe('2027-09-17T06:00');
    expect(at(holiday, 'America/New_York', noon)?.[0]).toBe('2027-09-16T18:00');
    const indian = rule({ holidays: [{ date: '2027-08-15', name: null, country: 'IN' }] });
    for (const zone of ['Asia/Kolkata', 'Asia/Calcutta'])
      expect(at(indian, zone, '2027-08-15T12:00:00Z')?.[0]).toBe('2027-08-15T18:30');
  });

  it('is none where nothing is left of a year', () => {
    const quiet = { from: '06:00', to: '22:00', zone: 'recipient' } as const;
    expect(
      at(rule({ window: [hours('08:00', '20:00')], quietHours: quiet }), 'UTC', '2027-01-01T00:00:00Z'),
    ).toBeNull();
  });

  it('holds exactly the instants whose clock on the wall is in its hours, in any zone and over any change of the clock', () => {
    const zones = [
      'America/New_York',
      'Europe/Madrid',
      'America/Santiago',
      'Asia/Kathmandu',
      'Australia/Lord_Howe',
    ];
    const time = fc
      .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
      .map((pair) => pair.map((part) => String(part).padStart(2, '0')).join(':'));
    const parts = fc
      .record({ from: time, to: time, days: fc.option(fc.subarray([...DAYS], { minLength: 1 })) })
      .filter(({ from, to }) => from !== to)
      .map(({ from, to, days }) => hours(from, to, days));
    const quarter = 15 * 60_000;
    const instants = fc
      .integer({ min: Date.UTC(2026, 0, 1) / quarter, max: Date.UTC(2027, 11, 31) / quarter })
      .map((n) => n * quarter + 7 * 60_000);
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.array(parts, { minLength: 1, maxLength: 3 }),
        fc.option(parts),
        fc.boolean(),
        instants,
        (zone, window, quietHours, isHoliday, ms) => {
          fc.pre(!comesTwice(ms, zone));
          const date = wallTime(new Date(ms), zone).slice(0, 10);
          const holidays = isHoliday ? [{ date, name: null, country: null }] : [];
          const of = rule({ window, holidays, quietHours });
          const { value: opening } = openings(of, zone, ms).next();
          const isOpen = opening !== undefined && opening.opensMs === ms;
          const isMeant =
            !isHoliday &&
            window.some((part) => holds(part, ms, zone)) &&
            (quietHours === null || !holds({ ...quietHours, days: null }, ms, zone));
          expect(isOpen).toBe(isMeant);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('comes one after the other, each after the one before', () => {
    const found = openings(OFFICE, 'Europe/Madrid', Date.parse('2027-03-20T00:00:00Z'));
    let lastMs = 0;
    for (let count = 0; count < 60; count += 1) {
      const { opensMs, closesMs } = found.next().value!;
      expect(opensMs).toBeGreaterThanOrEqual(lastMs);
      expect(closesMs - opensMs).toBe(9 * 3_600_000);
      lastMs = closesMs;
    }
  });
});

/** Within a day of a change the wall may show a time again: then the first of both is meant, which this cannot tell. */
function comesTwice(ms: number, zone: string): boolean {
  const wall = (offset: number): string => wallTime(new Date(ms + offset), zone);
  return [-1, 1].some((sign) =>
    Array.from({ length: 12 }, (_, index) => sign * (index + 1) * 15 * 60_000).some(
      (offset) => Math.sign(wall(offset).localeCompare(wall(0))) !== sign,
    ),
  );
}

function holds({ from, to, days }: WindowHours, ms: number, zone: string): boolean {
  const [date, time] = wallTime(new Date(ms), zone).split(' ') as [string, string];
  const isDay = (back: number): boolean => {
    const day = DAYS[(new Date(Date.parse(date) - back * 86_400_000).getUTCDay() + 6) % 7]!;
    return days === null || days.includes(day);
  };
  if (from < to) return isDay(0) && time >= from && time < to;
  return (isDay(0) && time >= from) || (isDay(1) && time < to);
}
