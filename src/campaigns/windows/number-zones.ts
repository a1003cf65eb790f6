import metadata from 'libphonenumber-js/min/metadata';
import { AREA_ZONES } from './area-zones.js';
import { zonesOfCountry } from './zone-country.js';

/** Where most people of a country with several zones live; a mobile number there says no more. */
const MAIN_ZONES: Readonly<Record<string, string>> = {
  AR: 'America/Argentina/Buenos_Aires',
  AU: 'Australia/Sydney',
  BR: 'America/Sao_Paulo',
  CD: 'Africa/Kinshasa',
  CL: 'America/Santiago',
  CN: 'Asia/Shanghai',
  CY: 'Asia/Nicosia',
  DE: 'Europe/Berlin',
  EC: 'America/Guayaquil',
  ES: 'Europe/Madrid',
  FM: 'Pacific/Pohnpei',
  GL: 'America/Nuuk',
  ID: 'Asia/Jakarta',
  KI: 'Pacific/Tarawa',
  MH: 'Pacific/Majuro',
  MN: 'Asia/Ulaanbaatar',
  MX: 'America/Mexico_City',
  MY: 'Asia/Kuala_Lumpur',
  NZ: 'Pacific/Auckland',
  PF: 'Pacific/Tahiti',
  PG: 'Pacific/Port_Moresby',
  PS: 'Asia/Hebron',
  PT: 'Europe/Lisbon',
  RU: 'Europe/Moscow',
  UA: 'Europe/Kyiv',
  US: 'America/New_York',
  UZ: 'Asia/Tashkent',
  XK: 'Europe/Belgrade',
};

const COUNTRIES: Readonly<Record<string, readonly string[]>> = metadata.country_calling_codes;

/** Characters of the longest key, with the plus: of Mexico's area codes of three digits. */
const LONGEST_KEY = 6;
/** No calling code is shorter. */
const SHORTEST_KEY = 2;

let zones: Readonly<Record<string, string>> | undefined;

/** Zones by how canonical numbers begin, with the plus: calling codes, and area codes where they say more. */
export function numberZones(): Readonly<Record<string, string>> {
  return (zones ??= Object.fromEntries([...ofCallingCodes(), ...ofAreaCodes()]));
}

/** Lengths of its keys, longest first: the first that is found says the most. */
export const KEY_LENGTHS: readonly number[] = Array.from(
  { length: LONGEST_KEY - SHORTEST_KEY + 1 },
  (_, index) => LONGEST_KEY - index,
);

/** The zone that a canonical number says; null where it says none. */
export function zoneOfNumber(recipient: string): string | null {
  const known = numberZones();
  for (const length of KEY_LENGTHS) {
    const zone = known[recipient.slice(0, length)];
    if (zone !== undefined) return zone;
  }
  return null;
}

function ofCallingCodes(): [string, string][] {
  return Object.entries(COUNTRIES).flatMap(([code, [main]]): [string, string][] => {
    const zone = main === undefined ? undefined : (MAIN_ZONES[main] ?? zonesOfCountry(main)[0]);
    return zone === undefined ? [] : [[`+${code}`, zone]];
  });
}

function ofAreaCodes(): [string, string][] {
  return Object.entries(AREA_ZONES).flatMap(([code, byZone]) =>
    Object.entries(byZone).flatMap(([zone, areas]) =>
      areas.split(' ').map((area): [string, string] => [`+${code}${area}`, zone]),
    ),
  );
}
