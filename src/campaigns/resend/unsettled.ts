import type { DispatchProgress } from '../../ledger/dispatch.js';

/** Messages of which nobody can tell whether they arrived, and what can be done about it. */
export interface Unsettled {
  readonly unknown: number;
  readonly unconfirmed: number;
  readonly text: string;
}

const HOUR_MS = 3_600_000;

/** Nothing where every message is known. */
export function unsettledOf(
  { unknown, unconfirmed }: Pick<DispatchProgress, 'unknown' | 'unconfirmed'>,
  horizonMs: number,
): { unsettled?: Unsettled } {
  if (unknown + unconfirmed === 0) return {};
  const sentences = [
    ...(unknown === 0
      ? []
      : [
          `Of ${messages(unknown)} it is not known yet whether the provider took ${them(unknown)}. They are settled by ` +
            `the provider's statuses, or by asking it; ${hours(horizonMs)} after the call, what is left is unconfirmed.`,
        ]),
    ...(unconfirmed === 0
      ? []
      : [
          `Of ${messages(unconfirmed)} nothing was heard in time. They are never sent again by themselves; an admin may ` +
            'send them again with "states": ["unconfirmed"] and "confirm": true, and whoever got the first gets a second.',
        ]),
  ];
  return { unsettled: { unknown, unconfirmed, text: sentences.join(' ') } };
}

function messages(count: number): string {
  return count === 1 ? '1 message' : `${count} messages`;
}

function them(count: number): string {
  return count === 1 ? 'it' : 'them';
}

function hours(ms: number): string {
  const rounded = Math.round((ms / HOUR_MS) * 10) / 10;
  return rounded === 1 ? '1 hour' : `${rounded} hours`;
}
