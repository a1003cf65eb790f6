import { expect } from 'vitest';
import type { SimulatorSummary } from '../../src/simulator/control-client.js';
import type { DispatchProgress } from '../../src/ledger/dispatch.js';
import type { Stack } from './stack.js';

export interface Audit {
  readonly progress: DispatchProgress;
  readonly ledger: SimulatorSummary;
}

/**
 * Holds a campaign's database against the provider's own ledger. Promises: nothing accepted twice, every recipient in
 * one state, counters equal a recount, and what the database calls accepted is what the provider accepted, but for
 * messages that are openly unknown.
 */
export async function audit(stack: Stack, campaignId: string): Promise<Audit> {
  const dispatchId = await stack.dispatchOf(campaignId);
  // One snapshot for both: statuses keep coming in while they are compared.
  const { progress, recount } = await stack.ledger.sql.transaction(async (tx) => {
    await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    return {
      progress: await stack.ledger.progress.of(dispatchId, tx),
      recount: await stack.ledger.progress.recount(dispatchId, tx),
    };
  });
  expect(progress).toEqual(recount);
  const ledger = await stack.simulator.summary({ callbackPrefix: `${dispatchId}:` });
  expect(ledger.duplicates).toBe(0);
  const taken = progress.accepted + progress.sent + progress.delivered + progress.read;
  const maybeTaken = taken + progress.failed + progress.unknown + progress.unconfirmed + progress.inflight;
  expect(ledger.distinct).toBeGreaterThanOrEqual(taken);
  expect(ledger.distinct).toBeLessThanOrEqual(maybeTaken);
  return { progress, ledger };
}
