/**
 * The life of a campaign. Pure: statements take the states that they compare and set from this table, so that the
 * rule and the SQL cannot drift apart.
 *
 * Invariants: nothing leaves a final state by itself, and only a resend leaves one at all; `paused`, `stopped` and `completed` are reached from the state that was
 * asked for and only by a tick that looked under the gate's lock; what a person stopped never sends again.
 */
export const CAMPAIGN_STATUSES = [
  'draft',
  'scheduled',
  'preparing',
  'sending',
  'pausing',
  'paused',
  'held',
  'stopping',
  'stopped',
  'completed',
  'failed',
] as const;
export type CampaignStatus = (typeof CAMPAIGN_STATUSES)[number];

/** Why a campaign is held, where its reason has a code of its own. */
export type HoldCode = 'late' | 'canary' | 'failure_rate' | 'refused' | 'quality';

interface Move {
  readonly from: readonly CampaignStatus[];
  readonly to: CampaignStatus;
}

const MOVES = {
  /** It waits for its time; one that was held may be given another, if nothing of it has begun. */
  schedule: { from: ['draft', 'held'], to: 'scheduled' },
  /** Its time was taken away. */
  unschedule: { from: ['scheduled', 'held'], to: 'draft' },
  /** Of one that recurs: its last occurrence was made. */
  expire: { from: ['scheduled'], to: 'completed' },
  start: { from: ['draft', 'scheduled'], to: 'preparing' },
  /** Its first rows are in the ledger and the gate is open. */
  send: { from: ['preparing'], to: 'sending' },
  /** Not one recipient could be prepared. */
  fail: { from: ['preparing'], to: 'failed' },
  pause: { from: ['preparing', 'sending'], to: 'pausing' },
  /** Nothing is in flight any more. */
  settlePause: { from: ['pausing'], to: 'paused' },
  resume: { from: ['pausing', 'paused'], to: 'sending' },
  /** Something happened that a person must look at. */
  hold: { from: ['scheduled', 'preparing', 'sending', 'pausing', 'paused'], to: 'held' },
  confirm: { from: ['held'], to: 'sending' },
  /** The same, of one that was held before it started. */
  confirmStart: { from: ['held'], to: 'preparing' },
  stop: { from: ['scheduled', 'preparing', 'sending', 'pausing', 'paused', 'held'], to: 'stopping' },
  /** Everything is prepared, nothing is in flight, and what was not sent is cancelled. */
  settleStop: { from: ['stopping'], to: 'stopped' },
  /** Everything is prepared and settled. */
  complete: { from: ['sending'], to: 'completed' },
  /** A person wants some of it sent again. */
  resend: { from: ['completed'], to: 'sending' },
} as const satisfies Record<string, Move>;

/** What can happen to a campaign. */
export type CampaignEvent = keyof typeof MOVES;
export const CAMPAIGN_EVENTS = Object.keys(MOVES) as readonly CampaignEvent[];

/** The status after an event, or null where the event does not apply and must change nothing. */
export function nextStatus(status: CampaignStatus, event: CampaignEvent): CampaignStatus | null {
  const move: Move = MOVES[event];
  return move.from.includes(status) ? move.to : null;
}

export function statusesBefore(event: CampaignEvent): readonly CampaignStatus[] {
  return MOVES[event].from;
}

export function statusAfter(event: CampaignEvent): CampaignStatus {
  return MOVES[event].to;
}

/** What people ask for while a campaign runs. */
export type CampaignOrder = 'pause' | 'resume' | 'stop';

/** Statuses in which an order is already obeyed, or on its way to be. */
const OBEYED: Record<CampaignOrder, readonly CampaignStatus[]> = {
  pause: ['pausing', 'paused'],
  resume: ['preparing', 'sending'],
  stop: ['stopping', 'stopped'],
};

export type Judgement = 'obey' | 'already-so' | 'meaningless';

/** Orders are idempotent: asking for what already is changes nothing and is no mistake. */
export function judgeOrder(status: CampaignStatus, order: CampaignOrder): Judgement {
  if (OBEYED[order].includes(status)) return 'already-so';
  return nextStatus(status, order) === null ? 'meaningless' : 'obey';
}

/** Its plan and its time may be changed: it has no messages yet. */
export function isChangeable(status: CampaignStatus, hasBegun: boolean): boolean {
  return !hasBegun && (status === 'draft' || status === 'scheduled' || status === 'held');
}

/** It has rows in the ledger that may still move: it cannot be deleted or edited. */
const IN_MOTION: readonly CampaignStatus[] = [
  'preparing',
  'sending',
  'pausing',
  'paused',
  'held',
  'stopping',
];

export function isInMotion(status: CampaignStatus): boolean {
  return IN_MOTION.includes(status);
}

const FINAL: readonly CampaignStatus[] = ['stopped', 'completed', 'failed'];

/** Nothing happens to it any more by itself. */
export function isFinal(status: CampaignStatus): boolean {
  return FINAL.includes(status);
}

/**
 * How recipients that have no row yet come into the ledger; null where none is added any more. Preparing goes on
 * behind a stop too: who is not in the ledger is explained nowhere.
 */
const PREPARED_AS: Record<CampaignStatus, 'pending' | 'cancelled' | null> = {
  draft: null,
  scheduled: null,
  preparing: 'pending',
  sending: 'pending',
  pausing: 'pending',
  paused: 'pending',
  held: 'pending',
  stopping: 'cancelled',
  stopped: null,
  completed: null,
  failed: null,
};

export function preparedAs(status: CampaignStatus): 'pending' | 'cancelled' | null {
  return PREPARED_AS[status];
}

/** Rows may still be added to it. */
export const PREPARED_STATUSES: readonly CampaignStatus[] = CAMPAIGN_STATUSES.filter(
  (status) => preparedAs(status) !== null,
);

/** Statuses in which the gate stands open once there are rows. */
export function maySend(status: CampaignStatus): boolean {
  return status === 'preparing' || status === 'sending';
}
