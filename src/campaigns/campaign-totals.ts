import { Injectable } from '@nestjs/common';
import { CampaignProgressRepository } from '../ledger/campaign-progress.repository.js';
import type { DispatchProgress } from '../ledger/dispatch.js';
import { ProgressRepository, type BatchCounts } from '../ledger/progress.repository.js';
import { ResendRepository } from '../ledger/resend.repository.js';
import type { Campaign } from './campaign.js';
import { CampaignMetricsRepository } from './campaign-metrics.repository.js';
import { NO_BATCHES, NO_PROGRESS } from './campaign-status.js';

export interface Totals {
  readonly counts: DispatchProgress;
  /** Of the dispatch that is being sent, or was last. */
  readonly current: DispatchProgress;
  readonly batches: BatchCounts;
  /** Batches with a failed message. */
  readonly failedBatches: number;
}

/** Where every recipient of a campaign is, each counted once: by the newest row, where some were sent again. */
@Injectable()
export class CampaignTotals {
  constructor(
    private readonly progress: ProgressRepository,
    private readonly whole: CampaignProgressRepository,
    private readonly resends: ResendRepository,
    private readonly measured: CampaignMetricsRepository,
  ) {}

  async of({ id, dispatchId, resends }: Campaign): Promise<Totals> {
    if (dispatchId === null) {
      return { counts: NO_PROGRESS, current: NO_PROGRESS, batches: NO_BATCHES, failedBatches: 0 };
    }
    if (resends > 0) return this.ofAll(id, dispatchId);
    const [counts, batches, failedBatches] = await Promise.all([
      this.progress.of(dispatchId),
      this.progress.batches(dispatchId),
      this.measured.failedBatches(dispatchId),
    ]);
    return { counts, current: counts, batches, failedBatches };
  }

  private async ofAll(campaignId: string, dispatchId: string): Promise<Totals> {
    const [counts, current, batches, failedBatches] = await Promise.all([
      this.whole.of(campaignId),
      this.progress.of(dispatchId),
      this.whole.batches(campaignId),
      this.failedBatches(campaignId),
    ]);
    return { counts, current, batches, failedBatches };
  }

  private async failedBatches(campaignId: string): Promise<number> {
    const dispatchIds = await this.resends.dispatchesOf(campaignId);
    const failed = await Promise.all(dispatchIds.map((id) => this.measured.failedBatches(id)));
    return failed.reduce((sum, one) => sum + one, 0);
  }
}
