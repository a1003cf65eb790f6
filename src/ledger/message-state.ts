/**
 * The life of one message. Pure: the statements of the ledger take their allowed moves from this table, so that the
 * rule and the SQL cannot drift apart.
 *
 * Invariants: nothing leaves `inflight` for `pending` without proof that the provider did not take it; `unknown` never
 * becomes `pending`; delivery states only climb; what a person skipped or cancelled stays so.
 */
export const MESSAGE_STATES = [
  'pending',
  'inflight',
  'accepted',
  'sent',
  'delivered',
  'read',
  'failed',
  'unknown',
  'unconfirmed',
  'skipped',
  'cancelled',
] as const;
export type MessageState = (typeof MESSAGE_STATES)[number];

/** The states that dispatch_counters holds; pending and inflight follow from the total. */
export type CountedState = Exclude<MessageState, 'pending' | 'inflight'>;
export const COUNTED_STATES: readonly CountedState[] = MESSAGE_STATES.filter(
  (state): state is CountedState => state !== 'pending' && state !== 'inflight',
);

/** What can happen to a message; the table says from where and to where. */
export type MessageEvent = keyof typeof MOVES;

interface Move {
  readonly from: readonly MessageState[];
  readonly to: MessageState;
}

const MOVES = {
  /** The barrier was committed: from here a byte may leave. */
  begin: { from: ['pending'], to: 'inflight' },
  /** The provider took it. Later evidence of the same attempt also lifts an unknown. */
  accept: { from: ['inflight', 'unknown'], to: 'accepted' },
  /** The provider refused it for good, or its tries are spent. */
  refuse: { from: ['inflight', 'unknown'], to: 'failed' },
  /** Proved not to have been taken: it may be tried again. */
  giveBack: { from: ['inflight'], to: 'pending' },
  /** An ambiguous answer, or a lease that ended with the call open. */
  loseTrack: { from: ['inflight'], to: 'unknown' },
  reportSent: { from: ['inflight', 'accepted', 'unknown', 'unconfirmed'], to: 'sent' },
  /** Delivered and read are proof, and win over an earlier failure. */
  reportDelivered: {
    from: ['inflight', 'accepted', 'sent', 'unknown', 'unconfirmed', 'failed'],
    to: 'delivered',
  },
  reportRead: {
    from: ['inflight', 'accepted', 'sent', 'delivered', 'unknown', 'unconfirmed', 'failed'],
    to: 'read',
  },
  reportFailed: { from: ['inflight', 'accepted', 'sent', 'unknown', 'unconfirmed'], to: 'failed' },
  /** No evidence came within the horizon. */
  giveUp: { from: ['unknown'], to: 'unconfirmed' },
  /** Suppressed, duplicate, invalid, outside its window. */
  skip: { from: ['pending'], to: 'skipped' },
  /** A person stopped the dispatch. */
  cancel: { from: ['pending'], to: 'cancelled' },
} as const satisfies Record<string, Move>;

export const MESSAGE_EVENTS = Object.keys(MOVES) as readonly MessageEvent[];

/** The state after an event, or null where the event does not apply and must change nothing. */
export function nextState(state: MessageState, event: MessageEvent): MessageState | null {
  const move: Move = MOVES[event];
  return move.from.includes(state) ? move.to : null;
}

/** The states from which an event may happen. */
export function statesBefore(event: MessageEvent): readonly MessageState[] {
  return MOVES[event].from;
}

/** The event that a provider's status word stands for. */
export const EVENT_OF_STATUS = {
  sent: 'reportSent',
  delivered: 'reportDelivered',
  read: 'reportRead',
  failed: 'reportFailed',
} as const satisfies Record<string, MessageEvent>;
export type DeliveryStatus = keyof typeof EVENT_OF_STATUS;

/** How far a message has come; a status may only raise it. Failed lies below delivered: delivery is proof. */
const RANK: Record<DeliveryStatus, number> = { sent: 20, failed: 25, delivered: 30, read: 40 };

/** The later of two statuses of one message, whatever order they came in. */
export function furthest(a: DeliveryStatus, b: DeliveryStatus): DeliveryStatus {
  return RANK[a] >= RANK[b] ? a : b;
}

/** The (from, to) pairs of these events as a VALUES list, for statements that take their guard from the table. */
export function movesAsSqlValues(events: readonly MessageEvent[]): string {
  return events
    .flatMap((event) =>
      MOVES[event].from.map((from) => `('${from}'::message_state, '${MOVES[event].to}'::message_state)`),
    )
    .join(', ');
}
