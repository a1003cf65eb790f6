import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { Sql } from '../../database/sql.js';
import { BellRinger } from '../../queue/bell-ringer.js';
import { CampaignRepository } from '../campaign.repository.js';
import { maySend } from '../campaign-state.js';
import { invalid } from '../field-fault.js';
import { CalendarRepository } from './calendar.repository.js';
import { nextOpening } from './opening.js';
import { openingRule, type Calendar } from './send-window.js';
import { WindowPlacing } from './window-placing.js';
import { WindowRepository } from './window.repository.js';

/** The workspace's clock, its holidays and its quiet hours. */
@Injectable()
export class CalendarService {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly sql: Sql,
    private readonly calendars: CalendarRepository,
    private readonly campaigns: CampaignRepository,
    private readonly windows: WindowRepository,
    private readonly placing: WindowPlacing,
    private readonly bells: BellRinger,
    private readonly clock: Clock,
  ) {}

  find(workspaceId: string): Promise<Calendar> {
    return this.calendars.find(workspaceId);
  }

  /** As a whole, for campaigns that run as well: one after the other, each under its lock. */
  async replace(workspaceId: string, calendar: Calendar, by: string): Promise<Calendar> {
    const rule = openingRule(null, calendar, 'marketing');
    if (nextOpening(rule, null, this.clock.nowMs()) === null) {
      throw invalid('quietHours', 'holidays and quiet hours leave no moment within a year; leave some');
    }
    await this.calendars.replace(workspaceId, calendar);
    for (const id of await this.windows.bound(workspaceId)) await this.tell(workspaceId, id);
    this.logger.log('the calendar of a workspace was changed', { workspaceId, by });
    return calendar;
  }

  private async tell(workspaceId: string, id: string): Promise<void> {
    const campaign = await this.sql.transaction(async (tx) => {
      const locked = await this.campaigns.lock(tx, workspaceId, id);
      if (locked?.dispatchId != null) await this.placing.replace(tx, id, locked.dispatchId);
      return locked;
    });
    if (campaign?.dispatchId == null || !maySend(campaign.status)) return;
    for (const channelId of campaign.channelIds) await this.bells.ring(campaign.dispatchId, channelId);
  }
}
