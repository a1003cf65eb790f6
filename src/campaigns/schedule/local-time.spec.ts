import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantOf, wallTime } from './local-time.js';

const iso = (text: string, timezone: string | null) => instantOf(text, timezone)?.toISOString() ?? null;

describe('a moment', () => {
  it('with an offset is what it says, whatever the zone', () => {
    expect(iso('2027-05-01T09:00:00-06:00', 'Europe/Madrid')).toBe('2027-05-01T15:00:00.000Z');
    expect(iso('2027-05-01T09:00Z', null)).toBe('2027-05-01T09:00:00.000Z');
  });

  it('without one is in the zone', () => {
    expect(iso('2027-05-01T09:00', 'America/Mexico_City')).toBe('2027-05-01T15:00:00.000Z');
    expect(iso('2027-07-01T09:00:30', 'Europe/Madrid')).toBe('2027-07-01T07:00:30.000Z');
    expect(iso('2027-01-01T09:00', 'Europe/Madrid')).toBe('2027-01-01T08:00:00.000Z');
    expect(iso('2027-05-01T09:00', null)).toBeNull();
  });

  it('that comes twice is the first of both, and one that is jumped over as much later', () => {
    expect(iso('2026-11-01T01:30', 'America/New_York')).toBe('2026-11-01T05:30:00.000Z');
    expect(iso('2027-03-14T02:30', 'America/New_York')).toBe('2027-03-14T07:30:00.000Z');
    expect(iso('2026-09-06T00:30', 'America/Santiago')).toBe('2026-09-06T04:30:00.000Z');
    expect(iso('2027-04-03T23:30', 'America/Santiago')).toBe('2027-04-04T02:30:00.000Z');
  });

  it.each([
    '',
    'mañana',
    '2027-02-31T09:00Z',
    '2027-13-01T09:00',
    '2027-05-01',
    '2027-05-01T25:00',
    '1777777777',
  ])('is not "%s"', (text) => {
    expect(instantOf(text, 'America/Mexico_City')).toBeNull();
  });

  it('is what the clock on the wall there shows, unless it is jumped over', () => {
    const zones = ['America/New_York', 'Europe/Madrid', 'America/Santiago', 'Asia/Kathmandu'];
    const minutes = fc.integer({ min: Date.UTC(2026, 0, 1) / 60_000, max: Date.UTC(2027, 11, 31) / 60_000 });
    fc.assert(
      fc.property(fc.constantFrom(...zones), minutes, (zone, minute) => {
        const wall = wallTime(new Date(minute * 60_000), zone);
        const read = instantOf(wall.replace(' ', 'T'), zone)!;
        expect(wallTime(read, zone)).toBe(wall);
        expect(read.getTime()).toBeLessThanOrEqual(minute * 60_000);
      }),
    );
  });
});
