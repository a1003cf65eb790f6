import { MESSAGE_STATES } from '../../src/ledger/message-state.js';
import { brokenBy } from './invariants.js';
import { possibleSteps, type Scope, type Step } from './send-step.js';
import { isHeld, type Worker, type World } from './send-world.js';
import { takeStep } from './take-step.js';

export interface Found {
  readonly states: number;
  readonly steps: number;
  /** The shortest way to a broken promise, and its words; null when there is none. */
  readonly broken: { readonly trace: readonly Step[]; readonly words: readonly string[] } | null;
}

/** Visits every world that can be reached, nearest first, each once. */
export function searchAll(start: World, scope: Scope): Found {
  const seen = new Seen();
  seen.isNews(start);
  let frontier: Visit[] = [{ world: start, step: null, from: null }];
  let steps = 0;
  while (frontier.length > 0) {
    const next: Visit[] = [];
    for (const visit of frontier) {
      for (const step of possibleSteps(visit.world, scope)) {
        const world = takeStep(visit.world, step);
        steps += 1;
        if (world === visit.world) continue;
        const reached = { world, step, from: visit };
        const words = brokenBy(visit.world, step, world);
        if (words.length > 0)
          return { states: seen.count, steps, broken: { trace: traceOf(reached), words } };
        if (seen.isNews(world)) next.push(reached);
      }
    }
    frontier = next;
  }
  return { states: seen.count, steps, broken: null };
}

/** What was visited. A world that differs from one of them only by fewer faults to come can do nothing that is new. */
class Seen {
  count = 0;
  private readonly faultsLeft = new Map<string, number[][]>();

  isNews(world: World): boolean {
    const key = keyOf(world);
    const left = Object.values(world.left);
    const known = this.faultsLeft.get(key);
    if (known?.some((more) => more.every((count, index) => count >= left[index]!)) === true) return false;
    if (known === undefined) this.faultsLeft.set(key, [left]);
    else known.push(left);
    this.count += 1;
    return true;
  }
}

interface Visit {
  readonly world: World;
  readonly step: Step | null;
  readonly from: Visit | null;
}

function traceOf(visit: Visit): Step[] {
  const steps: Step[] = [];
  for (let at: Visit | null = visit; at?.step != null; at = at.from) steps.push(at.step);
  return steps.toReversed();
}

/**
 * Equal for worlds that nothing can tell apart later. Fences are compared only for being current, and grow for ever:
 * what counts is whether a lease still holds. Workers are alike, and so are messages of one batch: their order does
 * not count. Counters follow from the states as long as the promises hold, and a step that breaks them is caught
 * before it gets here.
 */
function keyOf(world: World): string {
  const straight = keyInOrder(world, (row) => row);
  if (world.rows.length !== 2 || world.batches.length !== 1) return straight;
  const swapped = keyInOrder(world, (row) => 1 - row);
  return straight < swapped ? straight : swapped;
}

function keyInOrder(world: World, order: (row: number) => number): string {
  let key = '';
  for (let index = 0; index < world.rows.length; index += 1) {
    const { recipient, state, attempt, tries, called, taken, resentIn } = world.rows[order(index)]!;
    key += `${MESSAGE_STATES.indexOf(state)},${attempt}${tries}${resentIn === null ? '' : 'r'}`;
    for (const one of called) key += taken.includes(one) ? `+${one}` : `-${one}`;
    if (world.optedOut[recipient] === true) key += 'x';
    key += `${world.orders[recipient]};`;
  }
  for (const { state, isOrphan } of world.batches) key += isOrphan ? 'O' : state[0];
  for (const { isOpen, hasBell } of world.dispatches)
    key += isOpen ? (hasBell ? 'B' : 'o') : hasBell ? 'b' : 'c';
  return `${key}|${inAnyOrder(world.workers.map((worker) => memoryKey(world, worker, order)))}|${inAnyOrder(
    world.lateBarriers
      .filter((barrier) => isHeld(world, barrier))
      .map(({ rows }) => inAnyOrder(rows.map((row) => `${order(row)}`))),
  )}`;
}

function memoryKey(world: World, { isFrozen, lease, calls }: Worker, order: (row: number) => number): string {
  const leased = lease === null ? '' : isHeld(world, lease) ? `${lease.batch}` : '-';
  const memory = inAnyOrder(
    calls.map(({ row, attempt, answer }) => `${order(row)}${attempt}${answer ?? ''}`),
  );
  return isFrozen ? `z${leased}:${memory}` : `${leased}:${memory}`;
}

function inAnyOrder(words: string[]): string {
  return words.length < 2 ? (words[0] ?? '') : words.sort().join(';');
}
