import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../database/sql.js';
import { DispatchStages } from '../../ledger/dispatch-stages.repository.js';
import type { DispatchPolicy } from '../../ledger/dispatch.js';
import type { Campaign } from '../campaign.js';
import { stageEndsOf } from './campaign-stages.js';
import { FailureLimits } from './failure-limits.js';

/** Gives the dispatch of a campaign its stages and its limit of failures, where it has any. */
@Injectable()
export class GovernanceOpening {
  constructor(
    private readonly stages: DispatchStages,
    private readonly limits: FailureLimits,
  ) {}

  /** Settles go by the policy, so that those of all other dispatches pay nothing. */
  policyOf(campaign: Campaign, policy: DispatchPolicy): DispatchPolicy {
    return this.limits.of(campaign) === null ? policy : { ...policy, isWatched: true };
  }

  /** In the transaction that makes the dispatch. A part of its recipients is a part of those that it has then. */
  async begin(tx: Queryable, campaign: Campaign, dispatchId: string, recipients: number): Promise<void> {
    const ends = stageEndsOf(campaign, recipients);
    if (ends.length > 0) await this.stages.begin(tx, dispatchId, ends);
    await this.limits.begin(tx, campaign, dispatchId);
  }
}
