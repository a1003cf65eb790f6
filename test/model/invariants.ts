import { COUNTED_STATES, type MessageState } from '../../src/ledger/message-state.js';
import type { Step } from './send-step.js';
import { hasArrivedBefore, type Row, type World } from './send-world.js';

/** How much is known of a message that left; it may only grow. Written out here, apart from the table. */
const RANK: Partial<Record<MessageState, number>> = {
  unknown: 1,
  unconfirmed: 2,
  accepted: 3,
  sent: 4,
  failed: 5,
  delivered: 6,
  read: 7,
};

/** What a step broke, in words; empty when all promises hold. */
export function brokenBy(before: World, step: Step, after: World): string[] {
  const broken: string[] = [];
  for (const [index, row] of after.rows.entries()) {
    const was = before.rows[index];
    const words = [
      ...(was === undefined ? [] : brokenByMove(before, step, was, row)),
      ...brokenInRow(after, row),
    ];
    broken.push(...words.map((word) => `message ${index} ${word}`));
  }
  for (const recipient of after.orders.keys()) broken.push(...brokenTo(after, recipient));
  return [...broken, ...wrongCounts(after)];
}

function* brokenByMove(before: World, step: Step, was: Row, is: Row): Generator<string> {
  if (was.state === is.state) return;
  const way = `went from ${was.state} to ${is.state} by ${step.kind}`;
  if (was.state === 'skipped' || was.state === 'cancelled') yield way;
  if (is.state === 'pending') {
    if (was.state !== 'inflight' || (step.kind !== 'settle' && step.kind !== 'reapOrphan')) yield way;
    if (step.kind === 'reapOrphan' && was.called.includes(was.attempt))
      yield `${way} though its call had begun`;
    if (was.taken.includes(was.attempt)) yield `${way} though the provider took it`;
  }
  if (is.state === 'inflight') {
    if (was.state !== 'pending') yield way;
    if (!before.dispatches[is.dispatch]!.isOpen) yield `${way} through a closed gate`;
    if (before.optedOut[is.recipient] === true) yield `${way} for one who opted out`;
    if (hasArrivedBefore(before, is)) yield `${way} though it is known to have arrived before`;
  }
  if ((RANK[is.state] ?? 0) < (RANK[was.state] ?? 0)) yield way;
  if (is.state === 'failed' && step.kind === 'status' && step.attempt !== is.attempt)
    yield `${way} by what was said of another attempt`;
}

function* brokenInRow({ batches }: World, row: Row): Generator<string> {
  if (row.barriers !== row.attempt) yield `passed ${row.barriers} barriers in ${row.attempt} attempts`;
  if (row.attempt > 1 + row.proofs + row.handBacks) yield `has attempt ${row.attempt} without a proof`;
  const { state } = batches[row.batch]!;
  // Else nobody would find it: the reaper looks into leased batches only, and progress counts inflight there.
  if (row.state === 'inflight' && state !== 'leased') yield `is inflight in a batch that is ${state}`;
  if (row.state === 'unknown' && row.resentIn !== null) yield 'is unknown though it was resent';
  if (row.state === 'pending' && state === 'done') yield 'is pending in a batch that is done';
}

function* brokenTo(world: World, recipient: number): Generator<string> {
  const orders = world.orders[recipient]!;
  let [calls, taken, proofs] = [0, 0, 0];
  for (const row of world.rows) {
    if (row.recipient !== recipient) continue;
    calls += row.called.length;
    taken += row.taken.length;
    proofs += row.proofs;
  }
  if (calls > 1 + proofs + orders)
    yield `recipient ${recipient} was called for ${calls} times with ${proofs} proofs and ${orders} orders`;
  const newest = world.rows.filter((row) => row.recipient === recipient && row.resentIn === null);
  if (newest.length !== 1) yield `recipient ${recipient} counts ${newest.length} times`;
  if (taken > 1 + orders) yield `recipient ${recipient} got it ${taken} times with ${orders} orders`;
}

function* wrongCounts(world: World): Generator<string> {
  for (const [index, { counters }] of world.dispatches.entries()) {
    const left = { ...counters, pending: 0, inflight: 0 };
    for (const row of world.rows) if (row.dispatch === index) left[row.state] -= 1;
    for (const state of COUNTED_STATES)
      if (left[state] !== 0)
        yield `dispatch ${index} counts ${counters[state]} ${state}, a recount differs by ${left[state]}`;
  }
}
