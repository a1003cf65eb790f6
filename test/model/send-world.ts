import type { CountedState, MessageState } from '../../src/ledger/message-state.js';
import { COUNTED_STATES } from '../../src/ledger/message-state.js';
import type { Answer } from './answer.js';

/** A message as the ledger has it, and beside it what really happened, which no worker knows. */
export interface Row {
  readonly recipient: number;
  readonly dispatch: number;
  readonly batch: number;
  state: MessageState;
  attempt: number;
  tries: number;
  /** Barriers that let it pass; the provider calls that followed, and the attempts of those that it took. */
  barriers: number;
  called: number[];
  taken: number[];
  /** Times it went back to pending: a call proved not accepted, and a call proved never begun. */
  proofs: number;
  handBacks: number;
  /** The dispatch that tries it again, and the row that this one tries again. */
  resentIn: number | null;
  readonly resendOf: number | null;
}

export interface Batch {
  readonly dispatch: number;
  state: 'ready' | 'leased' | 'done';
  fence: number;
  /** Who leased it is proved to be dead, and its journal can be read. */
  isOrphan: boolean;
}

/** A message past the barrier in a worker's memory; `answer` is null until its call began and ended. */
export interface Call {
  readonly row: number;
  readonly attempt: number;
  readonly tries: number;
  answer: Answer | null;
}

export interface Lease {
  readonly batch: number;
  readonly fence: number;
}

/** A worker is its memory; a crash leaves an empty one. */
export interface Worker {
  isFrozen: boolean;
  lease: Lease | null;
  calls: Call[];
}

/** A barrier whose worker lost the connection and gave up on it, while Postgres still executes it. */
export interface LateBarrier extends Lease {
  readonly rows: readonly number[];
}

/** How often what needs a fault or a person may still happen. */
export interface Budget {
  proofs: number;
  crashes: number;
  /** Dead workers whose journal of begun calls is used. */
  journals: number;
  freezes: number;
  pauses: number;
  lateBarriers: number;
  lostSettles: number;
  losses: number;
  optOuts: number;
  orders: number;
  cancels: number;
  horizons: number;
}

export interface World {
  readonly rows: Row[];
  readonly batches: Batch[];
  /** `hasBell`: Redis holds a bell for it. Without one no turn begins. */
  readonly dispatches: {
    isOpen: boolean;
    hasBell: boolean;
    readonly counters: Record<CountedState, number>;
  }[];
  readonly workers: Worker[];
  readonly lateBarriers: LateBarrier[];
  /** By recipient: opted out since the start, and resends that a person ordered. */
  readonly optedOut: boolean[];
  readonly orders: number[];
  readonly left: Budget;
}

export const NO_FAULTS: Budget = {
  proofs: 0,
  crashes: 0,
  journals: 0,
  freezes: 0,
  pauses: 0,
  lateBarriers: 0,
  lostSettles: 0,
  losses: 0,
  optOuts: 0,
  orders: 0,
  cancels: 0,
  horizons: 0,
};

export const AMPLE: Budget = {
  proofs: 99,
  crashes: 99,
  journals: 99,
  freezes: 99,
  pauses: 99,
  lateBarriers: 2,
  lostSettles: 99,
  losses: 99,
  optOuts: 1,
  orders: 2,
  cancels: 1,
  horizons: 99,
};

/** One open dispatch of pending messages in batches of `batchSize`, and idle workers. */
export function newWorld(
  size: { messages: number; batchSize: number; workers: number },
  left: Budget,
): World {
  const world: World = {
    rows: [],
    batches: [],
    dispatches: [],
    workers: Array.from({ length: size.workers }, () => ({ isFrozen: false, lease: null, calls: [] })),
    lateBarriers: [],
    optedOut: Array.from({ length: size.messages }, () => false),
    orders: Array.from({ length: size.messages }, () => 0),
    left: { ...left },
  };
  addDispatch(
    world,
    world.orders.map((_, recipient) => recipient),
    size.batchSize,
  );
  return world;
}

export function addDispatch(
  world: World,
  recipients: readonly number[],
  batchSize: number,
  resendOf: number | null = null,
): void {
  const dispatch = world.dispatches.length;
  const counters = Object.fromEntries(COUNTED_STATES.map((state) => [state, 0])) as Record<
    CountedState,
    number
  >;
  world.dispatches.push({ isOpen: true, hasBell: true, counters });
  const firstBatch = world.batches.length;
  recipients.forEach((recipient, index) => {
    const batch = firstBatch + Math.floor(index / batchSize);
    if (batch === world.batches.length)
      world.batches.push({ dispatch, state: 'ready', fence: 0, isOrphan: false });
    // What is suppressed is skipped when the dispatch is written.
    const isOptedOut = world.optedOut[recipient] === true;
    if (isOptedOut) counters.skipped += 1;
    world.rows.push({
      recipient,
      dispatch,
      batch,
      state: isOptedOut ? 'skipped' : 'pending',
      attempt: 0,
      tries: 0,
      barriers: 0,
      called: [],
      taken: [],
      proofs: 0,
      handBacks: 0,
      resentIn: null,
      resendOf,
    });
  });
}

/** By hand, not structuredClone: the search copies a million worlds. */
export function copyOf(world: World): World {
  return {
    rows: world.rows.map((row) => ({ ...row, called: [...row.called], taken: [...row.taken] })),
    batches: world.batches.map((batch) => ({ ...batch })),
    dispatches: world.dispatches.map((dispatch) => ({ ...dispatch, counters: { ...dispatch.counters } })),
    workers: world.workers.map((worker) => ({ ...worker, calls: worker.calls.map((call) => ({ ...call })) })),
    lateBarriers: [...world.lateBarriers],
    optedOut: [...world.optedOut],
    orders: [...world.orders],
    left: { ...world.left },
  };
}

/** Whether this is still the lease that the batch is under. */
export function isHeld(world: World, lease: Lease): boolean {
  const batch = world.batches[lease.batch]!;
  return batch.state === 'leased' && batch.fence === lease.fence;
}

/** What the provider is known to have taken. */
const ARRIVED: readonly MessageState[] = ['accepted', 'sent', 'delivered', 'read'];

/** Whether a row before this one, of the same recipient, is known to have been taken. */
export function hasArrivedBefore(world: World, row: Row): boolean {
  for (let at = row.resendOf; at !== null; at = world.rows[at]!.resendOf)
    if (ARRIVED.includes(world.rows[at]!.state)) return true;
  return false;
}
