import { describe, expect, it } from 'vitest';
import { CampaignNotFoundError } from './campaign.errors.js';
import type { CampaignRunStatus } from './campaign-status.js';
import type { CampaignStatusService } from './campaign-status.service.js';
import { CampaignWatch } from './campaign-watch.js';

function statusOf(status: string, processed: number): CampaignRunStatus {
  return { campaignId: 'c', status, progress: { processed } } as unknown as CampaignRunStatus;
}

/** Answers each look with the next of these, and the last one for ever. */
class Statuses {
  looks = 0;
  constructor(private readonly answers: (CampaignRunStatus | Error)[]) {}

  async of(): Promise<CampaignRunStatus> {
    const answer = this.answers[Math.min(this.looks, this.answers.length - 1)]!;
    this.looks += 1;
    if (answer instanceof Error) throw answer;
    return answer;
  }
}

function watchOf(...answers: (CampaignRunStatus | Error)[]) {
  const statuses = new Statuses(answers);
  return { statuses, watch: new CampaignWatch(statuses as unknown as CampaignStatusService) };
}

function listenTo(watch: CampaignWatch) {
  const heard: string[] = [];
  const leave = watch.listen('w', 'c', (type, data) =>
    heard.push(`${type} ${(data as { status?: string }).status}`),
  );
  return { heard, leave };
}

describe('those who watch a campaign', () => {
  it('hear how it stands, each change of state, and the end', async () => {
    const { watch } = watchOf(statusOf('sending', 1), statusOf('sending', 1), statusOf('completed', 2));
    const { heard } = listenTo(watch);
    await expect.poll(() => heard.at(-1)).toBe('end completed');
    expect(heard).toEqual(['progress sending', 'state completed', 'progress completed', 'end completed']);
  });

  it('share one look, and the later one hears at once how it stands', async () => {
    const { watch, statuses } = watchOf(statusOf('sending', 1));
    const first = listenTo(watch);
    await expect.poll(() => first.heard.length).toBe(1);
    const looks = statuses.looks;
    const second = listenTo(watch);
    expect(second.heard).toEqual(['progress sending']);
    expect(statuses.looks).toBe(looks);
    first.leave();
    second.leave();
  });

  it('cost nothing once the last of them has left', async () => {
    const { watch, statuses } = watchOf(statusOf('sending', 1));
    const { heard, leave } = listenTo(watch);
    await expect.poll(() => heard.length).toBe(1);
    leave();
    const looks = statuses.looks;
    const again = listenTo(watch);
    await expect.poll(() => again.heard.length).toBe(1);
    again.leave();
    expect(statuses.looks).toBe(looks + 1);
  });

  it('outlast a database that is away, and hear the end of a campaign that was deleted', async () => {
    const { watch } = watchOf(
      new Error('connection lost'),
      statusOf('draft', 0),
      new CampaignNotFoundError('c'),
    );
    const { heard } = listenTo(watch);
    await expect.poll(() => heard.at(-1)).toBe('end undefined');
    expect(heard).toEqual(['progress draft', 'end undefined']);
  });
});
