import { randomUUID } from 'node:crypto';
import { getQueueToken } from '@nestjs/bull';
import type { Queue } from 'bull';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChannelHolds } from '../../../src/channels/channel-holds.js';
import { DeploymentCheck } from '../../../src/database/deployment.js';
import { BELL_QUEUE, type BellJob } from '../../../src/queue/bull-queues.js';
import { AdaptiveRate } from '../../../src/queue/adaptive-rate.js';
import { EngineRedis } from '../../../src/queue/redis.provider.js';
import { SharedBreaker } from '../../../src/queue/shared-breaker.js';
import { Throttle } from '../../../src/queue/throttle.js';
import { Turn } from '../../../src/queue/turn.js';
import { CampaignsFixture } from '../campaigns/campaigns-app.js';

describe('why nothing is sent, and what a person can order about it', () => {
  let fixture: CampaignsFixture;
  let contacts: string[];
  let channelId: string;
  let campaignId: string;
  let dispatchId: string;

  beforeAll(async () => {
    fixture = await CampaignsFixture.start({ CAUDAL_BREAKER_FAILURES: '3', CAUDAL_BREAKER_OPEN_MS: '60000' });
    contacts = await fixture.addContacts(2);
  });

  beforeEach(async () => {
    await workerSeen(0);
    channelId = await fixture.createChannel({ name: `ventas ${randomUUID()}` });
    campaignId = await fixture.createCampaign({ message: 'Hola', contacts, channelIds: [channelId] });
    await fixture.start(campaignId);
    await fixture.prepare(campaignId);
    dispatchId = await fixture.dispatchOf(campaignId);
  });

  afterAll(() => fixture.stop());

  async function workerSeen(secondsAgo: number): Promise<void> {
    await fixture.sql.query('DELETE FROM workers');
    await fixture.sql.query(
      `INSERT INTO workers (id, host, pid, roles, seen_at)
       VALUES ($1, 'spec', 1, '{worker}', now() - $2 * interval '1 s')`,
      [randomUUID(), secondsAgo],
    );
  }

  /** The readings of a sending campaign are shared for a tenth of a second, the rows of channels for longer. */
  async function reasonBecomes(expected: object | undefined): Promise<void> {
    await expect
      .poll(async () => (await queueStatus()).reason, { timeout: 5000 })
      .toEqual(expected === undefined ? undefined : expect.objectContaining(expected));
  }
  async function sinceIsNow(): Promise<void> {
    const { since } = (await queueStatus()).reason;
    expect(Math.abs(Date.now() - Date.parse(since))).toBeLessThan(20_000);
  }
  const queueStatus = async () =>
    (await fixture.call('GET', `/api/campaigns/${campaignId}/queue-status`)).body.status;
  const status = async () => (await fixture.call('GET', `/api/channels/${channelId}/status`)).body;
  const breaker = (action: string) => fixture.call('POST', `/api/channels/${channelId}/breaker`, { action });
  const lift = () => fixture.call('POST', `/api/channels/${channelId}/lift-hold`);
  const wipe = () => fixture.get(EngineRedis).client.del(fixture.get(Throttle).keyOf(channelId));
  const turn = () => fixture.get(Turn).run(dispatchId, channelId);
  const park = () =>
    fixture.sql.query(`UPDATE batches SET not_before = now() + interval '1 hour' WHERE dispatch_id = $1`, [
      dispatchId,
    ]);

  async function bellsRung(): Promise<number> {
    const queue = fixture.app.get<Queue<BellJob>>(getQueueToken(BELL_QUEUE), { strict: false });
    const jobs = await queue.getJobs(['waiting', 'delayed']);
    return jobs.filter(({ data }) => data.dispatchId === dispatchId && data.channelId === channelId).length;
  }

  const silence = () => {
    const queue = fixture.app.get<Queue<BellJob>>(getQueueToken(BELL_QUEUE), { strict: false });
    return queue.empty();
  };

  it('says nothing while it may send', async () => {
    await reasonBecomes(undefined);
  });

  it('a breaker opened by hand says so with by whom and since when, and stays with whoever was first', async () => {
    const opened = await breaker('open');
    expect(opened).toMatchObject({ status: 200, body: { breaker: 'open', openedBy: expect.any(String) } });
    expect((await breaker('open')).body).toEqual(opened.body);
    const { openedBy, openedAt } = opened.body;
    expect(await status()).toMatchObject({ breaker: 'open', breakerOpenedBy: openedBy });
    await reasonBecomes({
      code: 'breaker_open',
      text: expect.stringContaining(`${openedBy} opened its breaker by hand`),
      since: openedAt,
    });
  });

  it('a breaker opened by hand stays open when Redis is wiped', async () => {
    const { body } = await breaker('open');
    await wipe();
    await reasonBecomes({ code: 'breaker_open', since: body.openedAt });
    expect(await status()).toMatchObject({ breaker: 'open' });
    expect(await turn()).toEqual({ ring: 'no' });
    const { pending } = await fixture.progressOf(campaignId);
    expect(pending).toBe(2);
  });

  it('a breaker opened by hand stops the grants at once, and no late answer closes it', async () => {
    const shared = fixture.get(SharedBreaker);
    const channel = { id: channelId, limits: {}, pacing: { mode: 'max' as const }, version: 1 };
    await fixture.get(Throttle).grant(channel, 1);
    await breaker('open');
    expect(await fixture.get(Throttle).grant(channel, 1)).toMatchObject({ kind: 'wait', why: 'breaker' });
    expect(await shared.report(channelId, true, true)).toBe('open');
  });

  it('closing a breaker wakes what was put off and rings for it', async () => {
    await breaker('open');
    await park();
    await silence();
    expect(await breaker('close')).toMatchObject({
      status: 200,
      body: { breaker: 'closed', openedBy: null, openedAt: null },
    });
    expect(await bellsRung()).toBeGreaterThan(0);
    const batches = await fixture.sql.query('SELECT not_before FROM batches WHERE dispatch_id = $1', [
      dispatchId,
    ]);
    expect(batches).toEqual([{ not_before: null }]);
    expect(await status()).toMatchObject({ breaker: 'closed' });
    await reasonBecomes(undefined);
  });

  it('a breaker that opened by itself says since when, and is closed by hand as well', async () => {
    const shared = fixture.get(SharedBreaker);
    const before = new Date();
    for (let failures = 0; failures < 3; failures += 1) await shared.report(channelId, false, false);
    await reasonBecomes({ code: 'breaker_open', text: expect.stringContaining('kept failing') });
    const { since } = (await queueStatus()).reason;
    expect(Math.abs(Date.parse(since) - before.getTime())).toBeLessThan(5000);
    await breaker('close');
    await reasonBecomes(undefined);
    // Its failures are forgotten with it: one more does not open it again.
    expect(await shared.report(channelId, false, false)).toBe('closed');
  });

  it('a held channel goes on once its hold is lifted, and an open breaker is not lifted with it', async () => {
    await fixture.get(ChannelHolds).hold(channelId, '131042', 'A payment method is missing.');
    await breaker('open');
    await reasonBecomes({
      code: 'channel_held',
      text: expect.stringContaining('payment'),
      since: expect.any(String),
    });
    await silence();
    expect(await lift()).toMatchObject({ status: 200, body: { lifted: true } });
    await reasonBecomes({ code: 'breaker_open' });
    expect((await lift()).body).toEqual({ lifted: false });
    await breaker('close');
    await reasonBecomes(undefined);
    expect(await bellsRung()).toBeGreaterThan(0);
  });

  it('orders to a channel of another workspace find nothing', async () => {
    const { key } = await fixture.otherWorkspace();
    const headers = { authorization: `Bearer ${key}` };
    for (const [path, body] of [
      ['breaker', { action: 'open' }],
      ['breaker', { action: 'close' }],
      ['lift-hold', undefined],
    ] as const) {
      const reply = await fixture.call('POST', `/api/channels/${channelId}/${path}`, body, headers);
      expect(reply).toMatchObject({ status: 404, body: { code: 'channel_not_found' } });
    }
    expect(await status()).toMatchObject({ breaker: 'closed' });
  });

  it('says that no worker is alive, and when the last one was seen', async () => {
    await workerSeen(31);
    const before = Date.now();
    await reasonBecomes({ code: 'no_worker' });
    const { since } = (await queueStatus()).reason;
    expect(Math.abs(before - 31_000 - Date.parse(since))).toBeLessThan(5000);
    await workerSeen(0);
    await reasonBecomes(undefined);
  });

  it('says that a database must be confirmed, since when it was noticed', async () => {
    const deployment = fixture.get(DeploymentCheck);
    await fixture.sql.query(`UPDATE deployment SET system_identifier = '1'`);
    await deployment.compare();
    await reasonBecomes({ code: 'database_restored', since: deployment.heldAt()?.toISOString() });
    expect(await turn()).toEqual({ ring: 'no' });
    await deployment.confirm('spec', 'looked at it');
    await reasonBecomes(undefined);
  });

  it('says that the provider asked for a pause, and until when', async () => {
    await fixture.get(AdaptiveRate).throttled(channelId, 60_000, '130429');
    await reasonBecomes({ code: 'throttled', text: expect.stringMatching(/\(130429\); it goes on at 20/) });
    await sinceIsNow();
  });

  it('says which limit of the channel is spent', async () => {
    const limits = { perDay: 1 };
    await fixture.call('PATCH', `/api/channels/${channelId}`, { limits });
    const channel = { id: channelId, limits, pacing: { mode: 'max' as const }, version: 2 };
    await expect
      .poll(() => fixture.get(Throttle).grant(channel, 1), { timeout: 5000 })
      .toMatchObject({ kind: 'granted' });
    await reasonBecomes({ code: 'limit_spent', text: expect.stringContaining('perDay') });
    await sinceIsNow();
  });

  it('says that the channel is gone', async () => {
    await fixture.sql.query('DELETE FROM channels WHERE id = $1', [channelId]);
    await reasonBecomes({ code: 'channel_missing' });
  });

  it('tells a retry, the pace of a channel and the hours of a window from each other', async () => {
    await park();
    await reasonBecomes({ code: 'waiting' });
    await sinceIsNow();
    await fixture.sql.query(
      `UPDATE messages SET not_before = now() + interval '1 hour', tries = 1, inflight_at = '2030-01-01'
       WHERE dispatch_id = $1`,
      [dispatchId],
    );
    // Since the last of them was tried.
    await reasonBecomes({ code: 'finishing_retries', since: '2030-01-01T00:00:00.000Z' });
    await fixture.sql.query(
      `UPDATE batches SET opens_at = now() + interval '2 hours' WHERE dispatch_id = $1`,
      [dispatchId],
    );
    await reasonBecomes({ code: 'outside_window' });
  });

  it('says that Redis cannot be reached, since when, and goes on when it is back', async () => {
    const { client } = fixture.get(EngineRedis);
    const before = Date.now();
    client.disconnect();
    client.emit('error', new Error('the spec cut the connection'));
    await reasonBecomes({ code: 'redis_unreachable' });
    const { since } = (await queueStatus()).reason;
    expect(Math.abs(Date.parse(since) - before)).toBeLessThan(5000);
    expect(await breaker('close')).toMatchObject({ status: 503, body: { code: 'redis_unreachable' } });
    expect(await fixture.call('GET', `/api/channels/${channelId}/status`)).toMatchObject({ status: 503 });
    await client.connect();
    await reasonBecomes(undefined);
  });
});
