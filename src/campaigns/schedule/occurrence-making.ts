import { Injectable, Logger } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { Sql, type Queryable } from '../../database/sql.js';
import { planOf, type Campaign } from '../campaign.js';
import { CampaignMoveRepository } from '../campaign-move.repository.js';
import { CampaignRepository } from '../campaign.repository.js';
import { wallTime } from './local-time.js';
import { RecipientRepository } from '../audience/recipient.repository.js';
import { SCHEDULER } from './schedule.js';
import { overlapFault, turnOf, type SkippedRun } from './schedule-policy.js';
import { ScheduleRepository, type DueCampaign } from './schedule.repository.js';

const LONGEST_NAME = 180;

/**
 * Makes the occurrences of campaigns that recur. An occurrence is a campaign that is scheduled for now, with the plan of
 * its parent: it is started as any other, and its audience is resolved then.
 */
@Injectable()
export class OccurrenceMaking {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly sql: Sql,
    private readonly campaigns: CampaignRepository,
    private readonly moves: CampaignMoveRepository,
    private readonly schedules: ScheduleRepository,
    private readonly recipients: RecipientRepository,
    private readonly config: Config,
  ) {}

  /** The occurrence and the next instant are one transaction, so that neither is made twice nor lost. */
  async make({ id, workspaceId }: DueCampaign, now: Date): Promise<void> {
    await this.sql.transaction(async (tx) => {
      const parent = await this.campaigns.lock(tx, workspaceId, id);
      if (parent === null || parent.status !== 'scheduled') return;
      const { recurrence, dueAt } = parent;
      if (recurrence === null || dueAt === null || dueAt > now) return;
      const turn = turnOf(recurrence, dueAt, now, this.config.engine.mostLatenessMs);
      const skipped =
        (turn.run === null ? null : await this.makeOne(tx, parent, turn.run, now)) ?? turn.skipped;
      if (skipped !== null) await this.note(tx, id, skipped);
      if (turn.next !== null) {
        await this.schedules.setDue(tx, id, turn.next);
      } else {
        const reason = `Its last occurrence was that of ${(turn.run ?? dueAt).toISOString()}.`;
        await this.moves.move(tx, { campaignId: id, event: 'expire', by: SCHEDULER, reason });
      }
    });
  }

  private async makeOne(tx: Queryable, parent: Campaign, at: Date, now: Date): Promise<SkippedRun | null> {
    const { id, workspaceId, recurrence } = parent;
    // A clock that went back comes to the same instant again.
    if (await this.schedules.isMade(tx, id, at)) return null;
    const fault = overlapFault(recurrence!.overlap, await this.schedules.openOccurrences(tx, id));
    if (fault !== null) return { at, reason: fault };
    const name = `${parent.name.slice(0, LONGEST_NAME)} (${wallTime(at, recurrence!.timezone)})`;
    const made = await this.campaigns.insert(tx, workspaceId, { ...planOf(parent), name }, SCHEDULER);
    if (parent.audience.kind === 'file') await this.recipients.copy(tx, id, made.id);
    await this.schedules.adopt(tx, made.id, id, at);
    await this.schedules.setDue(tx, made.id, now);
    await this.moves.move(tx, { campaignId: made.id, event: 'schedule', by: SCHEDULER });
    return null;
  }

  private async note(tx: Queryable, id: string, skipped: SkippedRun): Promise<void> {
    await this.schedules.noteSkipped(tx, id, skipped);
    this.logger.warn(`an occurrence was left out: ${skipped.reason}`, {
      campaignId: id,
      occurrenceAt: skipped.at.toISOString(),
    });
  }
}
