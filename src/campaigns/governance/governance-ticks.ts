import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { Sql } from '../../database/sql.js';
import { DispatchStages } from '../../ledger/dispatch-stages.repository.js';
import { FailureWatches } from '../../ledger/failure-watch.repository.js';
import type { Campaign } from '../campaign.js';
import { CampaignRepository } from '../campaign.repository.js';
import { CampaignStatusService } from '../campaign-status.service.js';
import { CampaignHolding } from './campaign-holding.js';
import { stagesOf } from './campaign-stages.js';
import { judgeCanary, type Canary } from './canary.js';
import { failureReason } from './failure-limit.js';
import {
  GovernanceRepository,
  type FailingCampaign,
  type RefusedCampaign,
  type StagedCampaign,
} from './governance.repository.js';
import { StageMoves } from './stage-moves.js';

/** As whom a campaign is held where nobody did it. */
const BY = 'Caudal';

/**
 * Decides about campaigns that watch themselves: those whose failures crossed their limit are held (their gate was
 * closed with the outcome too many), so are those whose message is refused for everybody, and those whose canary is settled go on or are held. In any number of processes at
 * once: each decision is made under the campaign's lock, and only where it is still to be made.
 */
@Injectable()
export class GovernanceTicks {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly sql: Sql,
    private readonly governance: GovernanceRepository,
    private readonly watches: FailureWatches,
    private readonly stages: DispatchStages,
    private readonly campaigns: CampaignRepository,
    private readonly holding: CampaignHolding,
    private readonly moves: StageMoves,
    private readonly statuses: CampaignStatusService,
    private readonly clock: Clock,
  ) {}

  async run(): Promise<void> {
    await this.watches.takeLate();
    for (const campaign of await this.governance.failing()) {
      await this.guarded(campaign.id, () => this.holdFailing(campaign));
    }
    for (const campaign of await this.governance.refused()) {
      await this.guarded(campaign.id, () => this.holdRefused(campaign));
    }
    for (const campaign of await this.governance.staged()) {
      await this.guarded(campaign.id, () => this.lookAtStage(campaign));
    }
  }

  /** One that cannot be decided keeps no other waiting. */
  private async guarded(campaignId: string, decide: () => Promise<unknown>): Promise<void> {
    await decide().catch((error: unknown) => {
      this.logger.warn(`a campaign could not be looked at: ${(error as Error).message}`, { campaignId });
    });
  }

  private async holdFailing({ id, workspaceId, dispatchId, ...allowance }: FailingCampaign): Promise<void> {
    const reason = failureReason(allowance);
    await this.holding.hold({ workspaceId, campaignId: id, code: 'failure_rate', reason, by: BY }, (tx) =>
      this.watches.isCrossed(tx, dispatchId),
    );
  }

  private async holdRefused({ id, workspaceId, dispatchId, what }: RefusedCampaign): Promise<void> {
    const reason = `The provider refused ${what} Mend it; then confirm it, or stop it.`;
    await this.holding.hold({ workspaceId, campaignId: id, code: 'refused', reason, by: BY }, (tx) =>
      this.governance.isRefused(tx, dispatchId),
    );
  }

  private async lookAtStage(staged: StagedCampaign): Promise<void> {
    const { id, workspaceId, dispatchId, isPrepared } = staged;
    if (staged.stageSettledAt === null) {
      if ((await this.stages.settled(dispatchId, isPrepared)) === null) return;
      if (await this.governance.noteSettled(id, dispatchId)) this.statuses.forget(workspaceId, id);
    }
    const campaign = await this.campaigns.find(workspaceId, id);
    if (campaign === null || campaign.settledStage === null) return;
    const stage = stagesOf(campaign)[campaign.settledStage.stage];
    // Of a test, whoever chooses its winner lets the rest begin.
    if (stage?.kind === 'canary') await this.decideCanary(campaign, stage.canary);
  }

  private async decideCanary(campaign: Campaign, canary: Canary): Promise<void> {
    const { id, workspaceId, category } = campaign;
    const dispatchId = campaign.dispatchId!;
    const { stage, at } = campaign.settledStage!;
    if (this.clock.nowMs() < at.getTime() + canary.waitMs) return;
    const figures = await this.governance.figures(dispatchId, category);
    const verdict = judgeCanary(canary, figures);
    if (verdict.kind === 'hold') {
      const hold = { workspaceId, campaignId: id, code: 'canary', reason: verdict.reason, by: BY } as const;
      await this.holding.hold(hold, async (tx) => (await this.stages.now(dispatchId, tx)) === stage);
      return;
    }
    const hasMoved = await this.sql.transaction(async (tx) => {
      const known = await this.campaigns.lock(tx, workspaceId, id);
      return known?.status === 'sending' && (await this.moves.next(tx, id, dispatchId, stage));
    });
    if (!hasMoved) return;
    this.logger.log('a campaign goes on behind its canary', { campaignId: id, ...figures });
    await this.moves.ring(campaign);
  }
}
