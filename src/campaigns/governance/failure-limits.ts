import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import type { Queryable } from '../../database/sql.js';
import { FailureWatches, type FailureAllowance } from '../../ledger/failure-watch.repository.js';
import type { Campaign } from '../campaign.js';
import { allowanceOf } from './failure-limit.js';

/** The limit of failures that a campaign has: its own, or that of the settings. */
@Injectable()
export class FailureLimits {
  constructor(
    private readonly watches: FailureWatches,
    private readonly config: Config,
  ) {}

  /** Null where none is held; its messages pay nothing then. */
  of({ holdOnFailures }: Pick<Campaign, 'holdOnFailures'>): FailureAllowance | null {
    const limit = holdOnFailures ?? this.config.engine.holdOnFailures;
    return limit === null ? null : allowanceOf(limit);
  }

  /** In the transaction that makes the dispatch, whose policy says whether it is watched. */
  async begin(tx: Queryable, campaign: Campaign, dispatchId: string): Promise<void> {
    const allowance = this.of(campaign);
    if (allowance !== null) await this.watches.begin(tx, dispatchId, allowance);
  }
}
