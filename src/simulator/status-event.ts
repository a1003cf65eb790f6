/** What will happen to a message, in the order of the code. */
export const EVENT_KINDS = ['sent', 'delivered', 'read', 'failed', 'reply'] as const;

export type EventKind = (typeof EVENT_KINDS)[number];

const KINDS = 8;
const MAX_SECONDS = 8191;
const ROW_UNIT = KINDS * (MAX_SECONDS + 1);

/**
 * A row of the ledger, a kind, and how many seconds after acceptance it happened, in one number: a million pending
 * statuses are arrays of doubles. The seconds are kept so that a status that is posted late still bears its own time.
 */
export function encodeEvent(row: number, kind: EventKind, afterSeconds: number): number {
  const seconds = Math.min(MAX_SECONDS, Math.floor(afterSeconds));
  return row * ROW_UNIT + seconds * KINDS + EVENT_KINDS.indexOf(kind);
}

export function eventRow(event: number): number {
  return Math.floor(event / ROW_UNIT);
}

export function eventKind(event: number): EventKind {
  return EVENT_KINDS[event % KINDS]!;
}

export function eventAfterSeconds(event: number): number {
  return Math.floor((event % ROW_UNIT) / KINDS);
}
