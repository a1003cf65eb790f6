export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof DAYS)[number];

/** Whose clock it is: that of the workspace, or that of each recipient. */
export const ZONE_WORDS = ['workspace', 'recipient'] as const;
export type ZoneWord = (typeof ZONE_WORDS)[number];

/** Hours of some days. Where `to` is not later than `from`, they end on the day after. */
export interface WindowHours {
  /** Null: every day. Of hours over midnight, the day on which they begin. */
  readonly days: readonly Day[] | null;
  /** "09:00" */
  readonly from: string;
  /** "18:00", up to "24:00" */
  readonly to: string;
  readonly zone: ZoneWord;
}

/** When a campaign may send: in any of these, which all have one zone. */
export type SendWindow = readonly WindowHours[];

/** A day on which no marketing campaign sends. */
export interface Holiday {
  /** "2026-12-25" */
  readonly date: string;
  readonly name: string | null;
  /** Only for recipients in zones of this country; null: for all. */
  readonly country: string | null;
}

/** Hours in which no marketing campaign sends, whatever its own. */
export interface QuietHours {
  readonly from: string;
  readonly to: string;
  readonly zone: ZoneWord;
}

/** What a workspace says of time. */
export interface Calendar {
  readonly timezone: string;
  readonly holidays: readonly Holiday[];
  readonly quietHours: QuietHours | null;
}

/** All that decides when the messages of one campaign may go. */
export interface OpeningRule {
  /** Null: at any time that the calendar leaves. */
  readonly window: SendWindow | null;
  readonly timezone: string;
  readonly holidays: readonly Holiday[];
  readonly quietHours: QuietHours | null;
}

/** The calendar binds marketing alone; whoever waits for a code or a ticket gets it on a holiday too. */
export function openingRule(window: SendWindow | null, calendar: Calendar, category: string): OpeningRule {
  const { timezone, holidays, quietHours } = calendar;
  return category === 'marketing'
    ? { window, timezone, holidays, quietHours }
    : { window, timezone, holidays: [], quietHours: null };
}

/** Whether there is an hour in which it does not send. */
export function isRestricted({ window, holidays, quietHours }: OpeningRule): boolean {
  return window !== null || holidays.length > 0 || quietHours !== null;
}

/** Whether it matters where a recipient lives. */
export function needsZones({ window, holidays, quietHours }: OpeningRule): boolean {
  return (
    window?.[0]?.zone === 'recipient' ||
    quietHours?.zone === 'recipient' ||
    holidays.some(({ country }) => country !== null)
  );
}
