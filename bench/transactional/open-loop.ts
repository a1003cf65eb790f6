import { setTimeout as delay } from 'node:timers/promises';
import { instantMs } from '../../src/simulator/instant.js';

export interface OpenLoop {
  /** When each was to begin, on the clock that the simulator has too; whether or not anything answered before. */
  readonly intendedMs: readonly number[];
  /** From the intended instant to the answer, so that a server which stalls is charged for all that it kept waiting. */
  readonly latenciesMs: readonly number[];
  /** When the last answer was there. */
  readonly answeredAtMs: number;
}

/** Calls at a fixed pace for a while, however long the answers take. */
export async function openLoop(
  perSecond: number,
  seconds: number,
  call: (nth: number) => Promise<void>,
): Promise<OpenLoop> {
  const intendedMs: number[] = [];
  const calls: Promise<number>[] = [];
  const startMs = instantMs();
  const begin = async (dueMs: number): Promise<number> => {
    await call(calls.length);
    return instantMs() - dueMs;
  };
  while (calls.length < perSecond * seconds) {
    const dueMs = startMs + (calls.length * 1000) / perSecond;
    if (instantMs() < dueMs) {
      await delay(1);
      continue;
    }
    intendedMs.push(dueMs);
    const one = begin(dueMs);
    // Told by Promise.all when all have begun; until then a failure is nobody's.
    one.catch(() => undefined);
    calls.push(one);
  }
  const latenciesMs = await Promise.all(calls);
  return { intendedMs, latenciesMs, answeredAtMs: instantMs() };
}
