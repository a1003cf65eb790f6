import type { Canary } from './canary.js';
import { recipientsOf, type StageSize } from './stage-size.js';

/** A stage of a campaign that something is decided after, before the next begins. */
export type CampaignStage =
  | { readonly kind: 'canary'; readonly size: StageSize; readonly canary: Canary }
  | { readonly kind: 'test'; readonly size: StageSize };

/** What a campaign has stages for. */
export interface StagedPlan {
  readonly canary?: Canary | null;
  readonly winner?: { readonly testSize: StageSize } | null;
}

/** In their order; behind the last of them comes the rest of the recipients. None: it is sent as a whole. */
export function stagesOf({ canary, winner }: StagedPlan): readonly CampaignStage[] {
  const stages: CampaignStage[] = [];
  if (canary !== undefined && canary !== null) stages.push({ kind: 'canary', size: canary.size, canary });
  if (winner !== undefined && winner !== null) stages.push({ kind: 'test', size: winner.testSize });
  return stages;
}

/**
 * After how many recipients each of them ends. Whoever is in one is counted in those behind it too: a test of 1000 with
 * a canary of 100 goes to 900 more, and one that is no larger than the canary to nobody else.
 */
export function stageEndsOf(plan: StagedPlan, recipients: number): readonly number[] {
  let reached = 0;
  return stagesOf(plan).map(({ size }) => (reached = Math.max(reached, recipientsOf(size, recipients))));
}
