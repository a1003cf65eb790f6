import { assertNever } from '../../src/common/assert-never.js';
import {
  COUNTED_STATES,
  EVENT_OF_STATUS,
  nextState,
  type CountedState,
  type MessageEvent,
  type MessageState,
} from '../../src/ledger/message-state.js';
import type { Settlement } from '../../src/ledger/settlement.js';
import { isTaken, leadsBack, settlementFor, type Answer } from './answer.js';
import {
  addDispatch,
  copyOf,
  hasArrivedBefore,
  isHeld,
  type Call,
  type LateBarrier,
  type Lease,
  type Row,
  type World,
} from './send-world.js';
import { readyBatchOf, type Step } from './send-step.js';

/**
 * The world after a step that was possible; the same one where it is refused. Each case says what the statement of the
 * ledger with that name does.
 */
export function takeStep(before: World, step: Step): World {
  const world = copyOf(before);
  switch (step.kind) {
    case 'ring':
      world.dispatches[step.dispatch]!.hasBell = true;
      return world;
    case 'lease':
      if (!world.dispatches[step.dispatch]!.isOpen) return before;
      lease(world, step.worker, step.dispatch);
      return world;
    case 'barrier': {
      const late = { ...world.workers[step.worker]!.lease!, rows: step.rows };
      if (step.isLate) {
        world.left.lateBarriers -= 1;
        world.lateBarriers.push(late);
      } else {
        world.workers[step.worker]!.calls.push(...pass(world, late));
      }
      return world;
    }
    case 'land':
      pass(world, ...world.lateBarriers.splice(step.lateBarrier, 1));
      return world;
    case 'call':
      call(world, world.workers[step.worker]!.calls[step.call]!, step.answer);
      return world;
    case 'settle':
      settle(world, step.worker, step.isForgotten);
      return world;
    case 'release':
      release(world, step.worker);
      return world;
    case 'releaseBeside':
      // What landed renewed the lease, so a release that looked before it is refused.
      if (isHeldAndOpen(world, world.lateBarriers[step.lateBarrier]!))
        world.workers[step.worker]!.lease = null;
      else release(world, step.worker);
      pass(world, ...world.lateBarriers.splice(step.lateBarrier, 1));
      return world;
    case 'crash':
      crash(world, step.worker);
      return world;
    case 'freeze':
      world.left.freezes -= 1;
      world.workers[step.worker]!.isFrozen = true;
      return world;
    case 'wake':
      world.workers[step.worker]!.isFrozen = false;
      return world;
    case 'reap':
      reap(world, step.batch);
      return world;
    case 'reapOrphan':
      world.left.journals -= 1;
      for (const row of rowsOf(world, step.batch))
        if (!row.called.includes(row.attempt) && move(world, row, 'giveBack')) row.handBacks += 1;
      reap(world, step.batch);
      return world;
    case 'status': {
      const row = world.rows[step.row]!;
      // A failure concerns its own attempt; that it was sent or delivered, the message.
      const isOfIt = step.word === 'failed' ? step.attempt === row.attempt : step.attempt <= row.attempt;
      return isOfIt && move(world, row, EVENT_OF_STATUS[step.word]) ? world : before;
    }
    case 'pause':
      world.left.pauses -= 1;
      world.dispatches[step.dispatch]!.isOpen = false;
      return world;
    case 'resume':
      world.dispatches[step.dispatch]!.isOpen = true;
      return world;
    case 'cancel':
      if (world.dispatches[step.dispatch]!.isOpen) return before;
      world.left.cancels -= 1;
      cancel(world, step.dispatch);
      return world;
    case 'optOut':
      world.left.optOuts -= 1;
      world.optedOut[step.recipient] = true;
      return world;
    case 'reachHorizon':
      world.left.horizons -= 1;
      move(world, world.rows[step.row]!, 'giveUp');
      return world;
    case 'lookUp':
      move(world, world.rows[step.row]!, step.isTaken ? 'accept' : 'refuse');
      return world;
    case 'resend': {
      const row = world.rows[step.row]!;
      world.left.orders -= 1;
      world.orders[row.recipient]! += 1;
      // Nobody waits for its own answer any more.
      move(world, row, 'giveUp');
      row.resentIn = world.dispatches.length;
      addDispatch(world, [row.recipient], 1, step.row);
      return world;
    }
    case 'loseRedis':
      world.left.losses -= 1;
      for (const dispatch of world.dispatches) dispatch.hasBell = false;
      return world;
    default:
      return assertNever(step);
  }
}

function lease(world: World, worker: number, dispatch: number): void {
  const index = readyBatchOf(world, dispatch)!;
  const batch = world.batches[index]!;
  batch.state = 'leased';
  batch.fence += 1;
  world.workers[worker]!.lease = { batch: index, fence: batch.fence };
}

function isHeldAndOpen(world: World, lease: Lease): boolean {
  return isHeld(world, lease) && world.dispatches[world.batches[lease.batch]!.dispatch]!.isOpen;
}

/** The barrier: the calls that it allows. */
function pass(world: World, barrier?: LateBarrier): Call[] {
  if (barrier === undefined || !isHeldAndOpen(world, barrier)) return [];
  return barrier.rows.flatMap((index) => {
    const row = world.rows[index]!;
    if (world.optedOut[row.recipient] === true || hasArrivedBefore(world, row)) {
      move(world, row, 'skip');
      return [];
    }
    if (!move(world, row, 'begin')) return [];
    row.attempt += 1;
    row.barriers += 1;
    return [{ row: index, attempt: row.attempt, tries: row.tries, answer: null }];
  });
}

function call(world: World, open: Call, answer: Answer): void {
  if (leadsBack(answer)) world.left.proofs -= 1;
  open.answer = answer;
  if (answer === 'neverBegun') return;
  const row = world.rows[open.row]!;
  row.called.push(open.attempt);
  if (isTaken(answer)) row.taken.push(open.attempt);
}

const EVENT_OF_SETTLEMENT = {
  accepted: 'accept',
  failed: 'refuse',
  pending: 'giveBack',
  unknown: 'loseTrack',
} as const satisfies Record<Settlement['state'], MessageEvent>;

function settle(world: World, index: number, isForgotten: boolean): void {
  const worker = world.workers[index]!;
  for (const { answer, ...open } of worker.calls) {
    const row = world.rows[open.row]!;
    if (answer === null || row.attempt !== open.attempt) continue;
    const { state, triesSpent } = settlementFor({ ...open, answer }, 0);
    if (!move(world, row, EVENT_OF_SETTLEMENT[state])) continue;
    row.tries += triesSpent;
    if (state === 'pending' && answer === 'neverBegun') row.handBacks += 1;
    else if (state === 'pending') row.proofs += 1;
  }
  if (isForgotten) worker.calls = worker.calls.filter(({ answer }) => answer === null);
  else world.left.lostSettles -= 1;
}

function release(world: World, index: number): void {
  const worker = world.workers[index]!;
  const held = worker.lease!;
  worker.lease = null;
  const rows = rowsOf(world, held.batch);
  if (!isHeld(world, held) || rows.some(({ state }) => state === 'inflight')) return;
  const batch = world.batches[held.batch]!;
  batch.state = rows.some(({ state }) => state === 'pending') ? 'ready' : 'done';
}

function crash(world: World, index: number): void {
  const { lease: held } = world.workers[index]!;
  world.left.crashes -= 1;
  world.workers[index] = { isFrozen: false, lease: null, calls: [] };
  if (held !== null && isHeld(world, held) && world.left.journals > 0)
    world.batches[held.batch]!.isOrphan = true;
}

function reap(world: World, index: number): void {
  for (const row of rowsOf(world, index)) move(world, row, 'loseTrack');
  const batch = world.batches[index]!;
  batch.state = 'ready';
  batch.fence += 1;
  batch.isOrphan = false;
}

function cancel(world: World, dispatch: number): void {
  for (const [index, batch] of world.batches.entries()) {
    if (batch.dispatch !== dispatch || batch.state !== 'ready') continue;
    for (const row of rowsOf(world, index)) move(world, row, 'cancel');
    batch.state = 'done';
  }
}

function rowsOf(world: World, batch: number): Row[] {
  return world.rows.filter((row) => row.batch === batch);
}

/** The only place where a state changes: by the ledger's own table, with the counters beside it. */
function move(world: World, row: Row, event: MessageEvent): boolean {
  const after = nextState(row.state, event);
  if (after === null) return false;
  const { counters } = world.dispatches[row.dispatch]!;
  if (isCounted(row.state)) counters[row.state] -= 1;
  if (isCounted(after)) counters[after] += 1;
  row.state = after;
  return true;
}

function isCounted(state: MessageState): state is CountedState {
  return COUNTED_STATES.includes(state as CountedState);
}
