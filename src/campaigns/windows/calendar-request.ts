import { isTimeZone } from '../../contacts/contact-rules.js';
import { invalid } from '../field-fault.js';
import type { CalendarDto, HolidayDto, QuietHoursDto } from './calendar.dto.js';
import { timesOf, zoneWordOf } from './send-window-request.js';
import type { Calendar, Holiday, QuietHours } from './send-window.js';
import { zonesOfCountry } from './zone-country.js';

export function calendarOf({ timezone, holidays, quietHours }: CalendarDto): Calendar {
  if (!isTimeZone(timezone)) {
    throw invalid('timezone', `"${timezone}" is no IANA time zone such as America/Mexico_City`);
  }
  return {
    timezone,
    holidays: (holidays ?? []).map(holidayOf),
    quietHours: quietHours === undefined || quietHours === null ? null : quietHoursOf(quietHours),
  };
}

function holidayOf({ date, name, country }: HolidayDto, index: number): Holiday {
  const day = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(day.getTime()) || !day.toISOString().startsWith(date)) {
    throw invalid(`holidays/${index}/date`, `"${date}" is no day there is; write it as "2026-12-25"`);
  }
  if (country !== undefined && country !== null && zonesOfCountry(country).length === 0) {
    throw invalid(
      `holidays/${index}/country`,
      `"${country}" is no country with a time zone (ISO 3166), such as "MX"`,
    );
  }
  return { date, name: name ?? null, country: country ?? null };
}

function quietHoursOf({ from, to, zone }: QuietHoursDto): QuietHours {
  return { ...timesOf({ from, to }, 'quietHours'), zone: zoneWordOf(zone, 'quietHours') };
}
