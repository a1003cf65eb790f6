import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFailed, onTestFinished } from 'vitest';
import type { ScriptedFault } from '../../src/simulator/control-client.js';
import type { Stack } from '../support/stack.js';

export const LEASE_MS = 3000;
const SEND_TIMEOUT_MS = 1000;
/** Of one process to one channel: what a kill can leave open at most. */
export const MAX_OPEN_CALLS = 64;

/** Short leases, so that a proof lives through many of them. */
export const SHORT_LEASES = {
  CAUDAL_LEASE_MS: String(LEASE_MS),
  CAUDAL_SEND_TIMEOUT_MS: String(SEND_TIMEOUT_MS),
  CAUDAL_TURN_MS: '500',
  CAUDAL_RETRY_BASE_MS: '200',
  CAUDAL_BREAKER_OPEN_MS: '500',
  CAUDAL_MAX_OPEN_CALLS: String(MAX_OPEN_CALLS),
  // Processes are started by the dozen here, and compiling is half of a start.
  NODE_COMPILE_CACHE: join(tmpdir(), 'caudal-chaos-compile-cache'),
};

/** One call in ten goes wrong, in every way that a provider has; a quarter of them after the message was taken. */
export const EVERY_WAY: readonly ScriptedFault[] = [
  // First in the list, so that it strikes before a byte of the body is read.
  { kind: 'resetBeforeRead', rate: 0.01 },
  { kind: 'resetAfterRead', rate: 0.01 },
  { kind: 'halfBody', rate: 0.01 },
  { kind: 'closeNoAnswer', rate: 0.01 },
  { kind: 'hang', rate: 0.005, processed: true },
  { kind: 'hang', rate: 0.005, processed: false },
  { kind: 'error', status: 429, code: 131056, retryAfterSeconds: 1, rate: 0.015 },
  { kind: 'error', status: 429, code: 130429, retryAfterSeconds: 1, count: 2 },
  { kind: 'error', status: 400, code: 131026, rate: 0.01 },
  { kind: 'error', status: 500, rate: 0.01, processed: true },
  { kind: 'error', status: 500, rate: 0.01, processed: false },
  { kind: 'page502', rate: 0.005, processed: true },
  { kind: 'page502', rate: 0.005, processed: false },
];

const WAIT = { timeout: 120_000, interval: 50 };

export async function callsOf(stack: Stack, campaignId: string): Promise<number> {
  const dispatchId = await stack.dispatchOf(campaignId);
  return (await stack.simulator.summary({ callbackPrefix: `${dispatchId}:` })).calls;
}

export async function untilCalls(stack: Stack, campaignId: string, atLeast: number): Promise<void> {
  await expect.poll(() => callsOf(stack, campaignId), WAIT).toBeGreaterThanOrEqual(atLeast);
}

export async function untilStatus(stack: Stack, campaignId: string, status: string): Promise<void> {
  await expect.poll(async () => (await stack.status(campaignId)).status, WAIT).toBe(status);
}

/** Does `strike` again and again at this pace, until it is told to stop or the test ends; waits for the last one. */
export function repeatedly(everyMs: number, strike: () => Promise<void>): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await strike();
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  const stop = (): Promise<void> => {
    stopping.abort();
    return running;
  };
  onTestFinished(stop);
  return { stop };
}

/** For how long leases are over and nobody has taken their batches, at worst; sampled until told to stop. */
export function watchLeases(stack: Stack): { stop(): Promise<number> } {
  let worstMs = 0;
  const watch = repeatedly(100, async () => {
    const [row] = await stack.ledger.sql.query<{ ms: number }>(
      `SELECT coalesce(max(extract(epoch FROM now() - lease_until)) * 1000, 0)::int AS ms
       FROM batches WHERE state = 'leased'`,
    );
    worstMs = Math.max(worstMs, row!.ms);
  });
  return { stop: () => watch.stop().then(() => worstMs) };
}

/** When the running test fails, what the processes wrote is kept and the place is printed. */
export function keepLogsOnFailure(stack: Stack): void {
  onTestFailed(() => {
    const folder = mkdtempSync(join(tmpdir(), 'caudal-chaos-logs-'));
    stack.processes.forEach((process, index) => {
      writeFileSync(join(folder, `${index}-${process.pid}.log`), process.output());
    });
    process.stdout.write(`the logs of the processes are in ${folder}\n`);
  });
}
