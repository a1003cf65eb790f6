import { Injectable, Logger } from '@nestjs/common';
import { Sql, type Queryable } from '../../database/sql.js';
import { Outbox } from '../../events/outbox.js';
import { GateRepository } from '../../ledger/gate.repository.js';
import type { Campaign } from '../campaign.js';
import { CampaignMoveRepository } from '../campaign-move.repository.js';
import { maySend, type HoldCode } from '../campaign-state.js';
import { CampaignStatusService } from '../campaign-status.service.js';
import { CampaignRepository } from '../campaign.repository.js';

export interface Hold {
  readonly workspaceId: string;
  readonly campaignId: string;
  readonly code: HoldCode;
  /** A sentence for people, with its figures. */
  readonly reason: string;
  /** Who wants it; "Caudal" where nobody did. */
  readonly by: string;
}

/** Puts a campaign into the state that only a person's word leads out of: /confirm, or queue-stop. */
@Injectable()
export class CampaignHolding {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly sql: Sql,
    private readonly campaigns: CampaignRepository,
    private readonly moves: CampaignMoveRepository,
    private readonly gates: GateRepository,
    private readonly outbox: Outbox,
    private readonly statuses: CampaignStatusService,
  ) {}

  /**
   * After it returned true nothing of the campaign begins any more; what has begun settles as behind a pause. False where
   * there is nothing to hold: it is over, about to stop, or held already, and then for what it was held first. Two
   * transactions for the sake of the gate, as with a pause; a process that dies between them leaves a gate that is being
   * closed, which no barrier passes. `stillSo` is asked under the campaign's lock.
   */
  async hold(hold: Hold, stillSo: (tx: Queryable) => Promise<boolean> = async () => true): Promise<boolean> {
    const { workspaceId, campaignId, by, code, reason } = hold;
    const held = await this.sql.transaction(async (tx) => {
      const campaign = await this.campaigns.lock(tx, workspaceId, campaignId);
      if (campaign === null || !(await stillSo(tx))) return null;
      const move = { campaignId, event: 'hold', by, reason, holdCode: code } as const;
      if (!(await this.moves.move(tx, move))) return null;
      if (campaign.dispatchId !== null) await this.gates.announceClose(tx, campaign.dispatchId);
      const payload = { campaignId, name: campaign.name, code, reason };
      await this.outbox.add(tx, { workspaceId, type: 'campaign.held', payload });
      return campaign;
    });
    if (held === null) return false;
    this.statuses.forget(workspaceId, campaignId);
    this.logger.warn(`a campaign is held: ${reason}`, { campaignId, code });
    if (held.dispatchId !== null) await this.shut(held, held.dispatchId, by);
    return true;
  }

  /** A confirmation may have come between the two: then the gate is left to it. */
  private async shut({ workspaceId, id }: Campaign, dispatchId: string, by: string): Promise<void> {
    await this.sql.transaction(async (tx) => {
      const campaign = await this.campaigns.lock(tx, workspaceId, id);
      if (campaign === null || maySend(campaign.status)) return;
      await this.gates.close({ dispatchId, changedBy: by, reason: 'held' }, tx);
    });
  }
}
