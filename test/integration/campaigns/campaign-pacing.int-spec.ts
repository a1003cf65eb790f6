import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChannelLines } from '../../../src/queue/channel-line.js';
import { DispatchPacing } from '../../../src/queue/dispatch-pacing.js';
import { Grants } from '../../../src/queue/grants.js';
import { EngineRedis } from '../../../src/queue/redis.provider.js';
import { CampaignsFixture } from './campaigns-app.js';

const PROGRESSIVE = { mode: 'progressive', baseDelayMs: 2000, stepMs: 500, stepEvery: 10, maxDelayMs: 5000 };

describe('the own pacing of a campaign', () => {
  let fixture: CampaignsFixture;
  let contacts: string[];

  beforeAll(async () => {
    fixture = await CampaignsFixture.start();
    contacts = await fixture.addContacts(100);
  });

  afterAll(() => fixture.stop());

  const created = (fields: object) =>
    fixture.call('POST', '/api/campaigns', { name: 'mayo', message: 'Hola', contacts, ...fields });

  const started = async (channelIds: string[], fields: object): Promise<string> => {
    const id = await fixture.createCampaign({ message: 'Hola', contacts, channelIds, ...fields });
    await fixture.start(id);
    await fixture.prepare(id);
    return id;
  };

  const inMs = (finishesAt: string): number => Date.parse(finishesAt) - Date.now();
  const queueStatus = async (id: string) =>
    (await fixture.call('GET', `/api/campaigns/${id}/queue-status`)).body.status;

  it('is planned, shown, changed while it is a draft, and copied with it', async () => {
    const channelIds = [await fixture.createChannel()];
    const { status, body } = await created({ channelIds, pacing: { mode: 'progressive' } });
    expect([status, body.pacing]).toEqual([201, PROGRESSIVE]);
    const fixed = { mode: 'fixed', intervalMs: 1500, jitter: 0.2, pauseEvery: 50, pauseMs: 60_000 };
    const changed = await fixture.call('PATCH', `/api/campaigns/${body.id}`, { pacing: fixed });
    expect(changed.body.pacing).toEqual(fixed);
    const renamed = await fixture.call('PATCH', `/api/campaigns/${body.id}`, { name: 'junio' });
    expect(renamed.body.pacing).toEqual(fixed);
    const copy = await fixture.call('POST', `/api/campaigns/${body.id}/duplicate`);
    expect(copy.body.pacing).toEqual(fixed);
    expect((await created({ channelIds })).body.pacing).toBeNull();
  });

  it('comes as JSON text in a form', async () => {
    const channelIds = JSON.stringify([await fixture.createChannel()]);
    const csv = 'telefono\n5512345678\n';
    const fields = { name: 'mayo', message: 'Hola', channelIds };
    const made = await fixture.upload('/api/campaigns', csv, { ...fields, pacing: '{"mode":"even"}' });
    expect([made.status, made.body.pacing]).toEqual([201, { mode: 'even' }]);
    const wrong = await fixture.upload('/api/campaigns', csv, { ...fields, pacing: 'slow' });
    expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([400, '/pacing']);
    expect(wrong.body.detail).toContain('{"mode":"progressive"}');
  });

  it('is refused where it is none, by the name of what is wrong', async () => {
    const channelIds = [await fixture.createChannel()];
    for (const [pacing, pointer] of [
      [{ mode: 'slow' }, '/pacing/mode'],
      [{ mode: 'fixed' }, '/pacing/intervalMs'],
      [{ mode: 'max', jitter: 0.1 }, '/pacing/jitter'],
      [{ mode: 'fixed', intervalMs: 10, pauseEvery: 3 }, '/pacing/pauseMs'],
      ['even', '/pacing'],
    ] as const) {
      const { status, body } = await created({ channelIds, pacing });
      expect([status, body.errors[0].pointer]).toEqual([400, pointer]);
    }
  });

  it('is what its estimates follow: at start, in queue-status, and with a new rate', async () => {
    const channelIds = [await fixture.createChannel(), await fixture.createChannel()];
    const ten = await fixture.createCampaign({
      message: 'Hola',
      contacts: contacts.slice(0, 10),
      channelIds,
      pacing: PROGRESSIVE,
    });
    expect((await fixture.start(ten)).body.estimatedTime).toBe(20_000);
    const id = await fixture.createCampaign({
      message: 'Hola',
      contacts,
      channelIds,
      pacing: PROGRESSIVE,
    });
    expect((await fixture.start(id)).body.estimatedTime).toBe(395_000);
    await fixture.prepare(id);
    const { metrics } = await queueStatus(id);
    expect(inMs(metrics.finishesAt)).toBeGreaterThan(385_000);
    expect(inMs(metrics.finishesAt)).toBeLessThan(396_000);
    const slower = await fixture.call('PATCH', `/api/campaigns/${id}/rate`, { ratePerSecond: 0.25 });
    expect(inMs(slower.body.finishesAt)).toBeGreaterThan(50 * 4000 + 10 * 4500 + 40 * 5000 - 10_000);
    expect(inMs(slower.body.finishesAt)).toBeLessThan(50 * 4000 + 10 * 4500 + 40 * 5000 + 1000);
  });

  it('is held over all its channels, and from where it was when Redis is wiped', async () => {
    const channelIds = [
      await fixture.createChannel(),
      await fixture.createChannel({ limits: { perSecond: 80 } }),
    ];
    const pacing = { mode: 'fixed', intervalMs: 3000 };
    const dispatchId = await fixture.dispatchOf(await started(channelIds, { pacing }));
    const ask = async (channelId: string) => {
      const open = await fixture.get(ChannelLines).lineOf(channelId);
      return fixture.get(Grants).ask(open!.channel, dispatchId, 10);
    };
    await expect
      .poll(() => ask(channelIds[1]!), { timeout: 5000 })
      .toMatchObject({ kind: 'granted', count: 1 });
    const elsewhere = await ask(channelIds[0]!);
    expect(elsewhere).toMatchObject({ kind: 'wait', why: 'rate:campaign' });
    expect(elsewhere.kind === 'wait' && elsewhere.waitMs).toBeGreaterThan(1500);

    // As the barrier leaves it: 42 begun, the last of them just now.
    await fixture.sql.query(
      `UPDATE messages SET state = 'accepted', inflight_at = now() WHERE dispatch_id = $1 AND seq <= 42`,
      [dispatchId],
    );
    await fixture.sql.query(
      `INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, accepted)
       SELECT workspace_id, id, 0, 42 FROM dispatches WHERE id = $1
       ON CONFLICT (dispatch_id, slot) DO UPDATE SET accepted = 42`,
      [dispatchId],
    );
    const { client } = fixture.get(EngineRedis);
    const [key] = await client.keys(`*{dispatch-${dispatchId}}:rate`);
    await client.del(key!);
    const after = await ask(channelIds[0]!);
    expect(after).toMatchObject({ kind: 'wait', why: 'rate:campaign' });
    expect(after.kind === 'wait' && after.waitMs).toBeGreaterThan(2000);
    expect(await client.hget(key!, 'pn')).toBe('42');
  });

  it('spreads an even one over what its channels may do together', async () => {
    const channelIds = [
      await fixture.createChannel({ limits: { perMinute: 60 } }),
      await fixture.createChannel({ limits: { perMinute: 60 } }),
    ];
    const dispatchId = await fixture.dispatchOf(await started(channelIds, { pacing: { mode: 'even' } }));
    const pace = await fixture.get(DispatchPacing).of(dispatchId, { mode: 'even' });
    const { baseMs, mostMs } = JSON.parse(pace!.profile);
    expect(baseMs).toBe(mostMs);
    expect(baseMs).toBeGreaterThan(500);
    expect(baseMs).toBeLessThan(520);
  });

  it('is nothing where it asks for nothing', async () => {
    const pacing = fixture.get(DispatchPacing);
    expect(await pacing.of('1', null)).toBeNull();
    expect(await pacing.of('1', { mode: 'max' })).toBeNull();
    expect(await pacing.of('1', { mode: 'max', pauseEvery: 5, pauseMs: 10 })).not.toBeNull();
  });
});
