import { Injectable } from '@nestjs/common';
import { DomainError } from '../common/domain-error.js';
import { parseContent } from '../channels/parse-content.js';
import type { LegacyCreatedDto, LegacyStatusDto } from './campaign-legacy.dto.js';
import { CampaignChannels } from './campaign-channels.js';
import { CampaignStartService } from './campaign-start.service.js';
import type { CampaignStatus } from './campaign-state.js';
import { CampaignStatusService } from './campaign-status.service.js';
import { CampaignService } from './campaign.service.js';
import type { RecipientFile } from './audience/recipient-upload.js';

export type LegacyFields = Readonly<Record<string, string>>;

/** The campaigns of a client that uploads a CSV and polls: made and started in one request. */
@Injectable()
export class CampaignLegacyService {
  constructor(
    private readonly campaigns: CampaignService,
    private readonly starts: CampaignStartService,
    private readonly statuses: CampaignStatusService,
    private readonly channels: CampaignChannels,
  ) {}

  async create(
    workspaceId: string,
    fields: LegacyFields,
    file: RecipientFile | null,
    createdBy: string,
  ): Promise<LegacyCreatedDto> {
    const message = fields['mensaje'] ?? fields['message'];
    if (message === undefined)
      throw missing('mensaje', 'mensaje (or message) says what to send; it is missing');
    if (file === null)
      throw missing('file', 'file (or archivo, or csv) brings the recipients; it is missing');
    const channel = fields['instancia']?.trim();
    const channelIds = channel ? [(await this.channels.named(workspaceId, channel)).id] : [];
    const plan = {
      name: fields['nombre']?.trim().slice(0, 200) || file.fileName.slice(0, 200),
      content: parseContent({ type: 'text', text: message }),
      audience: { kind: 'file', fileName: '', rows: 0, rejected: 0, columns: [] },
      channelIds,
      category: 'marketing',
    } as const;
    const { id } = await this.campaigns.create(workspaceId, plan, createdBy, file);
    try {
      const started = await this.starts.start(workspaceId, id, createdBy);
      return { campaign_id: id, total_messages: started.estimatedContacts, status: 'sending' };
    } catch (error) {
      // The client knows no drafts: what could not be started is not left behind for it to make again and again.
      if (error instanceof DomainError) await this.campaigns.remove(workspaceId, id).catch(() => undefined);
      throw error;
    }
  }

  /** `total_messages` counts those to be sent: what was skipped is not part of it, nor of the percentage. */
  async status(workspaceId: string, id: string): Promise<LegacyStatusDto> {
    const campaign = await this.campaigns.get(workspaceId, id);
    const { status, progress } = await this.statuses.describe(campaign);
    const prepared = progress.total - progress.skipped;
    const total = campaign.isPrepared ? prepared : Math.max(prepared, campaign.expected ?? 0);
    const done = progress.processed - progress.skipped;
    return {
      campaign_id: id,
      status: spoken(status),
      total_messages: total,
      sent: progress.success,
      failed: progress.failed,
      pending: total - done,
      percentage: total === 0 ? 0 : Math.round((done / total) * 1000) / 10,
    };
  }
}

/** That client knew no preparing. */
function spoken(status: CampaignStatus): CampaignStatus {
  return status === 'preparing' ? 'sending' : status;
}

function missing(field: string, detail: string): DomainError {
  return new DomainError('invalid', 'validation_failed', detail, {
    errors: [{ pointer: `/${field}`, detail }],
  });
}
