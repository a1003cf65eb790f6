import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PreparationBell } from '../../../src/campaigns/preparation/preparation-bell.js';
import { ScheduleFixture } from './schedule-fixture.js';

const NINE = '2027-05-03T15:00:00.000Z';
/** Nine o'clock there. */
const LOCAL = { scheduledAt: '2027-05-03T09:00', timezone: 'America/Mexico_City' };

describe('a campaign with a time of its own', () => {
  let fixture: ScheduleFixture;

  beforeAll(async () => {
    fixture = await ScheduleFixture.start();
    await fixture.campaigns.addContacts(3);
  });

  afterAll(() => fixture?.campaigns.stop());

  async function scheduled(fields: object = LOCAL): Promise<string> {
    fixture.moveTo('2027-05-03T10:00Z');
    return fixture.create(fields);
  }

  const dispatchesOf = async (id: string): Promise<number> =>
    (
      await fixture.campaigns.sql.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM dispatches WHERE campaign_id = $1',
        [id],
      )
    )[0]!.n;

  it('waits, and says until when', async () => {
    const id = await scheduled();
    expect(await fixture.of(id)).toMatchObject({
      status: 'scheduled',
      scheduledAt: NINE,
      nextRunAt: NINE,
      nextRuns: [NINE],
      recurrence: null,
    });
    expect(await fixture.reasonOf(id)).toMatchObject({
      code: 'waiting_for_schedule',
      text: expect.stringContaining(NINE),
    });
  });

  it('starts when it is due and not before, once, whoever looks', async () => {
    const id = await scheduled();
    fixture.moveTo('2027-05-03T14:59:59Z');
    await fixture.tick(3);
    expect(await fixture.campaigns.statusOf(id)).toBe('scheduled');
    fixture.moveTo(NINE);
    await fixture.tick(3);
    await fixture.tick(3);
    expect(await fixture.of(id)).toMatchObject({ status: 'preparing', scheduledAt: NINE, nextRunAt: null });
    expect(await dispatchesOf(id)).toBe(1);
  });

  it('may be given another time, and a text, while it waits', async () => {
    const id = await scheduled();
    const { status, body } = await fixture.change(id, { message: 'Adiós', scheduledAt: '2027-05-04T15:00Z' });
    expect([status, body.status, body.nextRunAt, body.content.text]).toEqual([
      200,
      'scheduled',
      '2027-05-04T15:00:00.000Z',
      'Adiós',
    ]);
    fixture.moveTo(NINE);
    await fixture.tick();
    expect(await fixture.campaigns.statusOf(id)).toBe('scheduled');
  });

  it('is a draft again without its time, which may be given to a draft', async () => {
    const id = await scheduled();
    expect((await fixture.change(id, { scheduledAt: null })).body).toMatchObject({
      status: 'draft',
      scheduledAt: null,
      nextRuns: [],
    });
    expect((await fixture.change(id, LOCAL)).body.status).toBe('scheduled');
  });

  it('may be started by hand before its time, and stopped', async () => {
    const [started, stopped] = [await scheduled(), await scheduled()];
    expect((await fixture.campaigns.start(started)).status).toBe(202);
    const order = await fixture.campaigns.call('POST', `/api/campaigns/${stopped}/queue-stop`);
    expect(order.body.status).toBe('stopping');
    await fixture.campaigns.tick();
    fixture.moveTo(NINE);
    await fixture.tick();
    expect(await fixture.campaigns.statusOf(stopped)).toBe('stopped');
    expect(await dispatchesOf(started)).toBe(1);
  });

  it.each([
    [{ scheduledAt: '2027-05-03T09:59Z' }, '/scheduledAt', 'past'],
    [{ scheduledAt: '2027-05-03T12:00' }, '/scheduledAt', 'offset'],
    [{ recurrence: { cron: '0 0 30 2 *', timezone: 'UTC' } }, '/recurrence', 'no occurrence'],
    [{ recurrence: { cron: '0 9 * * *' } }, '/recurrence', 'timezone'],
  ])('is refused with what would be right: %j', async (fields, pointer, told) => {
    fixture.moveTo('2027-05-03T10:00Z');
    const plan = { name: 'mayo', message: 'Hola', audience: { all: true }, channelIds: [fixture.channelId] };
    const { status, body } = await fixture.campaigns.call('POST', '/api/campaigns', { ...plan, ...fields });
    expect([status, body.code]).toEqual([400, 'validation_failed']);
    expect(body.errors[0].pointer).toContain(pointer);
    expect(body.errors[0].detail).toContain(told);
  });

  describe('found too late', () => {
    async function late(): Promise<string> {
      const id = await scheduled();
      fixture.moveTo('2027-05-03T19:00Z');
      await fixture.tick(3);
      return id;
    }

    it('is held, and asks', async () => {
      const id = await late();
      expect(await fixture.campaigns.statusOf(id)).toBe('held');
      expect(await fixture.reasonOf(id)).toMatchObject({
        code: 'held_late',
        text: `It was due at ${NINE}, 4 h late when it was found: confirm that it may still be sent, or stop it.`,
      });
      expect(await dispatchesOf(id)).toBe(0);
    });

    it('starts when a person confirms it, who is written down', async () => {
      const id = await late();
      const confirm = () => fixture.campaigns.call('POST', `/api/campaigns/${id}/confirm`);
      const { status, body } = await confirm();
      expect([status, body.campaign.status, body.estimatedContacts]).toEqual([202, 'preparing', 3]);
      expect((await confirm()).status).toBe(409);
      const audit = await fixture.campaigns.sql.query(
        'SELECT action, details FROM audit_log WHERE subject = $1',
        [id],
      );
      expect(audit).toEqual([
        { action: 'campaign.confirm', details: { heldFor: expect.stringContaining('4 h late') } },
      ]);
    });

    it('is not started by hand past the question, and may be stopped', async () => {
      const id = await late();
      expect((await fixture.campaigns.start(id)).status).toBe(409);
      await fixture.campaigns.call('POST', `/api/campaigns/${id}/queue-stop`);
      await fixture.campaigns.tick();
      expect(await fixture.campaigns.statusOf(id)).toBe('stopped');
    });

    it('may be given another time', async () => {
      const id = await late();
      const { body } = await fixture.change(id, { scheduledAt: '2027-05-03T20:00Z' });
      expect([body.status, body.statusReason]).toEqual(['scheduled', null]);
      expect((await fixture.reasonOf(id)).code).toBe('waiting_for_schedule');
    });

    it('is started where it is no later than the limit', async () => {
      const id = await scheduled();
      fixture.moveTo('2027-05-03T16:00Z');
      await fixture.tick();
      expect(await fixture.campaigns.statusOf(id)).toBe('preparing');
    });
  });

  it('that cannot be started when it is due is held with the reason', async () => {
    const id = await scheduled({ ...LOCAL, message: 'Hola {{apodo}}' });
    fixture.moveTo(NINE);
    await fixture.tick();
    expect(await fixture.campaigns.statusOf(id)).toBe('held');
    expect(await fixture.reasonOf(id)).toMatchObject({
      code: 'held',
      text: expect.stringContaining('{{apodo}}'),
    });
    expect((await fixture.change(id, { message: 'Hola {{apodo|cliente}}' })).body.status).toBe('held');
    expect((await fixture.campaigns.call('POST', `/api/campaigns/${id}/confirm`)).status).toBe(202);
  });

  it('is prepared only when all that is due with it has started', async () => {
    const ids = [await scheduled(LOCAL), await scheduled(LOCAL), await scheduled(LOCAL)];
    const bell = fixture.campaigns.get(PreparationBell);
    const ring = bell.ring.bind(bell);
    const rung: { id: string; waiting: number }[] = [];
    bell.ring = async (id) => {
      const [row] = await fixture.campaigns.sql.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM campaigns WHERE id = ANY($1::uuid[]) AND status = 'scheduled'`,
        [ids],
      );
      rung.push({ id, waiting: row!.n });
      await ring(id);
    };
    try {
      fixture.moveTo(NINE);
      await fixture.tick();
    } finally {
      bell.ring = ring;
    }
    const ours = rung.filter(({ id }) => ids.includes(id));
    expect(ours.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    expect(ours.map(({ waiting }) => waiting)).toEqual([0, 0, 0]);
  });

  it('among 500 that are due at one instant is started once, by three tickers at once', async () => {
    const first = await scheduled({ ...LOCAL, name: 'todas' });
    await fixture.campaigns.sql.query(
      `INSERT INTO campaigns (workspace_id, name, status, content, audience, channel_ids, status_by, due_at)
       SELECT workspace_id, name, status, content, audience, channel_ids, status_by, due_at
       FROM campaigns, generate_series(1, 499) WHERE id = $1`,
      [first],
    );
    fixture.moveTo(NINE);
    await fixture.tick(3);
    const [counted] = await fixture.campaigns.sql.query(
      `SELECT count(DISTINCT c.id)::int AS started, count(*)::int AS dispatches
       FROM campaigns c JOIN dispatches d ON d.campaign_id = c.id
       WHERE c.name = 'todas' AND c.status = 'preparing'`,
    );
    expect(counted).toEqual({ started: 500, dispatches: 500 });
  });
});
