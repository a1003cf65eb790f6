import type { CampaignPlan } from '../campaign.js';
import { parseCanary, parseFailureLimit } from './parse-governance.js';

type Fields = Readonly<Record<string, unknown>>;

export interface GovernanceFields {
  readonly canary?: Fields | null;
  readonly holdOnFailures?: Fields | null;
}

/** What a request says; what it says nothing of is not there, and null takes away. */
export function governanceOf({
  canary,
  holdOnFailures,
}: GovernanceFields): Pick<CampaignPlan, 'canary' | 'holdOnFailures'> {
  return {
    ...(canary === undefined ? {} : { canary: canary && parseCanary(canary) }),
    ...(holdOnFailures === undefined
      ? {}
      : { holdOnFailures: holdOnFailures && parseFailureLimit(holdOnFailures) }),
  };
}
