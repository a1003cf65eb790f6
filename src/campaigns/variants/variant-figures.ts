import { MESSAGE_STATES, type MessageState } from '../../ledger/message-state.js';
import type { VariantPart } from './variant-figures.repository.js';

/** What became of those who got one of the variants. */
export interface VariantFigures {
  readonly recipients: number;
  readonly states: Readonly<Record<MessageState, number>>;
  /** Those that a call was made for: what all rates are of. */
  readonly sent: number;
  /** Read ones among them. */
  readonly delivered: number;
  readonly read: number;
  readonly replies: number;
}

/** Where a call was made, whatever came of it. */
const SENT: readonly MessageState[] = [
  'accepted',
  'sent',
  'delivered',
  'read',
  'failed',
  'unknown',
  'unconfirmed',
];

/** Adds up parts of several ranges. */
export function figuresOf(parts: readonly VariantPart[]): VariantFigures {
  const states = Object.fromEntries(MESSAGE_STATES.map((state) => [state, 0])) as Record<
    MessageState,
    number
  >;
  let replies = 0;
  for (const part of parts) {
    states[part.state] += part.n;
    replies += part.replies;
  }
  return {
    recipients: MESSAGE_STATES.reduce((sum, state) => sum + states[state], 0),
    states,
    sent: SENT.reduce((sum, state) => sum + states[state], 0),
    delivered: states.delivered + states.read,
    read: states.read,
    replies,
  };
}

/** 0 to 1, to four places; null where nothing was sent. */
export function rateOf(count: number, sent: number): number | null {
  return sent === 0 ? null : Math.round((count / sent) * 10_000) / 10_000;
}
