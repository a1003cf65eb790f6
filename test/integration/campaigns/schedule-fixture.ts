import { ScheduleTicks } from '../../../src/campaigns/schedule/schedule-ticks.js';
import { Clock } from '../../../src/common/clock.js';
import type { Reply } from './campaigns-app.js';
import { CampaignsFixture } from './campaigns-app.js';

/** Campaigns in virtual time: the spec moves the clock and calls the tick. */
export class ScheduleFixture {
  private constructor(
    readonly campaigns: CampaignsFixture,
    readonly channelId: string,
    private readonly clock: Clock,
  ) {}

  static async start(): Promise<ScheduleFixture> {
    const campaigns = await CampaignsFixture.start();
    return new ScheduleFixture(campaigns, await campaigns.createChannel(), campaigns.get(Clock));
  }

  /** From now on it is this moment, until it is moved again. */
  moveTo(moment: string | Date): void {
    const ms = new Date(moment).getTime();
    Object.assign(this.clock, { now: () => new Date(ms), nowMs: () => ms });
  }

  /** What so many workers do at this moment, all at once; nobody has a claim from a moment before. */
  async tick(workers = 1): Promise<void> {
    await this.campaigns.sql.query('UPDATE campaigns SET schedule_lease_until = NULL');
    await Promise.all(Array.from({ length: workers }, () => this.campaigns.get(ScheduleTicks).run()));
  }

  create(fields: object): Promise<string> {
    return this.campaigns.createCampaign({
      message: 'Hola',
      audience: { all: true },
      channelIds: [this.channelId],
      ...fields,
    });
  }

  change(id: string, fields: object): Promise<Reply> {
    return this.campaigns.call('PATCH', `/api/campaigns/${id}`, fields);
  }

  async of(id: string): Promise<Reply['body']> {
    return (await this.campaigns.call('GET', `/api/campaigns/${id}`)).body;
  }

  async reasonOf(id: string): Promise<{ code: string; text: string }> {
    const { body } = await this.campaigns.call('GET', `/api/campaigns/${id}/queue-status`);
    return body.status.reason;
  }

  /** Moments and states of the occurrences, oldest first. */
  async occurrencesOf(id: string): Promise<{ id: string; at: string; status: string; name: string }[]> {
    const { body } = await this.campaigns.call('GET', `/api/campaigns?parentId=${id}&limit=100`);
    const found = body.items as { id: string; scheduledAt: string; status: string; name: string }[];
    return found
      .map(({ id: own, scheduledAt, status, name }) => ({ id: own, at: scheduledAt, status, name }))
      .toSorted((one, other) => one.at.localeCompare(other.at));
  }

  async momentsOf(id: string): Promise<string[]> {
    return (await this.occurrencesOf(id)).map(({ at }) => at.slice(0, 16));
  }

  /** Those that run are done. */
  async endOccurrences(parentId: string): Promise<void> {
    await this.campaigns.sql.query(
      `UPDATE campaigns SET status = 'completed', finished_at = now()
       WHERE parent_id = $1 AND status NOT IN ('scheduled', 'held')`,
      [parentId],
    );
  }
}
