import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScheduleFixture } from './schedule-fixture.js';

const DAY_MS = 86_400_000;

describe('a campaign that recurs', () => {
  let fixture: ScheduleFixture;

  beforeAll(async () => {
    fixture = await ScheduleFixture.start();
    await fixture.campaigns.addContacts(2);
  });

  afterAll(() => fixture?.campaigns.stop());

  async function recurring(now: string, recurrence: object, fields: object = {}): Promise<string> {
    fixture.moveTo(now);
    return fixture.create({ recurrence: { timezone: 'UTC', ...recurrence }, ...fields });
  }

  async function at(moment: string | Date, workers = 1): Promise<void> {
    fixture.moveTo(moment);
    await fixture.tick(workers);
  }

  it('shows its next five runs and makes a campaign of each, with the audience of that moment', async () => {
    const audience = { tags: ['recurrente'] };
    await fixture.campaigns.addContacts(1, { tags: ['recurrente'] });
    const id = await recurring(
      '2027-05-01T00:00Z',
      { cron: '0 9 * * *', timezone: 'America/Mexico_City' },
      { name: 'Cada día', audience },
    );
    const { status, nextRuns } = await fixture.of(id);
    expect([status, nextRuns.length, nextRuns[0], nextRuns[4]]).toEqual([
      'scheduled',
      5,
      '2027-05-01T15:00:00.000Z',
      '2027-05-05T15:00:00.000Z',
    ]);
    await at('2027-05-01T15:00Z', 3);
    await fixture.campaigns.addContacts(1, { tags: ['recurrente'] });
    await fixture.endOccurrences(id);
    await at('2027-05-02T15:00:01Z', 3);
    const made = await fixture.occurrencesOf(id);
    expect(made).toMatchObject([
      { name: 'Cada día (2027-05-01 09:00)', status: 'completed' },
      { name: 'Cada día (2027-05-02 09:00)', status: 'preparing' },
    ]);
    const rows = await fixture.campaigns.sql.query<{ expected: number }>(
      'SELECT expected FROM campaigns WHERE parent_id = $1 ORDER BY occurrence_at',
      [id],
    );
    expect(rows.map((row) => row.expected)).toEqual([1, 2]);
    expect(await fixture.of(id)).toMatchObject({
      status: 'scheduled',
      nextRunAt: '2027-05-03T15:00:00.000Z',
      parentId: null,
    });
  });

  it.each([
    ['America/New_York', '2027-03-12T18:00Z', ['13T14', '14T13', '15T13']],
    ['Europe/Madrid', '2027-03-26T18:00Z', ['27T08', '28T07', '29T07']],
    ['America/Santiago', '2027-04-02T18:00Z', ['03T12', '04T13', '05T13']],
  ])('comes at nine by the clock over a change of it in %s', async (timezone, now, hours) => {
    const id = await recurring(now, { cron: '0 9 * * *', timezone });
    // Somebody looks every hour, whatever the clock there does.
    for (let step = 0; step < 3 * 24; step += 1) {
      await at(new Date(new Date(now).getTime() + (step * DAY_MS) / 24));
      await fixture.endOccurrences(id);
    }
    expect(await fixture.momentsOf(id)).toEqual(hours.map((hour) => `${now.slice(0, 8)}${hour}:00`));
  });

  describe('behind four hours in which nothing ran', () => {
    it.each([
      ['skip', '0 11 * * *', []],
      ['once', '0 11 * * *', ['2027-05-04T11:00']],
      ['skip', '0 * * * *', ['2027-05-04T14:00']],
      ['once', '0 * * * *', ['2027-05-04T14:00']],
    ])('with "%s", "%s" makes %j, at once', async (misfire, cron, expected) => {
      const id = await recurring('2027-05-04T10:30Z', { cron, misfire });
      await at('2027-05-04T14:30Z', 3);
      const made = await fixture.occurrencesOf(id);
      expect(made.map((one) => one.at.slice(0, 16))).toEqual(expected);
      expect(made.every(({ status }) => status === 'preparing')).toBe(true);
      const { recurrence, nextRunAt } = await fixture.of(id);
      expect(new Date(nextRunAt).getTime()).toBeGreaterThan(Date.UTC(2027, 4, 4, 14, 30));
      const isLeftOut = cron === '0 * * * *' || misfire === 'skip';
      expect(recurrence.skippedAt).toBe(isLeftOut ? '2027-05-04T11:00:00.000Z' : null);
    });
  });

  describe('whose occurrence has not ended when the next is due', () => {
    it('leaves that out with "skip", and says so', async () => {
      const id = await recurring('2027-05-04T10:30Z', { cron: '0 * * * *', overlap: 'skip' });
      await at('2027-05-04T11:00Z');
      await at('2027-05-04T12:00Z', 3);
      expect(await fixture.momentsOf(id)).toEqual(['2027-05-04T11:00']);
      expect((await fixture.of(id)).recurrence).toMatchObject({
        skippedAt: '2027-05-04T12:00:00.000Z',
        skippedReason: expect.stringContaining('had not ended'),
      });
      await fixture.endOccurrences(id);
      await at('2027-05-04T13:00Z');
      expect(await fixture.momentsOf(id)).toEqual(['2027-05-04T11:00', '2027-05-04T13:00']);
    });

    it('lets one wait with "queue", however long, and starts it when the other has ended', async () => {
      const id = await recurring('2027-05-04T10:30Z', { cron: '0 * * * *', overlap: 'queue' });
      for (const hour of ['11', '12', '13', '14']) await at(`2027-05-04T${hour}:00Z`, 3);
      const [first, second, ...others] = await fixture.occurrencesOf(id);
      expect([first!.status, second!.status, others]).toEqual(['preparing', 'scheduled', []]);
      expect(await fixture.reasonOf(second!.id)).toMatchObject({
        code: 'waiting_for_schedule',
        text: 'It waits for the occurrence of 2027-05-04T11:00:00.000Z to end.',
      });
      await fixture.endOccurrences(id);
      await at('2027-05-04T14:10Z', 3);
      expect(await fixture.campaigns.statusOf(second!.id)).toBe('preparing');
    });
  });

  it('ends behind its last occurrence', async () => {
    const until = '2027-05-05T11:30';
    const id = await recurring('2027-05-04T10:30Z', { cron: '0 11 * * *', until });
    expect((await fixture.of(id)).nextRuns).toHaveLength(2);
    await at('2027-05-04T11:00Z');
    await fixture.endOccurrences(id);
    await at('2027-05-05T11:00Z');
    expect(await fixture.of(id)).toMatchObject({ status: 'completed', nextRunAt: null, nextRuns: [] });
    expect(await fixture.momentsOf(id)).toEqual(['2027-05-04T11:00', '2027-05-05T11:00']);
  });

  it('sends to its uploaded list each time', async () => {
    fixture.moveTo('2027-05-04T10:30Z');
    const recurrence = JSON.stringify({ cron: '0 11 * * *', timezone: 'UTC' });
    const csv = 'telefono,nombre\n5512345678,Ana\n5512345679,Luis\n';
    const fields = { name: 'lista', message: 'Hola {{nombre}}', recurrence };
    const made = await fixture.campaigns.upload('/api/campaigns', csv, {
      ...fields,
      channelIds: JSON.stringify([fixture.channelId]),
    });
    expect([made.status, made.body.status]).toEqual([201, 'scheduled']);
    await at('2027-05-04T11:00Z');
    await fixture.endOccurrences(made.body.id);
    await at('2027-05-05T11:00Z');
    const [, second] = await fixture.occurrencesOf(made.body.id);
    await fixture.campaigns.prepare(second!.id);
    expect(await fixture.campaigns.messagesOf(second!.id)).toMatchObject([
      { variables: { name: 'Ana' } },
      { variables: { name: 'Luis' } },
    ]);
  });

  it('leaves an occurrence for nobody behind as stopped, and goes on', async () => {
    const id = await recurring(
      '2027-05-04T10:30Z',
      { cron: '0 11 * * *' },
      { audience: { tags: ['nadie'] } },
    );
    await at('2027-05-04T11:00Z');
    await fixture.campaigns.tick();
    expect(await fixture.occurrencesOf(id)).toMatchObject([{ status: 'stopped' }]);
    expect(await fixture.campaigns.statusOf(id)).toBe('scheduled');
  });

  it('is not started itself, may be stopped, and may become a draft or another rule', async () => {
    const id = await recurring('2027-05-04T10:30Z', { cron: '0 11 * * *' });
    const started = await fixture.campaigns.start(id);
    expect([started.status, started.body.code]).toEqual([409, 'campaign_recurs']);
    const other = await fixture.change(id, { recurrence: { cron: '0 12 * * *', timezone: 'UTC' } });
    expect(other.body.nextRunAt).toBe('2027-05-04T12:00:00.000Z');
    expect((await fixture.change(id, { recurrence: null })).body).toMatchObject({
      status: 'draft',
      recurrence: null,
    });
    await fixture.change(id, { recurrence: { cron: '0 12 * * *', timezone: 'UTC' } });
    await fixture.campaigns.call('POST', `/api/campaigns/${id}/queue-stop`);
    await fixture.campaigns.tick();
    await at('2027-05-04T12:00Z');
    expect(await fixture.campaigns.statusOf(id)).toBe('stopped');
    expect(await fixture.occurrencesOf(id)).toEqual([]);
  });

  it('leaves its occurrences when it is removed', async () => {
    const id = await recurring('2027-05-04T10:30Z', { cron: '0 11 * * *' });
    await at('2027-05-04T11:00Z');
    const [made] = await fixture.occurrencesOf(id);
    expect((await fixture.campaigns.call('DELETE', `/api/campaigns/${id}`)).status).toBe(204);
    expect(await fixture.of(made!.id)).toMatchObject({ parentId: null, scheduledAt: made!.at });
  });
});
