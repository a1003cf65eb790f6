import type { SimulatorSummary } from '../src/simulator/control-client.js';
import type { StateCounts } from './campaign-progress.js';

/**
 * Where the campaign's counters lag behind the statuses that have come true at the simulator, in words. Each message
 * counts once in the campaign, in its furthest state, and at the simulator once in every state that it came through.
 */
export function statusFaults(counters: StateCounts, statuses: SimulatorSummary['statuses']): string[] {
  const faults: string[] = [];
  const hold = (word: string, ours: number, theirs: number): void => {
    if (ours !== theirs)
      faults.push(`${theirs} messages were ${word} by the simulator, ${ours} by the campaign`);
  };
  hold('read', counters.read, statuses.read);
  hold('delivered', counters.delivered + counters.read, statuses.delivered);
  hold('sent', counters.sent + counters.delivered + counters.read, statuses.sent);
  // Among the failed are those that were refused at once, of which there is no status.
  if (counters.failed < statuses.failed) {
    faults.push(
      `${statuses.failed} messages failed later by the simulator, ${counters.failed} by the campaign`,
    );
  }
  return faults;
}

/**
 * Caudal limits the instants at which calls leave; the simulator's second holds those at which they arrive. On a busy
 * machine they arrive in bunches: as many as leave in this time may be too many in a second without any fault.
 */
const BUNCHED_MS = 100;

/** What the simulator's own books say that must not be, for a channel that may make so many calls a second. */
export function ledgerFaults(ledger: SimulatorSummary, maxPerSecond: number | undefined): string[] {
  const faults: string[] = [];
  if (ledger.accepted !== ledger.distinct) {
    faults.push(`the simulator took ${ledger.accepted} messages, ${ledger.distinct} of them different`);
  }
  if (ledger.unauthorised > 0) faults.push(`${ledger.unauthorised} calls had a wrong key`);
  if (maxPerSecond !== undefined) {
    const bunched = Math.ceil((maxPerSecond * BUNCHED_MS) / 1000);
    if (ledger.mostPerSecond > maxPerSecond + bunched) {
      faults.push(`${ledger.mostPerSecond} calls arrived in one second; the limit is ${maxPerSecond}`);
    }
  }
  return faults;
}
