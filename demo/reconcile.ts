import { MESSAGE_STATES, type MessageState } from '../src/ledger/message-state.js';
import type { StateCounts } from './campaign-progress.js';
import type { RecipientRow } from './evidence.js';

export interface Books {
  /** As the campaign says, one for each recipient. */
  readonly rows: readonly RecipientRow[];
  /** As the campaign's counters say. */
  readonly counters: StateCounts & { readonly total: number };
  /** As the simulator says: messages that it took, by number. */
  readonly receipts: ReadonlyMap<string, number>;
  /** Who should be in the campaign, and who of them must get nothing. */
  readonly contacts: number;
  readonly optedOut: number;
}

export interface Findings {
  readonly recipients: number;
  readonly skipped: number;
  /** Recipients of whom both the campaign and the simulator say that the message was taken. */
  readonly accepted: number;
  readonly delivered: number;
  readonly failed: number;
  readonly unknown: number;
  /** Messages that the simulator took beyond the first of a recipient. */
  readonly duplicates: number;
  /** Recipients whose message is neither with the simulator nor accounted for by the campaign. */
  readonly lost: number;
  readonly faults: readonly string[];
}

/** How often the simulator may have taken the message of a recipient in this state. */
const MAY_BE_TAKEN: Record<MessageState, { least: number; most: number }> = {
  pending: { least: 0, most: 0 },
  inflight: { least: 0, most: 1 },
  accepted: { least: 1, most: 1 },
  sent: { least: 1, most: 1 },
  delivered: { least: 1, most: 1 },
  read: { least: 1, most: 1 },
  /** Refused at once, or taken and not delivered. */
  failed: { least: 0, most: 1 },
  unknown: { least: 0, most: 1 },
  unconfirmed: { least: 0, most: 1 },
  skipped: { least: 0, most: 0 },
  cancelled: { least: 0, most: 0 },
};

/** Holds the books of the campaign against those of the simulator, recipient by recipient. */
export function reconcile({ rows, counters, receipts, contacts, optedOut }: Books): Findings {
  const states = Object.fromEntries(MESSAGE_STATES.map((state) => [state, 0])) as Record<
    MessageState,
    number
  >;
  const seen = new Set<string>();
  let taken = 0;
  let absent = 0;
  let uncalledFor = 0;
  for (const { recipient, state } of rows) {
    states[state]++;
    seen.add(recipient);
    const times = receipts.get(recipient) ?? 0;
    const { least, most } = MAY_BE_TAKEN[state];
    if (times > 0) taken++;
    if (times < least) absent++;
    if (times > 0 && most === 0) uncalledFor++;
  }
  const messages = [...receipts.values()].reduce((sum, times) => sum + times, 0);
  const strangers = [...receipts.keys()].filter((recipient) => !seen.has(recipient)).length;
  const duplicates = messages - receipts.size;
  const unsettled = states.pending + states.inflight;
  const lost = absent + unsettled;
  const recount = MESSAGE_STATES.filter((state) => states[state] !== counters[state]);
  return {
    recipients: rows.length,
    skipped: states.skipped,
    accepted: taken - uncalledFor,
    delivered: states.delivered + states.read,
    failed: states.failed,
    unknown: states.unknown + states.unconfirmed,
    duplicates,
    lost,
    faults: [
      fault(seen.size !== rows.length, `${rows.length - seen.size} recipients are in the campaign twice`),
      fault(rows.length !== contacts, `the campaign has ${rows.length} recipients of ${contacts} contacts`),
      fault(
        counters.total !== rows.length,
        `the campaign counts ${counters.total} of its ${rows.length} recipients`,
      ),
      ...recount.map(
        (state) => `${states[state]} recipients are ${state}, the counter says ${counters[state]}`,
      ),
      fault(
        states.skipped !== optedOut,
        `${states.skipped} recipients were skipped, ${optedOut} had opted out`,
      ),
      fault(unsettled > 0, `${unsettled} recipients are neither sent to nor given up`),
      fault(absent > 0, `${absent} messages that the campaign calls sent never reached the simulator`),
      fault(duplicates > 0, `${duplicates} messages reached the simulator more than once`),
      fault(uncalledFor > 0, `${uncalledFor} recipients got a message that they should not have got`),
      fault(strangers > 0, `${strangers} numbers that are not in the campaign got a message`),
    ].filter((found) => found !== ''),
  };
}

function fault(isFault: boolean, text: string): string {
  return isFault ? text : '';
}
