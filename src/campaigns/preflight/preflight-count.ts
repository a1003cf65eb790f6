import { countryOfPrefix } from './preflight-country.js';
import type { MissingVariable } from '../campaign.errors.js';
import type { VariableSource } from '../audience/variable-sources.js';

/** What becomes of a person of the audience, as preparation would decide it. */
export type Outcome =
  'recipient' | 'suppressed' | 'invalid' | 'duplicate' | 'window_closed' | 'over_cap' | 'no_ticket';

/** People whose numbers begin alike, who end alike, and who lack the same variables. */
export interface PreflightGroup {
  readonly prefix: string;
  readonly outcome: Outcome;
  /** For each variable of the scope, whether they have no value for it. */
  readonly lacks: readonly boolean[];
  readonly people: number;
  /** Keys of some of them. */
  readonly positions: readonly string[];
}

export interface PreflightCounts {
  /** All who are in the audience, or all rows of the file. */
  readonly audience: number;
  /** Who would get the message. */
  readonly recipients: number;
  /** Who opted out, or is suppressed for another reason. */
  readonly optedOut: number;
  readonly invalid: number;
  readonly duplicates: number;
  readonly noTicket: number;
  /** Who would get it besides, had they written within 24 hours. */
  readonly windowClosed: number;
  /** Who got as many marketing messages lately as its frequency cap allows. */
  readonly overCap: number;
  /** Of the recipients, who lacks a variable that has no default. */
  readonly missingVariables: number;
}

export interface PreflightCounted {
  readonly counts: PreflightCounts;
  readonly missing: readonly MissingVariable[];
  readonly byCountry: ReadonlyMap<string | null, number>;
  /** Keys of recipients with all variables, where there are such, in order. */
  readonly samples: readonly string[];
}

export function countedOf(
  groups: readonly PreflightGroup[],
  variables: readonly Pick<VariableSource, 'name' | 'fallback'>[],
  mostSamples: number,
): PreflightCounted {
  const sum = (of: readonly PreflightGroup[]): number => of.reduce((total, group) => total + group.people, 0);
  const ofOutcome = (outcome: Outcome): PreflightGroup[] =>
    groups.filter((group) => group.outcome === outcome);
  const recipients = ofOutcome('recipient');
  const lacksNeeded = ({ lacks }: PreflightGroup): boolean =>
    variables.some(({ fallback }, index) => fallback === null && lacks[index] === true);
  const missing = variables.flatMap(({ name, fallback }, index) => {
    const rows = sum(recipients.filter(({ lacks }) => lacks[index] === true));
    return fallback === null && rows > 0 ? [{ name, rows }] : [];
  });
  const whole = recipients.filter((group) => !lacksNeeded(group));
  return {
    counts: {
      audience: sum(groups),
      recipients: sum(recipients),
      optedOut: sum(ofOutcome('suppressed')),
      invalid: sum(ofOutcome('invalid')),
      duplicates: sum(ofOutcome('duplicate')),
      noTicket: sum(ofOutcome('no_ticket')),
      windowClosed: sum(ofOutcome('window_closed')),
      overCap: sum(ofOutcome('over_cap')),
      missingVariables: sum(recipients.filter(lacksNeeded)),
    },
    missing,
    byCountry: byCountryOf(recipients),
    samples: firstOf(whole.length > 0 ? whole : recipients, mostSamples),
  };
}

function byCountryOf(groups: readonly PreflightGroup[]): Map<string | null, number> {
  const people = new Map<string | null, number>();
  for (const group of groups) {
    const country = countryOfPrefix(group.prefix);
    people.set(country, (people.get(country) ?? 0) + group.people);
  }
  return people;
}

function firstOf(groups: readonly PreflightGroup[], most: number): string[] {
  const keys = [...new Set(groups.flatMap(({ positions }) => positions))].map(BigInt);
  return keys
    .toSorted((a, b) => (a < b ? -1 : 1))
    .slice(0, most)
    .map(String);
}
