import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../../auth/audit-log.repository.js';
import type { Principal } from '../../auth/principal.js';
import { Sql } from '../../database/sql.js';
import { DispatchStages } from '../../ledger/dispatch-stages.repository.js';
import { FailureWatches } from '../../ledger/failure-watch.repository.js';
import { GateRepository } from '../../ledger/gate.repository.js';
import type { Campaign } from '../campaign.js';
import { CampaignNotFoundError, CampaignStatusError } from '../campaign.errors.js';
import { CampaignMoveRepository } from '../campaign-move.repository.js';
import { CampaignRepository } from '../campaign.repository.js';
import { nextStatus, statusAfter } from '../campaign-state.js';
import { CampaignStartService, type CampaignStarted } from '../campaign-start.service.js';
import { CampaignTemplates } from '../campaign-template.js';
import { RunForecast } from '../run-forecast.js';
import { StageMoves } from './stage-moves.js';

/** A person looked at what a campaign was held for, and says that it may go on. */
@Injectable()
export class CampaignConfirming {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly sql: Sql,
    private readonly campaigns: CampaignRepository,
    private readonly starts: CampaignStartService,
    private readonly templates: CampaignTemplates,
    private readonly moves: CampaignMoveRepository,
    private readonly gates: GateRepository,
    private readonly watches: FailureWatches,
    private readonly stages: DispatchStages,
    private readonly stageMoves: StageMoves,
    private readonly audit: AuditLog,
    private readonly forecast: RunForecast,
  ) {}

  /** Starts what was held before it began; what had begun goes on where it was. */
  async confirm(principal: Principal, id: string): Promise<CampaignStarted> {
    const { workspaceId, keyName } = principal;
    const campaign = await this.campaigns.find(workspaceId, id);
    if (campaign === null) throw new CampaignNotFoundError(id);
    if (campaign.dispatchId === null) {
      return this.starts.start(workspaceId, id, keyName, { kind: 'confirmed', by: principal });
    }
    if (campaign.status === 'held') await this.templates.checkStarted(campaign);
    const reopened = await this.reopen(principal, id);
    this.logger.log('a held campaign was confirmed', { campaignId: id, code: campaign.holdCode });
    await this.stageMoves.ring(reopened);
    return this.answer(reopened, reopened.dispatchId!);
  }

  /**
   * In one transaction, so that what a person let pass is let pass whole: failures are counted anew, a canary that was
   * found wanting is over, and the gate is open.
   */
  private async reopen(principal: Principal, id: string): Promise<Campaign> {
    const { workspaceId, keyName } = principal;
    return this.sql.transaction(async (tx) => {
      const campaign = await this.campaigns.lock(tx, workspaceId, id);
      if (campaign === null) throw new CampaignNotFoundError(id);
      const { status, dispatchId, holdCode, statusReason, settledStage } = campaign;
      if (dispatchId === null || nextStatus(status, 'confirm') === null) {
        throw new CampaignStatusError('confirmed', status);
      }
      const details = { heldFor: statusReason, code: holdCode };
      await this.audit.add(tx, principal, { action: 'campaign.confirm', subject: id, details });
      await this.moves.move(tx, { campaignId: id, event: 'confirm', by: keyName });
      await this.watches.restart(tx, dispatchId);
      if (holdCode === 'canary') {
        const stage = settledStage?.stage ?? (await this.stages.now(dispatchId, tx));
        await this.stageMoves.next(tx, id, dispatchId, stage);
      }
      await this.gates.open(tx, { dispatchId, changedBy: keyName, reason: null });
      return { ...campaign, status: statusAfter('confirm') };
    });
  }

  private async answer(campaign: Campaign, dispatchId: string): Promise<CampaignStarted> {
    const { left, finishesAt } = await this.forecast.of(campaign, dispatchId, campaign.ratePerSecond);
    return {
      campaign: (await this.campaigns.find(campaign.workspaceId, campaign.id)) ?? campaign,
      jobId: dispatchId,
      estimatedContacts: left,
      windowClosed: 0,
      estimatedMs: finishesAt === null ? 0 : Math.max(0, Date.parse(finishesAt) - Date.now()),
      warnings: [],
    };
  }
}
