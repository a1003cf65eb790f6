import { fullAudit, type FullAudit } from '../support/auditor.js';
import type { Stack } from '../support/stack.js';
import type { Dice, Figures } from './dice.js';
import { untilStatus } from './scene.js';

/**
 * The end of most proofs: waits until the campaign has completed, holds its books against the provider's recipient by
 * recipient, and tells the figures that every fault has.
 */
export async function closeBooks(
  dice: Dice,
  stack: Stack,
  campaignId: string,
  more: Figures = {},
): Promise<FullAudit> {
  await untilStatus(stack, campaignId, 'completed');
  const books = await fullAudit(stack, campaignId);
  const { progress, ledger } = books;
  dice.tell({
    messages: progress.total,
    calls: ledger.calls,
    accepted: ledger.accepted,
    duplicates: ledger.duplicates,
    // A campaign that has completed owes nobody anything.
    lost: progress.pending + progress.inflight,
    failed: progress.failed,
    unknown: progress.unknown,
    ...more,
  });
  return books;
}
