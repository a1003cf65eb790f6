import type { Behaviour } from './behaviour.js';
import type { SeededRandom } from './seeded-random.js';
import type { EventKind } from './status-event.js';
import { encodeEvent } from './status-event.js';
import type { TimeWheel } from './time-wheel.js';

/** Codes that a failed status may carry; the ledger keeps the index. */
export const FAILURE_CODES = [131026, 130472, 131049, 131047] as const;

export type FailureCode = (typeof FAILURE_CODES)[number];

/** Mostly undeliverable, sometimes an experiment or the marketing cap. */
export function drawFailure(random: SeededRandom): FailureCode {
  const draw = random.next();
  if (draw < 0.6) return 131026;
  return draw < 0.8 ? 130472 : 131049;
}

export interface PlannedLife {
  /** Updates put on the wheel. */
  scheduled: number;
  /** Statuses that will never be posted. */
  dropped: number;
}

interface Step {
  kind: EventKind;
  atMs: number;
}

/** Puts all that will happen to an accepted message on the wheel at once: what, when, how often, or never. */
export function planLife(
  row: number,
  failing: boolean,
  behaviour: Behaviour,
  random: SeededRandom,
  wheel: TimeWheel<number>,
): PlannedLife {
  const steps = drawSteps(failing, behaviour, random);
  const postedMs = steps.map(({ atMs }) => atMs);
  if (behaviour.shuffleStatuses) shuffle(postedMs, random);
  let scheduled = 0;
  let dropped = 0;
  for (const [at, { kind, atMs }] of steps.entries()) {
    const event = encodeEvent(row, kind, atMs / 1000);
    const drop = random.chance(behaviour.dropStatusRate);
    const late = random.chance(behaviour.lateStatusRate);
    const doubled = random.chance(behaviour.duplicateStatusRate);
    if (drop && kind !== 'reply') {
      dropped++;
      continue;
    }
    const delayMs = postedMs[at]! + (late && kind !== 'reply' ? behaviour.lateStatusMs : 0);
    wheel.add(delayMs, event);
    scheduled++;
    if (doubled && kind !== 'reply') {
      wheel.add(delayMs + behaviour.statusDelayMs * random.next(), event);
      scheduled++;
    }
  }
  return { scheduled, dropped };
}

function drawSteps(failing: boolean, behaviour: Behaviour, random: SeededRandom): Step[] {
  let atMs = 0;
  const step = (kind: EventKind): Step => {
    atMs += behaviour.statusDelayMs * (0.5 + random.next());
    return { kind, atMs };
  };
  if (failing) return [step('failed')];
  const steps = [step('sent')];
  if (!random.chance(behaviour.deliveredRate)) return steps;
  steps.push(step('delivered'));
  if (random.chance(behaviour.readRate)) steps.push(step('read'));
  if (random.chance(behaviour.replyRate)) steps.push(step('reply'));
  return steps;
}

function shuffle(values: number[], random: SeededRandom): void {
  for (let at = values.length - 1; at > 0; at--) {
    const other = Math.floor(random.next() * (at + 1));
    [values[at], values[other]] = [values[other]!, values[at]!];
  }
}
