import type { MessageState } from './message-state.js';

/** What a person may have sent again: refused for good, or not known to have been taken. */
export const RESENDABLE_STATES = [
  'failed',
  'unknown',
  'unconfirmed',
] as const satisfies readonly MessageState[];
export type ResendableState = (typeof RESENDABLE_STATES)[number];

/** The provider has it: sent once more, the person would get it twice. */
export const TAKEN_STATES: readonly MessageState[] = ['accepted', 'sent', 'delivered', 'read'];

/** Which messages a resend is of. */
export interface ResendOrder {
  readonly states: readonly ResendableState[];
  /** Only those with one of these as their last code; null: whatever it is. */
  readonly codes: readonly string[] | null;
  /** Unknown since before this: younger ones may still be settled by evidence. */
  readonly unknownBefore: Date;
}

/** Where the writing of a resend has come to: a dispatch of the campaign, in order, and a number in it. */
export interface ResendPosition {
  readonly source: number;
  readonly seq: number;
}

const SEQS = 2n ** 32n;

/** As one growing number, which is how preparation keeps its place. */
export function positionAsCursor({ source, seq }: ResendPosition): string {
  return String(BigInt(source) * SEQS + BigInt(seq));
}

export function positionOfCursor(cursor: string): ResendPosition {
  const value = BigInt(cursor);
  return { source: Number(value / SEQS), seq: Number(value % SEQS) };
}

/** Whether a person who is not sure must say so: the message may have arrived. */
export function needsConfirmation(states: readonly ResendableState[]): boolean {
  return states.some((state) => state !== 'failed');
}
