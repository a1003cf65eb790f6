import type { Recurrence } from './recurrence.js';

/** When a campaign starts by itself. */
export type Schedule = (
  { readonly kind: 'once'; readonly at: Date } | { readonly kind: 'recurring'; readonly rule: Recurrence }
) & {
  /** Also for an audience that is larger than what is started without a word more (CAUDAL_CONFIRM_ABOVE). */
  readonly isConfirmed?: boolean;
};

/** The rule of a campaign that recurs, with the last occurrence of it that was not made. */
export interface RecurrenceKept extends Recurrence {
  readonly skippedAt: Date | null;
  readonly skippedReason: string | null;
}

/** As whom a campaign is started, held or ended where nobody did it. */
export const SCHEDULER = 'Caudal';
