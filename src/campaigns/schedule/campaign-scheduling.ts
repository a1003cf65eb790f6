import { Injectable } from '@nestjs/common';
import { assertNever } from '../../common/assert-never.js';
import { Clock } from '../../common/clock.js';
import type { Queryable } from '../../database/sql.js';
import type { Campaign } from '../campaign.js';
import { CampaignMoveRepository } from '../campaign-move.repository.js';
import { CampaignRepository } from '../campaign.repository.js';
import { invalid } from '../field-fault.js';
import { nextRun } from './recurrence.js';
import type { Schedule } from './schedule.js';
import { ScheduleConfirmation } from './schedule-confirmation.js';
import { ScheduleRepository } from './schedule.repository.js';

/** Gives a campaign its time, or takes it away, in the transaction that holds the campaign's lock. */
@Injectable()
export class CampaignScheduling {
  constructor(
    private readonly campaigns: CampaignRepository,
    private readonly moves: CampaignMoveRepository,
    private readonly schedules: ScheduleRepository,
    private readonly confirmation: ScheduleConfirmation,
    private readonly clock: Clock,
  ) {}

  /** Nothing of the campaign has begun: it is a draft, scheduled already, or held before its start. */
  async apply(tx: Queryable, campaign: Campaign, schedule: Schedule | null, by: string): Promise<Campaign> {
    const { id, workspaceId } = campaign;
    const dueAt = this.dueAt(campaign, schedule);
    if (schedule !== null && schedule.isConfirmed !== true) await this.confirmation.refuseLarge(campaign);
    if (schedule?.kind === 'recurring') await this.schedules.keepRule(tx, workspaceId, id, schedule.rule);
    else await this.schedules.forgetRule(tx, id);
    await this.schedules.setDue(tx, id, dueAt);
    // Compared and set: what is scheduled already stays so, and a draft without a time a draft.
    await this.moves.move(tx, { campaignId: id, event: dueAt === null ? 'unschedule' : 'schedule', by });
    return (await this.campaigns.find(workspaceId, id, tx))!;
  }

  private dueAt(campaign: Campaign, schedule: Schedule | null): Date | null {
    if (schedule === null) return null;
    const now = this.clock.now();
    switch (schedule.kind) {
      case 'once':
        if (schedule.at > now) return schedule.at;
        throw invalid(
          'scheduledAt',
          `scheduledAt ${schedule.at.toISOString()} is past; it is ${now.toISOString()} now. To send at once, start it`,
        );
      case 'recurring': {
        if (campaign.parentId !== null) {
          throw invalid('recurrence', 'this is an occurrence already; change the campaign that recurs');
        }
        const first = nextRun(schedule.rule, now);
        if (first !== null) return first;
        throw invalid(
          'recurrence',
          `"${schedule.rule.cron}" has no occurrence any more${untilText(schedule.rule.until)}`,
        );
      }
      default:
        return assertNever(schedule);
    }
  }
}

function untilText(until: Date | null): string {
  return until === null ? '' : ` until ${until.toISOString()}`;
}
