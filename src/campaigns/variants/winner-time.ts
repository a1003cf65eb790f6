import type { Campaign } from '../campaign.js';
import { stagesOf } from '../governance/campaign-stages.js';
import { recipientsOf } from '../governance/stage-size.js';

/** The stage of the test, which is the last one before the rest. */
export function testStageOf(campaign: Campaign): number {
  return stagesOf(campaign).length - 1;
}

/** When the winner is chosen of a campaign whose test is over; null of all others. */
export function decidesAt(campaign: Campaign): Date | null {
  const { winner, settledStage } = campaign;
  if (winner === null || settledStage === null || settledStage.stage !== testStageOf(campaign)) return null;
  return new Date(settledStage.at.getTime() + winner.afterMinutes * 60_000);
}

/** How long nothing is sent because a test is waited for: not at all where everybody is part of it. */
export function testWaitMs({ winner }: Pick<Campaign, 'winner'>, recipients: number): number {
  if (winner === null || recipientsOf(winner.testSize, recipients) >= recipients) return 0;
  return winner.afterMinutes * 60_000;
}
