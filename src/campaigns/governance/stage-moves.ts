import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../database/sql.js';
import { DispatchStages } from '../../ledger/dispatch-stages.repository.js';
import { BellRinger } from '../../queue/bell-ringer.js';
import type { Campaign } from '../campaign.js';
import { CampaignStatusService } from '../campaign-status.service.js';
import { GovernanceRepository } from './governance.repository.js';

/** Lets the stage of a campaign begin that comes behind one which was decided. */
@Injectable()
export class StageMoves {
  constructor(
    private readonly stages: DispatchStages,
    private readonly governance: GovernanceRepository,
    private readonly bells: BellRinger,
    private readonly statuses: CampaignStatusService,
  ) {}

  /** Under the campaign's lock. Whether it did: not where somebody else did. */
  async next(tx: Queryable, campaignId: string, dispatchId: string, stage: number): Promise<boolean> {
    if (!(await this.stages.advance(tx, { dispatchId, stage }))) return false;
    await this.governance.beginStage(tx, campaignId);
    return true;
  }

  /** After the commit. */
  async ring({ workspaceId, id, dispatchId, channelIds }: Campaign): Promise<void> {
    this.statuses.forget(workspaceId, id);
    if (dispatchId === null) return;
    for (const channelId of channelIds) await this.bells.ring(dispatchId, channelId);
  }
}
