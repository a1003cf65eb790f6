import type { DeliveryStatus } from '../../src/ledger/message-state.js';
import { RESENDABLE_STATES } from '../../src/ledger/resend.js';
import { EVERY_ANSWER, leadsBack, type Answer } from './answer.js';
import { hasArrivedBefore, type Worker, type World } from './send-world.js';

/** Everything that can happen, each as one step that nothing else can come between. */
export type Step =
  | { readonly kind: 'ring'; readonly dispatch: number }
  | { readonly kind: 'lease'; readonly worker: number; readonly dispatch: number }
  /** `isLate`: the worker loses the connection, gives up on it, and Postgres commits it later or never. */
  | {
      readonly kind: 'barrier';
      readonly worker: number;
      readonly rows: readonly number[];
      readonly isLate: boolean;
    }
  | { readonly kind: 'land'; readonly lateBarrier: number }
  | { readonly kind: 'call'; readonly worker: number; readonly call: number; readonly answer: Answer }
  /** All answers that the worker has. `isForgotten` false: it did not see the commit and will write them again. */
  | { readonly kind: 'settle'; readonly worker: number; readonly isForgotten: boolean }
  | { readonly kind: 'release'; readonly worker: number }
  /** A release that took its snapshot before a late barrier of the batch landed, and wrote after. */
  | { readonly kind: 'releaseBeside'; readonly worker: number; readonly lateBarrier: number }
  | { readonly kind: 'crash'; readonly worker: number }
  | { readonly kind: 'freeze'; readonly worker: number }
  | { readonly kind: 'wake'; readonly worker: number }
  /** The database's clock has passed the lease, and the reaper comes. */
  | { readonly kind: 'reap'; readonly batch: number }
  /** The dead worker's journal says which calls it began; the other messages go back. */
  | { readonly kind: 'reapOrphan'; readonly batch: number }
  | { readonly kind: 'status'; readonly row: number; readonly attempt: number; readonly word: DeliveryStatus }
  | { readonly kind: 'pause'; readonly dispatch: number }
  | { readonly kind: 'resume'; readonly dispatch: number }
  | { readonly kind: 'cancel'; readonly dispatch: number }
  | { readonly kind: 'optOut'; readonly recipient: number }
  | { readonly kind: 'reachHorizon'; readonly row: number }
  /** The provider is asked and proves that it took the message, or that it did not. */
  | { readonly kind: 'lookUp'; readonly row: number; readonly isTaken: boolean }
  | { readonly kind: 'resend'; readonly row: number }
  | { readonly kind: 'loseRedis' };
export type StepKind = Step['kind'];

/** Of what a search does not tell apart, one is enough. */
export interface Scope {
  readonly answers: readonly Answer[];
  readonly words: readonly DeliveryStatus[];
}

export const EVERYTHING: Scope = { answers: EVERY_ANSWER, words: ['sent', 'delivered', 'read', 'failed'] };

/**
 * What may happen next. Wider than the engine where that is safe to allow: a lease may end at any time, a woken worker
 * may still call, a batch may be given back with calls open. What holds here holds for whatever the engine does.
 */
export function* possibleSteps(world: World, scope: Scope = EVERYTHING): Generator<Step> {
  // Idle workers are alike: the first of them stands for all.
  const idle = world.workers.findIndex(isIdle);
  for (const [index, worker] of world.workers.entries())
    if (index === idle || !isIdle(worker)) yield* stepsOfWorker(world, index, scope);
  yield* stepsOfTime(world);
  yield* stepsOfProvider(world, scope);
  yield* stepsOfPeople(world);
}

function* stepsOfWorker(world: World, worker: number, scope: Scope): Generator<Step> {
  const { isFrozen, lease, calls } = world.workers[worker]!;
  if (world.left.crashes > 0 && (lease !== null || calls.length > 0)) yield { kind: 'crash', worker };
  if (isFrozen) {
    yield { kind: 'wake', worker };
    return;
  }
  if (world.left.freezes > 0 && (lease !== null || calls.length > 0)) yield { kind: 'freeze', worker };
  if (lease === null) {
    for (const [dispatch, { hasBell }] of world.dispatches.entries())
      if (hasBell && readyBatchOf(world, dispatch) !== null) yield { kind: 'lease', worker, dispatch };
  } else {
    const rows = world.rows.flatMap((row, index) => (row.batch === lease.batch ? [index] : []));
    for (const chosen of rows.length === 1 ? [rows] : [rows, ...rows.map((row) => [row])]) {
      yield { kind: 'barrier', worker, rows: chosen, isLate: false };
      if (world.left.lateBarriers > 0) yield { kind: 'barrier', worker, rows: chosen, isLate: true };
    }
    yield { kind: 'release', worker };
    for (const [lateBarrier, late] of world.lateBarriers.entries())
      if (late.batch === lease.batch) yield { kind: 'releaseBeside', worker, lateBarrier };
  }
  for (const [call, { answer }] of calls.entries()) {
    if (answer !== null) continue;
    for (const given of scope.answers)
      if (!leadsBack(given) || world.left.proofs > 0) yield { kind: 'call', worker, call, answer: given };
  }
  if (calls.some(({ answer }) => answer !== null)) {
    yield { kind: 'settle', worker, isForgotten: true };
    if (world.left.lostSettles > 0) yield { kind: 'settle', worker, isForgotten: false };
  }
}

function* stepsOfTime(world: World): Generator<Step> {
  for (const [dispatch, { isOpen, hasBell }] of world.dispatches.entries())
    if (!hasBell && isOpen && readyBatchOf(world, dispatch) !== null) yield { kind: 'ring', dispatch };
  for (const lateBarrier of world.lateBarriers.keys()) yield { kind: 'land', lateBarrier };
  for (const [batch, { state }] of world.batches.entries())
    if (state === 'leased') yield { kind: 'reap', batch };
  for (const [batch, { isOrphan }] of world.batches.entries())
    if (isOrphan && world.left.journals > 0) yield { kind: 'reapOrphan', batch };
  if (world.left.horizons > 0) {
    for (const [row, { state }] of world.rows.entries())
      if (state === 'unknown') yield { kind: 'reachHorizon', row };
  }
  if (world.left.losses > 0) yield { kind: 'loseRedis' };
}

/** It reports on what it took, in any order and number; a failure it may also report for a call that it refused. */
function* stepsOfProvider(world: World, scope: Scope): Generator<Step> {
  for (const [row, { state, attempt, taken }] of world.rows.entries()) {
    if (state !== 'unknown') continue;
    const isTaken = taken.includes(attempt);
    // An absence is no proof while somebody may still make the call.
    if (isTaken || !isOpen(world, row, attempt)) yield { kind: 'lookUp', row, isTaken };
  }
  for (const [row, { called, taken }] of world.rows.entries()) {
    for (const attempt of called) {
      for (const word of scope.words)
        if (word === 'failed' || taken.includes(attempt)) yield { kind: 'status', row, attempt, word };
    }
  }
}

function* stepsOfPeople(world: World): Generator<Step> {
  for (const [dispatch, { isOpen }] of world.dispatches.entries()) {
    if (!isOpen) yield { kind: 'resume', dispatch };
    if (world.left.cancels > 0) yield { kind: 'cancel', dispatch };
    if (isOpen && world.left.pauses > 0) yield { kind: 'pause', dispatch };
  }
  if (world.left.optOuts > 0) {
    for (const [recipient, isOut] of world.optedOut.entries())
      if (!isOut) yield { kind: 'optOut', recipient };
  }
  if (world.left.orders > 0) {
    for (const [row, { state }] of world.rows.entries())
      if (RESENDABLE.includes(state) && world.rows[row]!.resentIn === null)
        if (!hasArrivedBefore(world, world.rows[row]!)) yield { kind: 'resend', row };
  }
}

const RESENDABLE: readonly string[] = RESENDABLE_STATES;

function isOpen(world: World, row: number, attempt: number): boolean {
  return world.workers.some(({ calls }) =>
    calls.some((call) => call.row === row && call.attempt === attempt && call.answer === null),
  );
}

function isIdle({ isFrozen, lease, calls }: Worker): boolean {
  return !isFrozen && lease === null && calls.length === 0;
}

/** The batch that a lease takes, as the statement orders them. */
export function readyBatchOf(world: World, dispatch: number): number | null {
  const index = world.batches.findIndex((batch) => batch.dispatch === dispatch && batch.state === 'ready');
  return index === -1 ? null : index;
}
