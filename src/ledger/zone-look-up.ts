/** How the zone of a recipient is found; the ledger only sorts by it. */
export interface ZoneLookUp {
  /** SQL of the zone, null where it is not known. `zones` is the SQL of the value below. */
  zoneOf(timeZone: string, recipient: string, zones: string): string;
  /** A value that the statement is given. */
  readonly zones: string;
}
