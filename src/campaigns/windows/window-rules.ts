import { Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import type { Campaign, CampaignPlan } from '../campaign.js';
import { invalid } from '../field-fault.js';
import { CalendarRepository } from './calendar.repository.js';
import { nextOpening } from './opening.js';
import { isRestricted, openingRule, type OpeningRule } from './send-window.js';

type BoundCampaign = Pick<Campaign, 'workspaceId' | 'window' | 'category'>;

/** Window and calendar together: when the messages of a campaign may go. */
@Injectable()
export class WindowRules {
  constructor(
    private readonly calendars: CalendarRepository,
    private readonly clock: Clock,
  ) {}

  async of(
    workspaceId: string,
    { window, category }: Pick<CampaignPlan, 'window' | 'category'>,
  ): Promise<OpeningRule> {
    return openingRule(window ?? null, await this.calendars.find(workspaceId), category);
  }

  /** Whether there are hours in which it does not send. */
  async bind({ workspaceId, window, category }: BoundCampaign): Promise<boolean> {
    if (window !== null || category !== 'marketing') return window !== null;
    return isRestricted(await this.of(workspaceId, { window, category }));
  }

  /** Refuses a window of which the calendar leaves nothing. */
  async check(workspaceId: string, plan: Pick<CampaignPlan, 'window' | 'category'>): Promise<void> {
    if (plan.window === undefined || plan.window === null) return;
    const rule = await this.of(workspaceId, plan);
    if (nextOpening(rule, null, this.clock.nowMs()) !== null) return;
    const { quietHours } = rule;
    const quiet =
      quietHours === null ? '' : ` and the quiet hours from ${quietHours.from} to ${quietHours.to}`;
    throw invalid(
      'window',
      `window leaves no moment within a year: the holidays${quiet} of GET /api/calendar take all of it; choose other hours`,
    );
  }
}
