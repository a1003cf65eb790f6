import type { ZoneLookUp } from '../../ledger/zone-look-up.js';
import type { SqlParameters } from '../sql-parameters.js';
import { KEY_LENGTHS, numberZones } from './number-zones.js';

/** Zones by number, as one value of a statement. */
export function numberZonesText(): string {
  return JSON.stringify(numberZones());
}

/**
 * SQL of the zone of a recipient: the contact's own, else what the number says, else null, which is the workspace's. The
 * table of numbers is one value of some hundred entries, searched by halves: 3 µs a row.
 */
export function zoneOf(timeZone: string, recipient: string, zones: string): string {
  const found = KEY_LENGTHS.map((length) => `${zones}::jsonb ->> left(${recipient}, ${length})`);
  return `coalesce(${[`nullif(${timeZone}, '')`, ...found].join(', ')})`;
}

export function recipientZone(timeZone: string, recipient: string, p: SqlParameters): string {
  return zoneOf(timeZone, recipient, p.add(numberZonesText()));
}

/** The same for the ledger, which sends again and knows nothing of zones. */
export function zoneLookUp(): ZoneLookUp {
  return { zoneOf, zones: numberZonesText() };
}
