import { Injectable } from '@nestjs/common';
import { DomainError } from '../common/domain-error.js';
import { isInstantAndUuid } from '../common/cursor-key.js';
import { decodeCursor, pageOf, type Page } from '../common/page.js';
import { Sql, type Queryable } from '../database/sql.js';
import { asPlanned, type Audience } from './audience/audience.js';
import { AudienceCheck } from './audience/audience-check.js';
import { AudienceRepository } from './audience/audience.repository.js';
import { BulkNotRepeatableError } from './bulk/bulk.errors.js';
import { planOf, type Campaign, type CampaignPlan } from './campaign.js';
import { CampaignNotFoundError, CampaignStatusError } from './campaign.errors.js';
import { CampaignChannels } from './campaign-channels.js';
import { ScheduleConfirmation } from './schedule/schedule-confirmation.js';
import { CampaignScheduling } from './schedule/campaign-scheduling.js';
import { isChangeable, isInMotion } from './campaign-state.js';
import { CampaignWeights } from './campaign-weight.js';
import { CampaignRepository, type CampaignFilter } from './campaign.repository.js';
import { RecipientRepository } from './audience/recipient.repository.js';
import { RecipientUpload, type RecipientFile } from './audience/recipient-upload.js';
import type { Schedule } from './schedule/schedule.js';
import { WindowRules } from './windows/window-rules.js';
import { refuseUnfitWinner } from './variants/variant-request.js';

/** What a change may say; what is not there stays as it is. */
export type CampaignChange = Partial<CampaignPlan> & {
  readonly schedule?: Schedule | null;
  /** That a large audience of one that is scheduled is meant. */
  readonly isConfirmed?: boolean;
};

const MOST_NAMED = 10;

@Injectable()
export class CampaignService {
  constructor(
    private readonly sql: Sql,
    private readonly campaigns: CampaignRepository,
    private readonly audiences: AudienceRepository,
    private readonly audienceCheck: AudienceCheck,
    private readonly channels: CampaignChannels,
    private readonly recipients: RecipientRepository,
    private readonly upload: RecipientUpload,
    private readonly weights: CampaignWeights,
    private readonly scheduling: CampaignScheduling,
    private readonly confirmation: ScheduleConfirmation,
    private readonly windowRules: WindowRules,
  ) {}

  /** A draft, or scheduled. With a file, its rows and the campaign are there together or not at all. */
  async create(
    workspaceId: string,
    plan: CampaignPlan,
    createdBy: string,
    file: RecipientFile | null = null,
    schedule: Schedule | null = null,
  ): Promise<Campaign> {
    const checked = await this.checked(workspaceId, plan);
    return this.sql.transaction(async (tx) => {
      let campaign = await this.campaigns.insert(tx, workspaceId, checked, createdBy);
      if (file !== null) {
        const audience = await this.upload.store(tx, workspaceId, campaign.id, file);
        campaign = await this.campaigns.updatePlan(tx, campaign.id, { ...checked, audience });
      }
      return schedule === null ? campaign : this.scheduling.apply(tx, campaign, schedule, createdBy);
    });
  }

  async get(workspaceId: string, id: string): Promise<Campaign> {
    const campaign = await this.campaigns.find(workspaceId, id);
    if (campaign === null) throw new CampaignNotFoundError(id);
    return campaign;
  }

  async list(
    workspaceId: string,
    filter: CampaignFilter,
    page: { readonly limit: number; readonly cursor?: string },
  ): Promise<Page<Campaign>> {
    const after = decodeCursor(page.cursor, isInstantAndUuid);
    const rows = await this.campaigns.list(workspaceId, filter, after, page.limit + 1);
    return pageOf(
      rows,
      page.limit,
      (row) => row.cursor,
      (row) => row.campaign,
    );
  }

  async change(
    workspaceId: string,
    id: string,
    { schedule, isConfirmed, ...change }: CampaignChange,
    changedBy: string,
  ): Promise<Campaign> {
    const known = await this.get(workspaceId, id);
    if (schedule === undefined && isWeightAlone(change) && this.weights.mayChange(known)) {
      await this.weights.change(known, change.weight);
      return this.get(workspaceId, id);
    }
    const plan = await this.checked(workspaceId, { ...planOf(known), ...change });
    return this.sql.transaction(async (tx) => {
      const campaign = await this.lock(tx, workspaceId, id);
      if (!isChangeable(campaign.status, campaign.dispatchId !== null)) {
        throw new CampaignStatusError('changed', campaign.status, 'duplicate it and change the copy.');
      }
      // The rows of a file that is no longer the audience are people's data that nobody needs.
      if (plan.audience.kind !== 'file') await this.recipients.clear(tx, id);
      const changed = await this.campaigns.updatePlan(tx, id, plan);
      if (schedule !== undefined) return this.scheduling.apply(tx, changed, schedule, changedBy);
      const mayGrow = change.audience !== undefined && changed.status === 'scheduled';
      if (mayGrow && isConfirmed !== true) await this.confirmation.refuseLarge(changed);
      return changed;
    });
  }

  async remove(workspaceId: string, id: string): Promise<void> {
    await this.sql.transaction(async (tx) => {
      const campaign = await this.lock(tx, workspaceId, id);
      if (isInMotion(campaign.status)) {
        throw new CampaignStatusError('deleted', campaign.status, 'stop it first.');
      }
      await this.campaigns.delete(tx, id);
    });
  }

  /** A new draft with the same plan, and the same uploaded rows. */
  async duplicate(workspaceId: string, id: string, createdBy: string): Promise<Campaign> {
    const original = await this.get(workspaceId, id);
    if (original.audience.kind === 'bulk') throw new BulkNotRepeatableError(original.name);
    return this.sql.transaction(async (tx) => {
      const name = `${original.name.slice(0, 190)} (copy)`;
      const plan = { ...planOf(original), name, audience: asPlanned(original.audience) };
      const copy = await this.campaigns.insert(tx, workspaceId, plan, createdBy);
      if (original.audience.kind === 'file') await this.recipients.copy(tx, id, copy.id);
      return copy;
    });
  }

  private async lock(tx: Queryable, workspaceId: string, id: string): Promise<Campaign> {
    const campaign = await this.campaigns.lock(tx, workspaceId, id);
    if (campaign === null) throw new CampaignNotFoundError(id);
    return campaign;
  }

  private async checked(workspaceId: string, plan: CampaignPlan): Promise<CampaignPlan> {
    refuseUnfitWinner(plan);
    const channels = await this.channels.resolve(workspaceId, plan.channelIds);
    await this.checkContacts(workspaceId, plan.audience);
    await this.windowRules.check(workspaceId, plan);
    await this.audienceCheck.of(workspaceId, plan.audience);
    return { ...plan, channelIds: channels.map((channel) => channel.id) };
  }

  private async checkContacts(workspaceId: string, audience: Audience): Promise<void> {
    if (audience.kind !== 'contacts') return;
    const unknown = await this.audiences.unknownContacts(workspaceId, audience.ids, MOST_NAMED + 1);
    if (unknown.length === 0) return;
    const more = unknown.length > MOST_NAMED ? ' and more' : '';
    const detail = `There is no contact ${unknown.slice(0, MOST_NAMED).join(', ')}${more} in this workspace.`;
    throw new DomainError('unprocessable', 'contact_not_found', detail, {
      errors: [{ pointer: '/contacts', detail }],
    });
  }
}

function isWeightAlone(change: CampaignChange): change is { readonly weight: number } {
  return change.weight !== undefined && Object.keys(change).length === 1;
}
