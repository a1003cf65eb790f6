import { Injectable, Logger } from '@nestjs/common';
import { Sql } from '../../database/sql.js';
import { BellRinger } from '../../queue/bell-ringer.js';
import { CampaignNotFoundError, CampaignStatusError } from '../campaign.errors.js';
import { isInMotion, maySend, type CampaignStatus } from '../campaign-state.js';
import { CampaignStatusService } from '../campaign-status.service.js';
import { CampaignRepository } from '../campaign.repository.js';
import type { Campaign } from '../campaign.js';
import { invalid } from '../field-fault.js';
import { RunForecast, type Forecast } from '../run-forecast.js';
import type { SendWindow } from './send-window.js';
import { WindowPlacing } from './window-placing.js';
import { WindowRules } from './window-rules.js';
import { WindowRepository } from './window.repository.js';

export interface WindowAnswer extends Forecast {
  readonly status: CampaignStatus;
  readonly window: SendWindow | null;
}

/** Changes the hours of a campaign that runs. */
@Injectable()
export class WindowChangeService {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly sql: Sql,
    private readonly campaigns: CampaignRepository,
    private readonly windows: WindowRepository,
    private readonly placing: WindowPlacing,
    private readonly rules: WindowRules,
    private readonly bells: BellRinger,
    private readonly statuses: CampaignStatusService,
    private readonly forecast: RunForecast,
  ) {}

  /**
   * Under the campaign's lock, which a chunk of preparation takes too: each batch is told of the new hours, or written
   * with them. A worker hears of it at its next barrier; what is past that, half a second of it, is on its way.
   */
  async change(
    workspaceId: string,
    id: string,
    window: SendWindow | null,
    by: string,
  ): Promise<WindowAnswer> {
    const known = await this.campaigns.find(workspaceId, id);
    if (known === null) throw new CampaignNotFoundError(id);
    await this.rules.check(workspaceId, { window, category: known.category });
    const { campaign, dispatchId } = await this.sql.transaction(async (tx) => {
      const locked = await this.campaigns.lock(tx, workspaceId, id);
      if (locked === null) throw new CampaignNotFoundError(id);
      const runsIn = dispatchToChange(locked);
      refuseUnsorted(locked, window);
      await this.windows.setWindow(tx, id, window);
      await this.placing.replace(tx, id, runsIn);
      return { campaign: { ...locked, window }, dispatchId: runsIn };
    });
    if (maySend(campaign.status)) {
      for (const channelId of campaign.channelIds) await this.bells.ring(dispatchId, channelId);
    }
    this.logger.log('the window of a campaign was changed', { campaignId: id, by });
    this.statuses.forget(workspaceId, id);
    const { status, ratePerSecond } = campaign;
    return { status, window, ...(await this.forecast.of(campaign, dispatchId, ratePerSecond)) };
  }
}

function dispatchToChange({ id, status, dispatchId }: Campaign): string {
  if (dispatchId !== null && isInMotion(status) && status !== 'stopping') return dispatchId;
  const hint =
    status === 'draft' || status === 'scheduled'
      ? `PATCH /api/campaigns/${id} sets the window of one that has not begun.`
      : 'nothing of it is sent.';
  throw new CampaignStatusError('given another window', status, hint);
}

function refuseUnsorted({ isZoned }: Campaign, window: SendWindow | null): void {
  if (isZoned || window?.[0]?.zone !== 'recipient') return;
  throw invalid(
    'window/zone',
    'zone "recipient" must be chosen before the start, when recipients are sorted by their zones; for what runs already choose "workspace"',
  );
}
