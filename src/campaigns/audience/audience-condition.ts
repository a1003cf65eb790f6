/** What people write in an attribute that is compared: nothing nested. */
export type Scalar = string | number | boolean;

/** A day of the calendar, in the workspace's zone where it goes by today. */
export type Day = { readonly date: string } | { readonly daysAgo: number } | { readonly daysAhead: number };

export const BARE_OPERATORS = ['exists', 'missing', 'isTrue', 'isFalse'] as const;
export const ORDER_OPERATORS = ['gt', 'gte', 'lt', 'lte'] as const;
export const OPERATORS = [
  'eq',
  'ne',
  'in',
  'notIn',
  'contains',
  'startsWith',
  ...ORDER_OPERATORS,
  'between',
  ...BARE_OPERATORS,
] as const;
export type Operator = (typeof OPERATORS)[number];
type BareOperator = (typeof BARE_OPERATORS)[number];
type OrderOperator = (typeof ORDER_OPERATORS)[number];

/**
 * What is asked of one attribute of a contact. Its value is a text, a number or true and false, and from a file always a
 * text: so what is compared with says how. A text is compared as texts are, without case and accents; a number with what
 * reads as one; a day with what begins as an ISO date. What cannot be compared does not match, and a missing attribute
 * matches `missing`, `ne` and `notIn` alone.
 */
export type AttributeCondition = { readonly key: string } & (
  | { readonly op: 'eq' | 'ne'; readonly value: Scalar | Day }
  | { readonly op: 'in' | 'notIn'; readonly value: readonly Scalar[] }
  | { readonly op: 'contains' | 'startsWith'; readonly value: string }
  | { readonly op: OrderOperator; readonly value: number | Day }
  | { readonly op: 'between'; readonly value: readonly [number, number] | readonly [Day, Day] }
  | { readonly op: BareOperator }
);

/** All that is asked of a contact, at once. */
export interface Selection {
  /** Has all of these, at least one of those, and none of the last; an empty list asks for nothing. */
  readonly tags: readonly string[];
  readonly anyTags: readonly string[];
  readonly notTags: readonly string[];
  readonly attributes: readonly AttributeCondition[];
  /** Wrote to one of our numbers within so many days; did not, or never wrote. */
  readonly seenWithinDays: number | null;
  readonly notSeenSinceDays: number | null;
  /** Campaigns; who was reached by one of them is out. */
  readonly excludeCampaigns: readonly string[];
}

const DAY_MS = 86_400_000;

/** The day as it is written, of `today` where it goes by that. */
export function dateOf(day: Day, today: string): string {
  if ('date' in day) return day.date;
  const days = 'daysAgo' in day ? -day.daysAgo : day.daysAhead;
  return new Date(Date.parse(`${today}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** YYYY-MM-DD, and a day that there is. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}
