import type { Behaviour } from './behaviour.js';
import type { FailureCode } from './message-life.js';
import { drawFailure } from './message-life.js';
import type { SeededRandom } from './seeded-random.js';

/** What a number's behaviour has in store for one call. */
export type Fate =
  | { kind: 'accept'; failure: FailureCode | undefined }
  | { kind: 'throttle' }
  | { kind: 'refuse' }
  | { kind: 'lose'; processed: boolean; by: 'reset' | 'error' | 'hang' };

const THROTTLE: Fate = { kind: 'throttle' };
const REFUSE: Fate = { kind: 'refuse' };
const ACCEPT: Fate = { kind: 'accept', failure: undefined };

/** Draws always the same number of times, so that one rate does not disturb what another decides. */
export function drawFate(behaviour: Behaviour, random: SeededRandom): Fate {
  const throttled = random.chance(behaviour.throttleRate);
  const lost = random.chance(behaviour.unknownRate);
  const failing = random.chance(behaviour.failureRate);
  const firstHalf = random.chance(0.5);
  const way = random.next();
  const failure = drawFailure(random);
  if (throttled) return THROTTLE;
  if (lost)
    return { kind: 'lose', processed: firstHalf, by: way < 1 / 3 ? 'reset' : way < 2 / 3 ? 'error' : 'hang' };
  if (failing) return firstHalf ? REFUSE : { kind: 'accept', failure };
  return ACCEPT;
}

/** A number from the part of the correlation id that stays the same when a campaign is run again: seq and attempt. */
export function fateTextOf(to: string, callbackData: string): string | undefined {
  if (callbackData === '') return undefined;
  const last = callbackData.lastIndexOf(':');
  const secondLast = last > 0 ? callbackData.lastIndexOf(':', last - 1) : -1;
  return `${to}|${callbackData.slice(secondLast + 1)}`;
}
