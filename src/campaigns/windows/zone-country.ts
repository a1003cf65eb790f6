import { getCountries } from 'libphonenumber-js/min';

/** In every Node that we run on; the language's own library of types does not have it yet. */
interface LocaleWithZones extends Intl.Locale {
  getTimeZones(): string[] | undefined;
}

/** The zones of a country by the CLDR data of this Node, in no particular order. */
export function zonesOfCountry(country: string): readonly string[] {
  return (new Intl.Locale(`und-${country}`) as LocaleWithZones).getTimeZones() ?? [];
}

let countries: ReadonlyMap<string, string> | undefined;

/** The country in which a zone lies, as ISO 3166 has it; null for one that is of no country, such as UTC. */
export function countryOfZone(zone: string): string | null {
  countries ??= new Map(
    getCountries().flatMap((country) => zonesOfCountry(country).map((name) => [usualName(name), country])),
  );
  return countries.get(usualName(zone)) ?? null;
}

const usualNames = new Map<string, string>();

/** Zones have older and newer names, which this Node knows to be the same. */
function usualName(zone: string): string {
  const known = usualNames.get(zone);
  if (known !== undefined) return known;
  const name = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  usualNames.set(zone, name);
  return name;
}
