import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WindowPlacing } from '../../../src/campaigns/windows/window-placing.js';
import { wallTime } from '../../../src/campaigns/schedule/local-time.js';
import { Sql } from '../../../src/database/sql.js';
import { BatchMoves } from '../../../src/ledger/batch-move.repository.js';
import { BatchRepository } from '../../../src/ledger/batch.repository.js';
import { DispatchRepository } from '../../../src/ledger/dispatch.repository.js';
import { ReaperRepository } from '../../../src/ledger/reaper.repository.js';
import { SettleRepository } from '../../../src/ledger/settle.repository.js';
import { settlement } from '../../support/ledger-fixture.js';
import { LEASE_MS, WindowFixture } from './window-fixture.js';

const OFFICE = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '18:00' };
/** 4 March 2027 is a Thursday. Mexico City is at −6 all year, Madrid at +1 until 28 March. */
const THURSDAY = '2027-03-04';
const at = (time: string, day = THURSDAY): string => `${day}T${time}:00-06:00`;

describe('sending windows', () => {
  let fixture: WindowFixture;
  let channelId: string;

  beforeAll(async () => {
    fixture = await WindowFixture.start(at('12:00'));
    channelId = await fixture.campaigns.createChannel();
    const workspaceId = await fixture.campaigns.workspaceId();
    await fixture.campaigns.sql.query(
      `INSERT INTO contacts (workspace_id, recipient, name, tags, time_zone)
       SELECT $1::uuid, '+5255' || (10000000 + i), 'Persona', '{mx}'::text[], NULL::text FROM generate_series(1, 175) AS i
       UNION ALL SELECT $1::uuid, '+52664' || (1000000 + i), 'Persona', '{tijuana}', NULL FROM generate_series(1, 75) AS i
       UNION ALL SELECT $1::uuid, '+34600' || (100000 + i), 'Persona', '{es}', NULL FROM generate_series(1, 75) AS i
       UNION ALL SELECT $1::uuid, '+5256' || (10000000 + i), 'Persona', '{lejos}', 'Asia/Tokyo' FROM generate_series(1, 25) AS i`,
      [workspaceId],
    );
  });

  afterAll(() => fixture?.stop());

  beforeEach(async () => {
    await fixture.moveTo(at('12:00'));
    await fixture.put('/api/calendar', { timezone: 'America/Mexico_City' });
  });

  const patch = (id: string, window: unknown) =>
    fixture.campaigns.call('PATCH', `/api/campaigns/${id}/window`, { window });
  const roll = () => fixture.get(WindowPlacing).roll();
  const runOf = (fields: object) =>
    fixture.run({ audience: { tags: ['es'] }, channelIds: [channelId], window: OFFICE, ...fields });
  const isoOf = async (id: string) => {
    const batches = await fixture.batchesOf(id);
    return [
      ...new Set(
        batches.map(({ opens_at, closes_at }) => `${opens_at.toISOString()} ${closes_at.toISOString()}`),
      ),
    ];
  };

  it('carry a campaign over each closing in every recipient’s own hours, and it ends when it was said to', async () => {
    const limits = { perMinute: 5, perHour: 10 };
    const slow = await fixture.campaigns.createChannel({ limits });
    const window = { ...OFFICE, zone: 'recipient' };
    const id = await fixture.campaigns.createCampaign({
      message: 'Hola',
      audience: { all: true },
      channelIds: [slow],
      window,
    });
    const startMs = Date.parse(at('12:00'));
    const { body: preflight } = await fixture.campaigns.call('GET', `/api/campaigns/${id}/preflight`);
    const { body: started } = await fixture.campaigns.start(id);
    await fixture.campaigns.prepare(id);
    const zones = new Set((await fixture.batchesOf(id)).map(({ zone }) => zone));
    expect([...zones].toSorted()).toEqual([
      'America/Mexico_City',
      'America/Tijuana',
      'Asia/Tokyo',
      'Europe/Madrid',
    ]);

    const half = await fixture.send(id, slow, limits, Date.parse(at('06:00', '2027-03-05')));
    const midMs = fixture.nowMs;
    const { metrics } = await fixture.statusOf(id);
    const sent = [...half, ...(await fixture.send(id, slow, limits))];

    expect(sent).toHaveLength(350);
    expect(new Set(sent.map(({ recipient }) => recipient)).size).toBe(350);
    for (const { recipient, atMs } of sent) {
      const [date, time] = wallTime(new Date(atMs), zoneOf(recipient)).split(' ') as [string, string];
      expect([0, 6], `${recipient} ${date}`).not.toContain(new Date(date).getUTCDay());
      expect(time >= '09:00' && time < '18:00', `${recipient} at ${time}`).toBe(true);
    }
    expect(await fixture.campaigns.statusOf(id)).toBe('completed');
    expect(await fixture.campaigns.progressOf(id)).toMatchObject({ accepted: 350, pending: 0 });

    const endMs = Math.max(...sent.map(({ atMs }) => atMs));
    const within = (saidMs: number, fromMs: number) =>
      expect(Math.abs(saidMs - endMs) / (endMs - fromMs), `${saidMs} for ${endMs}`).toBeLessThan(0.05);
    within(Date.parse(preflight.finishesAt), startMs);
    within(startMs + preflight.durationMs, startMs);
    within(startMs + started.estimatedTime, startMs);
    within(Date.parse(metrics.finishesAt), midMs);
  }, 60_000);

  it('say that it waits for its window, and until when; pause, resume and stop work meanwhile', async () => {
    await fixture.moveTo(at('20:00'));
    const id = await runOf({});
    expect(await fixture.lease(id, channelId)).toBeNull();
    expect(await fixture.reasonOf(id)).toMatchObject({
      code: 'outside_window',
      text: expect.stringContaining('2027-03-05T15:00:00.000Z'),
    });
    const isRungFor = async () => {
      const dispatchId = await fixture.campaigns.dispatchOf(id);
      const work = await fixture.get(DispatchRepository).readyWork();
      return work.some((ready) => ready.dispatchId === dispatchId);
    };
    expect(await isRungFor()).toBe(false);
    await fixture.moveTo(at('09:00', '2027-03-05'));
    expect(await isRungFor()).toBe(true);
    await fixture.moveTo(at('20:00'));
    const order = (what: string) => fixture.campaigns.call('POST', `/api/campaigns/${id}/${what}`);
    expect((await order('queue-pause')).status).toBe(200);
    await fixture.campaigns.tick();
    expect((await fixture.reasonOf(id)).code).toBe('paused');
    expect((await order('queue-resume')).body.status).toBe('sending');
    expect(await fixture.lease(id, channelId)).toBeNull();
    expect((await fixture.reasonOf(id)).code).toBe('outside_window');
    expect((await order('queue-stop')).status).toBe(200);
    await fixture.campaigns.tick();
    expect(await fixture.campaigns.statusOf(id)).toBe('stopped');
    expect(await fixture.campaigns.progressOf(id)).toMatchObject({ cancelled: 75, pending: 0 });
  });

  it('let nothing pass the barrier that has closed since its lease, and go on at the next opening', async () => {
    await fixture.moveTo(`${THURSDAY}T17:59:59-06:00`);
    const id = await runOf({});
    const batch = (await fixture.lease(id, channelId))!;
    expect(batch.closesByMs! - performance.now()).toBeLessThanOrEqual(1000);
    await fixture.moveTo(at('18:00'));
    expect(await fixture.pass(batch)).toEqual({ kind: 'lease-lost' });
    await fixture.get(BatchRepository).release(batch, null);
    expect(await fixture.lease(id, channelId)).toBeNull();
    expect((await fixture.reasonOf(id)).code).toBe('outside_window');
    expect(await roll()).toBeGreaterThanOrEqual(5);
    expect(await roll()).toBe(0);
    expect(await isoOf(id)).toEqual(['2027-03-05T15:00:00.000Z 2027-03-06T00:00:00.000Z']);
    expect((await fixture.reasonOf(id)).text).toContain('2027-03-05T15:00:00.000Z');
    await fixture.moveTo(at('09:00', '2027-03-05'));
    expect(await fixture.pass((await fixture.lease(id, channelId))!)).toMatchObject({ kind: 'passed' });
  });

  it('hold for a retry', async () => {
    await fixture.moveTo(`${THURSDAY}T17:59:00-06:00`);
    const id = await runOf({});
    const batch = (await fixture.lease(id, channelId))!;
    const passed = await fixture.pass(batch);
    if (passed.kind !== 'passed') throw new Error(passed.kind);
    const againInMs = Date.parse(at('18:30')) - Date.parse(at('17:59'));
    const again = { state: 'pending', providerId: null, triesSpent: 1, againInMs } as const;
    await fixture.get(SettleRepository).settle(
      batch,
      [...passed.attempts].map(([seq, attempt]) => settlement(seq, attempt, again)),
    );
    await fixture.get(BatchRepository).release(batch, null);
    await fixture.moveTo(at('19:00'));
    await roll();
    expect(await fixture.lease(id, channelId)).toBeNull();
    await fixture.moveTo(at('09:00', '2027-03-05'));
    expect((await fixture.lease(id, channelId))?.batchNo).toBe(batch.batchNo);
  });

  it('hold for what is taken from a worker that went silent', async () => {
    await fixture.moveTo(`${THURSDAY}T17:59:30-06:00`);
    const id = await runOf({});
    const batch = (await fixture.lease(id, channelId))!;
    await fixture.moveTo(fixture.nowMs + LEASE_MS + 1000);
    expect(await fixture.get(ReaperRepository).reap(10)).toMatchObject({ batches: 1, unknown: 0 });
    expect(await fixture.lease(id, channelId)).toBeNull();
    expect(await roll()).toBeGreaterThanOrEqual(5);
    expect(await fixture.lease(id, channelId)).toBeNull();
    await fixture.moveTo(at('09:00', '2027-03-05'));
    expect((await fixture.lease(id, channelId))?.batchNo).toBe(batch.batchNo);
  });

  it('go with what is moved to another channel, also with a part of a batch', async () => {
    const other = await fixture.campaigns.createChannel();
    const id = await runOf({ channelIds: [channelId, other], window: { ...OFFICE, zone: 'recipient' } });
    const dispatchId = await fixture.campaigns.dispatchOf(id);
    const before = await fixture.batchesOf(id);
    const from = before[0]!.channel_id;
    const to = from === channelId ? other : channelId;
    const onFrom = before.filter((batch) => batch.channel_id === from).length;
    await fixture
      .get(Sql)
      .transaction((tx) =>
        fixture.get(BatchMoves).move(tx, { dispatchId, from, to, messages: 20, which: 'any' }),
      );
    const after = await fixture.batchesOf(id);
    expect(after.length).toBe(before.length + 1);
    expect(after.filter((batch) => batch.channel_id === from).length).toBeLessThan(onFrom);
    expect(await isoOf(id)).toEqual(['2027-03-05T08:00:00.000Z 2027-03-05T17:00:00.000Z']);
    expect(new Set(after.map(({ zone }) => zone))).toEqual(new Set(['Europe/Madrid']));
    expect(await fixture.lease(id, to)).toBeNull();
  });

  it('are changed while it runs, with the new end in the answer', async () => {
    const limited = await fixture.campaigns.createChannel({ limits: { perMinute: 1 } });
    const id = await runOf({ channelIds: [limited], window: null });
    const batch = (await fixture.lease(id, limited))!;
    const { status, body } = await patch(id, { from: '08:00', to: '08:30' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ success: true, status: 'sending', left: 75 });
    // Half an hour a day: 30 on Friday, 30 on Saturday, the rest on Sunday.
    expect(body.finishesAt.slice(0, 11)).toBe('2027-03-07T');
    expect(await fixture.pass(batch)).toEqual({ kind: 'lease-lost' });
    await fixture.get(BatchRepository).release(batch, null);
    expect(await fixture.lease(id, limited)).toBeNull();

    const wider = await patch(id, { from: '08:00', to: '13:00' });
    expect(wider.body.finishesAt.slice(0, 11)).toBe('2027-03-05T');
    expect(await fixture.lease(id, limited)).not.toBeNull();

    expect((await patch(id, null)).body).toMatchObject({ window: null });
    await fixture.moveTo(at('23:00'));
    expect(await fixture.lease(id, limited)).not.toBeNull();
    expect((await fixture.campaigns.call('GET', `/api/campaigns/${id}`)).body.window).toBeNull();
  });

  it('go by the recipient only where that was said before the start', async () => {
    const id = await runOf({});
    const { status, body } = await patch(id, { ...OFFICE, zone: 'recipient' });
    expect(status).toBe(400);
    expect(body.errors[0].pointer).toBe('/window/zone');
    const draft = await fixture.campaigns.createCampaign({
      message: 'Hola',
      audience: { all: true },
      channelIds: [channelId],
    });
    expect((await patch(draft, OFFICE)).body.code).toBe('campaign_status');
    const changed = await fixture.campaigns.call('PATCH', `/api/campaigns/${draft}`, { window: [OFFICE] });
    expect(changed.body.window).toEqual([{ ...OFFICE, zone: 'workspace' }]);
    const copy = await fixture.campaigns.call('POST', `/api/campaigns/${draft}/duplicate`);
    expect(copy.body.window).toEqual(changed.body.window);
    const without = await fixture.campaigns.call('PATCH', `/api/campaigns/${draft}`, { window: null });
    expect(without.body.window).toBeNull();
  });

  it('of the calendar bind marketing campaigns that run, and nothing else', async () => {
    const marketing = await runOf({ window: null });
    const utility = await runOf({ window: null, category: 'utility' });
    const { status, body } = await fixture.put('/api/calendar', {
      timezone: 'America/Mexico_City',
      holidays: [{ date: '2027-03-05', name: 'Asueto' }],
      quietHours: { from: '11:00', to: '13:00' },
    });
    expect(status).toBe(200);
    expect(body.quietHours).toEqual({ from: '11:00', to: '13:00', zone: 'workspace' });
    expect((await fixture.campaigns.call('GET', '/api/calendar')).body).toEqual(body);
    expect(await fixture.lease(marketing, channelId)).toBeNull();
    expect((await fixture.reasonOf(marketing)).text).toContain('2027-03-04T19:00:00.000Z');
    expect(await fixture.lease(utility, channelId)).not.toBeNull();

    await fixture.moveTo(at('13:00'));
    await fixture.get(BatchRepository).release((await fixture.lease(marketing, channelId))!, null);
    await fixture.moveTo(at('00:00', '2027-03-05'));
    await roll();
    expect(await fixture.lease(marketing, channelId)).toBeNull();
    expect((await fixture.reasonOf(marketing)).text).toContain('2027-03-06T06:00:00.000Z');

    await fixture.put('/api/calendar', { timezone: 'America/Mexico_City' });
    expect(await fixture.lease(marketing, channelId)).not.toBeNull();
  });

  it('with holidays of one country keep its people alone waiting', async () => {
    await fixture.put('/api/calendar', {
      timezone: 'America/Mexico_City',
      holidays: [{ date: THURSDAY, country: 'MX' }],
    });
    const id = await runOf({ audience: { anyTags: ['es', 'tijuana'] }, window: null });
    const batch = (await fixture.lease(id, channelId))!;
    const rows = await fixture.get(BatchRepository).pending(batch);
    expect(rows.every(({ recipient }) => recipient.startsWith('+34'))).toBe(true);
    const waiting = (await fixture.batchesOf(id)).filter(({ zone }) => zone === 'America/Tijuana');
    expect(waiting[0]!.opens_at.toISOString()).toBe('2027-03-05T08:00:00.000Z');
  });

  it('are kept by what is sent again', async () => {
    const id = await runOf({ window: { ...OFFICE, zone: 'recipient' } });
    await fixture.moveTo('2027-03-05T10:00:00+01:00');
    for (
      let batch = await fixture.lease(id, channelId);
      batch !== null;
      batch = await fixture.lease(id, channelId)
    ) {
      const passed = await fixture.pass(batch);
      if (passed.kind !== 'passed') throw new Error(passed.kind);
      const trail = { outcome: 'rejected', code: '131026', reason: 'Not on WhatsApp.' };
      const refused = { state: 'failed', providerId: null, trail } as const;
      await fixture.get(SettleRepository).settle(
        batch,
        [...passed.attempts].map(([seq, attempt]) => settlement(seq, attempt, refused)),
      );
      await fixture.get(BatchRepository).release(batch, null);
    }
    await fixture.campaigns.tick();
    await fixture.moveTo('2027-03-05T20:00:00+01:00');
    const again = await fixture.campaigns.call('POST', `/api/campaigns/${id}/resend`, { states: ['failed'] });
    expect(again.status, again.text).toBe(202);
    await fixture.campaigns.prepare(id);
    expect(await fixture.lease(id, channelId)).toBeNull();
    expect(await isoOf(id)).toEqual(['2027-03-08T08:00:00.000Z 2027-03-08T17:00:00.000Z']);
    expect((await fixture.batchesOf(id))[0]!.zone).toBe('Europe/Madrid');
  });

  it('that leave nothing are refused, with what takes it', async () => {
    await fixture.put('/api/calendar', {
      timezone: 'America/Mexico_City',
      quietHours: { from: '20:00', to: '09:00' },
    });
    const { status, body } = await fixture.campaigns.call('POST', '/api/campaigns', {
      name: 'mayo',
      message: 'Hola',
      audience: { all: true },
      channelIds: [channelId],
      window: { from: '21:00', to: '23:00' },
    });
    expect(status).toBe(400);
    expect(body.errors[0]).toMatchObject({
      pointer: '/window',
      detail: expect.stringContaining('20:00 to 09:00'),
    });
    const unknown = await fixture.put('/api/calendar', { timezone: 'Mars/Olympus' });
    expect(unknown.body.errors[0]).toMatchObject({
      pointer: '/timezone',
      detail: expect.stringContaining('Mars/Olympus'),
    });
  });
});

function zoneOf(recipient: string): string {
  if (recipient.startsWith('+5256')) return 'Asia/Tokyo';
  if (recipient.startsWith('+34')) return 'Europe/Madrid';
  return recipient.startsWith('+52664') ? 'America/Tijuana' : 'America/Mexico_City';
}
