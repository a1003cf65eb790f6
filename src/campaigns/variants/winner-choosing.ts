import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../../auth/audit-log.repository.js';
import type { Principal } from '../../auth/principal.js';
import { Sql } from '../../database/sql.js';
import { Outbox } from '../../events/outbox.js';
import type { Campaign } from '../campaign.js';
import { CampaignRepository } from '../campaign.repository.js';
import type { CampaignStatus } from '../campaign-state.js';
import { StageMoves } from '../governance/stage-moves.js';
import type { Decision, Tested } from './winner-decision.js';
import { testStageOf } from './winner-time.js';
import { WinnerRepository } from './winner.repository.js';

/** Some of its recipients wait for what is chosen. */
const OPEN: readonly CampaignStatus[] = ['preparing', 'sending', 'pausing', 'paused', 'held'];

export interface Chooser {
  readonly name: string;
  /** The person, where one did. */
  readonly principal: Principal | null;
}

/** Says which variant the rest of a campaign gets, once, and lets the rest begin. */
@Injectable()
export class WinnerChoosing {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly sql: Sql,
    private readonly campaigns: CampaignRepository,
    private readonly winners: WinnerRepository,
    private readonly stages: StageMoves,
    private readonly audit: AuditLog,
    private readonly outbox: Outbox,
  ) {}

  mayChoose({ status, dispatchId, resends }: Campaign): boolean {
    return dispatchId !== null && resends === 0 && OPEN.includes(status);
  }

  /** Whether this choice was the one: somebody else's, or a stop, may have come before it. */
  async choose(
    seen: Campaign,
    { winner, reason }: Decision,
    tested: readonly Tested[],
    by: Chooser,
  ): Promise<boolean> {
    const { id: campaignId, workspaceId } = seen;
    const name = seen.variants![winner]!.name;
    const isChosen = await this.sql.transaction(async (tx) => {
      const campaign = await this.campaigns.lock(tx, workspaceId, campaignId);
      if (campaign === null || !this.mayChoose(campaign)) return false;
      const dispatchId = campaign.dispatchId!;
      const choice = { dispatchId, campaignId, workspaceId, winner, chosenBy: by.name, reason, tested };
      if (!(await this.winners.choose(tx, choice))) return false;
      await this.stages.next(tx, campaignId, dispatchId, testStageOf(campaign));
      const details = { winner: name, reason };
      if (by.principal !== null) {
        await this.audit.add(tx, by.principal, { action: 'campaign.winner', subject: campaignId, details });
      }
      const payload = { campaignId, name: seen.name, winner: name, chosenBy: by.name, reason };
      await this.outbox.add(tx, { workspaceId, type: 'campaign.winner_chosen', payload });
      return true;
    });
    if (!isChosen) return false;
    this.logger.log(`variant "${name}" was chosen: ${reason}`, { campaignId, chosenBy: by.name });
    await this.stages.ring(seen);
    return true;
  }

  /** Of one whose winner was chosen while an earlier stage went on, when its test is over. */
  async release(seen: Campaign): Promise<void> {
    const { id, workspaceId } = seen;
    const hasMoved = await this.sql.transaction(async (tx) => {
      const campaign = await this.campaigns.lock(tx, workspaceId, id);
      if (campaign?.status !== 'sending') return false;
      return this.stages.next(tx, id, campaign.dispatchId!, testStageOf(campaign));
    });
    if (hasMoved) await this.stages.ring(seen);
  }
}
