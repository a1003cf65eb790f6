import { Injectable } from '@nestjs/common';
import { AuditLog } from '../auth/audit-log.repository.js';
import type { Principal } from '../auth/principal.js';
import { Config } from '../config/config.js';
import { Sql, type Queryable } from '../database/sql.js';
import { Outbox } from '../events/outbox.js';
import { BatchMoves } from '../ledger/batch-move.repository.js';
import { DispatchRateRepository } from '../ledger/dispatch-rate.repository.js';
import { transactionalPolicy } from '../ledger/dispatch-policy.js';
import { DispatchRepository } from '../ledger/dispatch.repository.js';
import type { DispatchPolicy } from '../ledger/dispatch.js';
import type { MessageCategory } from '../ledger/suppression.js';
import type { Campaign } from './campaign.js';
import { capOf } from './governance/frequency-cap-request.js';
import { CampaignNotFoundError, CampaignStatusError } from './campaign.errors.js';
import { CampaignMoveRepository } from './campaign-move.repository.js';
import type { CampaignSurvey } from './campaign-survey.js';
import { CampaignRepository } from './campaign.repository.js';
import { eventOf, refuseStart, type StartOrder } from './start-order.js';
import { GovernanceOpening } from './governance/governance-opening.js';
import { WindowPlacing } from './windows/window-placing.js';
import { dispatchContentOf } from './variants/variant.js';

/** Makes a draft a run: status, dispatch and event in one transaction. */
@Injectable()
export class CampaignOpening {
  constructor(
    private readonly sql: Sql,
    private readonly campaigns: CampaignRepository,
    private readonly moves: CampaignMoveRepository,
    private readonly dispatches: DispatchRepository,
    private readonly rates: DispatchRateRepository,
    private readonly batchMoves: BatchMoves,
    private readonly placing: WindowPlacing,
    private readonly governance: GovernanceOpening,
    private readonly audit: AuditLog,
    private readonly outbox: Outbox,
    private readonly config: Config,
  ) {}

  /**
   * Decided under the campaign's lock, and only for the plan that was surveyed: of two starts at once, one wins. Its
   * category is the surveyed one, which may be that of its template.
   */
  async open(
    surveyed: Campaign,
    channelIds: readonly string[],
    survey: CampaignSurvey,
    startedBy: string,
    order: StartOrder,
  ): Promise<Campaign> {
    const { id, workspaceId } = surveyed;
    return this.sql.transaction(async (tx) => {
      const campaign = await this.campaigns.lock(tx, workspaceId, id);
      if (campaign === null) throw new CampaignNotFoundError(id);
      refuseStart(campaign, order);
      if (campaign.updatedAt.getTime() !== surveyed.updatedAt.getTime()) {
        throw new CampaignStatusError(
          'started',
          campaign.status,
          'somebody just changed it; look and start again.',
        );
      }
      const dispatchId = await this.dispatches.create(tx, {
        workspaceId,
        kind: isOfTickets(campaign) ? 'bulk' : 'run',
        campaignId: id,
        category: surveyed.category,
        content: dispatchContentOf(campaign),
        policy: this.governance.policyOf(campaign, this.policyOf(campaign, surveyed.category)),
        createdBy: startedBy,
      });
      if (campaign.ratePerSecond !== null) await this.rates.set(dispatchId, campaign.ratePerSecond, tx);
      if (campaign.weight !== 1) await this.rates.setWeight(dispatchId, campaign.weight, tx);
      if (campaign.pacing !== null) await this.rates.setPacing(dispatchId, campaign.pacing, tx);
      if (channelIds.length > 1) await this.batchMoves.allow(tx, dispatchId, channelIds);
      await this.moves.move(tx, { campaignId: id, event: eventOf(order), by: startedBy });
      await this.moves.begin(tx, id, {
        dispatchId,
        channelIds,
        category: surveyed.category,
        expected: survey.recipients,
        until: survey.lastPosition,
      });
      if (survey.audience.kind === 'conditions') await this.campaigns.keepAudience(tx, id, survey.audience);
      await this.placing.begin(tx, id);
      await this.governance.begin(tx, campaign, dispatchId, survey.recipients);
      if (order.kind === 'confirmed') await this.record(tx, campaign, order.by);
      const payload = { campaignId: id, name: campaign.name, recipients: survey.recipients };
      await this.outbox.add(tx, { workspaceId, type: 'campaign.started', payload });
      return (await this.campaigns.find(workspaceId, id, tx))!;
    });
  }

  private async record(tx: Queryable, { id, statusReason }: Campaign, by: Principal): Promise<void> {
    const details = { heldFor: statusReason };
    await this.audit.add(tx, by, { action: 'campaign.confirm', subject: id, details });
  }

  private policyOf(campaign: Campaign, category: MessageCategory): DispatchPolicy {
    if (isOfTickets(campaign)) return transactionalPolicy(this.config.engine);
    const { campaignTries, retryBaseMs, retryMaxMs, frequencyCap } = this.config.engine;
    const cap = capOf(campaign.frequencyCap, category, frequencyCap);
    return { maxTries: campaignTries, retryBaseMs, retryMaxMs, ...cap };
  }
}

/** Somebody waits for a ticket: it is tried again as single messages are. */
function isOfTickets({ audience }: Campaign): boolean {
  return audience.kind === 'event';
}
