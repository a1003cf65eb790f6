import type { LedgerEntry } from '../../src/simulator/control-client.js';
import type { Stack } from '../support/stack.js';

/** Every call that the provider got for a campaign, in the order of their arrival. */
export async function callsFor(stack: Stack, campaignId: string): Promise<LedgerEntry[]> {
  const query = {
    callbackPrefix: `${await stack.dispatchOf(campaignId)}:`,
    everyCall: true,
    limit: 50_000,
  };
  const calls: LedgerEntry[] = [];
  let page = await stack.simulator.ledgerPage(query);
  calls.push(...page.items);
  while (page.next !== null) {
    page = await stack.simulator.ledgerPage({ ...query, after: page.next });
    calls.push(...page.items);
  }
  return calls;
}

/** From an instant (Date.now) until the first message that the provider took behind it. */
export function msUntilAccepted(calls: readonly LedgerEntry[], fromMs: number): number {
  const first = calls.find(({ accepted, receivedAtMs }) => accepted && receivedAtMs >= fromMs);
  return first === undefined ? -1 : Math.round(first.receivedAtMs - fromMs);
}

/** From the first call that was answered badly until the last before a gap in which nothing was called at all. */
export function msUntilSilence(calls: readonly LedgerEntry[], gapMs: number): number {
  const bad = calls.findIndex(({ accepted }) => !accepted);
  if (bad === -1) return -1;
  let last = bad;
  while (last + 1 < calls.length && calls[last + 1]!.receivedAtMs - calls[last]!.receivedAtMs < gapMs)
    last += 1;
  return Math.round(calls[last]!.receivedAtMs - calls[bad]!.receivedAtMs);
}
