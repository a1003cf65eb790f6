import { Injectable } from '@nestjs/common';
import { RoleTooLowError } from '../../auth/auth.errors.js';
import type { KeyRole, Principal } from '../../auth/principal.js';
import { needsConfirmation } from '../../ledger/resend.js';
import { CampaignRepository } from '../campaign.repository.js';
import { CampaignStatusService } from '../campaign-status.service.js';
import { CampaignTemplates } from '../campaign-template.js';
import { PreparationBell } from '../preparation/preparation-bell.js';
import { ResendOpening, type ResendOpened, type ResendWish } from './resend-opening.js';
import { ResendUnconfirmedError } from './resend.errors.js';

/** What may have arrived is sent again on the word of an admin. */
const RIGHT_TO_CONFIRM: KeyRole = 'admin';

@Injectable()
export class ResendService {
  constructor(
    private readonly opening: ResendOpening,
    private readonly campaigns: CampaignRepository,
    private readonly templates: CampaignTemplates,
    private readonly bell: PreparationBell,
    private readonly statuses: CampaignStatusService,
  ) {}

  /**
   * Sends failed messages again, and those that nobody knows of where an admin confirms it. The rows are written behind
   * the answer, in chunks, as when a campaign starts; pause, resume and stop work as ever.
   */
  async order(
    principal: Principal,
    campaignId: string,
    wish: ResendWish & { readonly isConfirmed: boolean },
  ): Promise<ResendOpened> {
    if (needsConfirmation(wish.states)) {
      if (principal.role !== RIGHT_TO_CONFIRM) {
        throw new RoleTooLowError(principal.keyName, principal.role, RIGHT_TO_CONFIRM);
      }
      if (!wish.isConfirmed) throw new ResendUnconfirmedError(wish.states.filter((one) => one !== 'failed'));
    }
    const campaign = await this.campaigns.find(principal.workspaceId, campaignId);
    if (campaign !== null) await this.templates.checkStarted(campaign);
    const opened = await this.opening.open(principal, campaignId, wish);
    this.statuses.forget(principal.workspaceId, campaignId);
    await this.bell.ring(campaignId);
    return opened;
  }
}
