import { setTimeout as delay } from 'node:timers/promises';
import type { ControlClient, SimulatorSummary } from '../src/simulator/control-client.js';
import type { ApiClient } from './api-client.js';
import { progressOf, type StateCounts } from './campaign-progress.js';
import type { Screen } from './screen.js';
import { statusFaults } from './ledger-faults.js';

const LOOK_AGAIN_MS = 250;
/** Without any change for this long, what is missing will not come. */
const STALLED_AFTER_MS = 20_000;

export interface Settled {
  readonly counters: StateCounts & { readonly total: number };
  readonly ledger: SimulatorSummary;
  /** What the campaign has not taken in; empty when all came. */
  readonly missing: readonly string[];
}

/** Waits until the simulator has posted all that it has to say, and the campaign's counters have taken it in. */
export async function awaitStatuses(
  api: ApiClient,
  simulator: ControlClient,
  screen: Screen,
  campaignId: string,
  signal: AbortSignal,
): Promise<Settled> {
  let changedAtMs = performance.now();
  let last = '';
  for (;;) {
    const ledger = await simulator.summary();
    const { progress: counters } = await progressOf(api, campaignId);
    const { sent, delivered, read, failed } = ledger.statuses;
    const applied = counters.delivered + counters.read;
    screen.progress({ label: 'Statuses', done: applied, total: delivered, figures: { read: counters.read } });
    const { pending } = ledger.webhooks;
    const missing = statusFaults(counters, ledger.statuses);
    if (pending > 0) missing.push(`${pending} status updates still to be posted by the simulator`);
    if (missing.length === 0) return finish({ counters, ledger, missing });
    const now = JSON.stringify([sent, delivered, read, failed, pending, counters]);
    if (now !== last) changedAtMs = performance.now();
    last = now;
    if (performance.now() - changedAtMs > STALLED_AFTER_MS) return finish({ counters, ledger, missing });
    await delay(LOOK_AGAIN_MS, undefined, { signal });
  }

  function finish(settled: Settled): Settled {
    screen.endProgress();
    return settled;
  }
}
