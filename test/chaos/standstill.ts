import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Stack } from '../support/stack.js';

/** Nothing was sent for this long: nothing is sent. */
const STANDSTILL_MS = 1000;
const WAIT = { timeout: 120_000, interval: 20 };

/** How many calls the provider has seen of a campaign. Only the provider is asked: all else may be down. */
export async function callCounter(stack: Stack, campaignId: string): Promise<() => Promise<number>> {
  const callbackPrefix = `${await stack.dispatchOf(campaignId)}:`;
  return async () => (await stack.simulator.summary({ callbackPrefix })).calls;
}

/** Waits until one call more is made, unless all of them were; how long that took. */
export async function untilMore(calls: () => Promise<number>, all = Infinity): Promise<number> {
  const beganAt = performance.now();
  const before = await calls();
  if (before >= all) return 0;
  await expect.poll(calls, WAIT).toBeGreaterThan(before);
  return Math.round(performance.now() - beganAt);
}

/** Waits until none is made any more; how long they went on. */
export async function untilStandstill(calls: () => Promise<number>): Promise<number> {
  const beganAt = performance.now();
  let lastAt = beganAt;
  let last = await calls();
  await expect
    .poll(async () => {
      const now = await calls();
      if (now !== last) [last, lastAt] = [now, performance.now()];
      return performance.now() - lastAt;
    }, WAIT)
    .toBeGreaterThan(STANDSTILL_MS);
  return Math.round(lastAt - beganAt);
}

/** Calls a second. */
export async function rateOver(calls: () => Promise<number>, ms: number): Promise<number> {
  const beganAt = performance.now();
  const before = await calls();
  await delay(ms);
  return Math.round((((await calls()) - before) / (performance.now() - beganAt)) * 1000);
}
