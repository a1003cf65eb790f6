import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChannelClients } from '../../../src/channels/channel-clients.js';
import { ChannelRows } from '../../../src/channels/channel-rows.repository.js';
import { ProviderRegistry } from '../../../src/channels/provider-registry.js';
import { SealedSettings } from '../../../src/channels/sealed-settings.js';
import { Config } from '../../../src/config/config.js';
import { DispatchRateRepository } from '../../../src/ledger/dispatch-rate.repository.js';
import { UsageRepository } from '../../../src/ledger/usage.repository.js';
import { ChannelLines, type OpenLine } from '../../../src/queue/channel-line.js';
import { DispatchPacing } from '../../../src/queue/dispatch-pacing.js';
import { DispatchRates } from '../../../src/queue/dispatch-rates.js';
import { Grants } from '../../../src/queue/grants.js';
import { EngineRedis } from '../../../src/queue/redis.provider.js';
import { SharedBreaker } from '../../../src/queue/shared-breaker.js';
import { Throttle } from '../../../src/queue/throttle.js';
import { mostIn } from '../queue/virtual-channel.js';
import { CampaignsFixture } from './campaigns-app.js';

const WORKERS = 4;
const HALF_AHEAD_MS = 600;

/** What a worker has of its own for asking: its connection, its view of channels and of rates. */
class Asker {
  readonly redis: EngineRedis;
  private readonly lines: ChannelLines;
  private readonly grants: Grants;
  private readonly clients: ChannelClients;

  constructor(fixture: CampaignsFixture) {
    const config = fixture.app.get(Config);
    this.redis = new EngineRedis(config);
    this.clients = new ChannelClients(
      config,
      fixture.get(ChannelRows),
      fixture.get(ProviderRegistry),
      fixture.get(SealedSettings),
    );
    this.lines = new ChannelLines(this.clients, fixture.get(SharedBreaker), config);
    const throttle = new Throttle(this.redis, config, fixture.get(UsageRepository));
    const rates = new DispatchRates(fixture.get(DispatchRateRepository));
    this.grants = new Grants(throttle, this.lines, rates, fixture.get(DispatchPacing));
  }

  open(channelId: string): Promise<OpenLine | null> {
    return this.lines.lineOf(channelId);
  }

  ask(open: OpenLine, dispatchId: string) {
    return this.grants.ask(open.channel, dispatchId, 10);
  }

  async end(): Promise<void> {
    this.lines.onApplicationShutdown();
    await this.clients.close();
    this.redis.onApplicationShutdown();
  }
}

describe('the rate of a running campaign', () => {
  let fixture: CampaignsFixture;
  let contacts: string[];
  let askers: Asker[];

  beforeAll(async () => {
    fixture = await CampaignsFixture.start();
    contacts = await fixture.addContacts(100);
    askers = Array.from({ length: WORKERS }, () => new Asker(fixture));
    await Promise.all(askers.map((asker) => asker.redis.ready()));
  });

  afterAll(async () => {
    await Promise.all(askers.map((asker) => asker.end()));
    await fixture.stop();
  });

  const started = async (channelId: string, fields: object = {}): Promise<string> => {
    const id = await fixture.createCampaign({
      message: 'Hola',
      contacts,
      channelIds: [channelId],
      ...fields,
    });
    await fixture.start(id);
    await fixture.prepare(id);
    return id;
  };

  const setRate = (id: string, ratePerSecond: unknown) =>
    fixture.call('PATCH', `/api/campaigns/${id}/rate`, { ratePerSecond });

  /** All workers ask as greedily as they may, in one turn each, while `change` is made; all instants, and when it was. */
  const askThrough = async (channelId: string, id: string, change: () => Promise<unknown>) => {
    const dispatchId = await fixture.dispatchOf(id);
    const instants: number[] = [];
    let endMs = Infinity;
    const asking = askers.map(async (asker) => {
      const open = (await asker.open(channelId))!;
      while (performance.now() < endMs) {
        const grant = await asker.ask(open, dispatchId);
        if (grant.kind === 'granted') instants.push(...grant.instantsMs!);
        else await new Promise((resolve) => setTimeout(resolve, Math.min(100, Math.max(1, grant.waitMs))));
      }
    });
    await expect.poll(() => instants.length, { timeout: 5000 }).toBeGreaterThan(20);
    await change();
    const changedMs = performance.now();
    endMs = changedMs + 3000;
    await Promise.all(asking);
    const after = instants.filter((instant) => instant > changedMs + 1000);
    return { after, perSecond: after.length / ((3000 - 1000 + HALF_AHEAD_MS) / 1000) };
  };

  it('goes down for all workers within a second', async () => {
    const channelId = await fixture.createChannel({ limits: { perSecond: 80 } });
    const id = await started(channelId);
    const { after } = await askThrough(channelId, id, () => setRate(id, 10));
    // The clocks of the workers and of Redis are read a round trip apart.
    expect(mostIn(after, 1000 - 5)).toBeLessThanOrEqual(10);
    expect(after.length).toBeGreaterThan(10);
  });

  it('goes up for all workers within a second', async () => {
    const channelId = await fixture.createChannel({ limits: { perSecond: 80 } });
    const id = await started(channelId, { ratePerSecond: 15 });
    const { after, perSecond } = await askThrough(channelId, id, () => setRate(id, 60));
    expect(mostIn(after, 1000 - 5)).toBeLessThanOrEqual(60);
    expect(perSecond).toBeGreaterThan(30);
  });

  it('follows new limits of the channel within a second', async () => {
    const channelId = await fixture.createChannel({ limits: { perSecond: 80 } });
    const id = await started(channelId);
    const change = { limits: { perSecond: 8 } };
    const { after } = await askThrough(channelId, id, () =>
      fixture.call('PATCH', `/api/channels/${channelId}`, change),
    );
    expect(mostIn(after, 1000 - 5)).toBeLessThanOrEqual(8);
    expect(after.length).toBeGreaterThan(8);
  });

  it('follows a new pacing of the channel within a second', async () => {
    const channelId = await fixture.createChannel({ limits: { perSecond: 80 } });
    const id = await started(channelId);
    const change = { pacing: { mode: 'fixed', intervalMs: 400 } };
    const { after } = await askThrough(channelId, id, () =>
      fixture.call('PATCH', `/api/channels/${channelId}`, change),
    );
    expect(mostIn(after, 1000)).toBeLessThanOrEqual(3);
    expect(after.length).toBeGreaterThan(3);
  });

  it('is answered with when it will be done', async () => {
    const id = await started(await fixture.createChannel({ limits: { perSecond: 80 } }));
    const slow = await setRate(id, 0.5);
    expect(slow.status).toBe(200);
    expect(slow.body).toEqual({
      success: true,
      status: 'sending',
      ratePerSecond: 0.5,
      left: 100,
      finishesAt: expect.any(String),
    });
    const inMs = Date.parse(slow.body.finishesAt) - Date.now();
    expect(inMs).toBeGreaterThan(190_000);
    expect(inMs).toBeLessThan(200_000);
    expect((await fixture.call('GET', `/api/campaigns/${id}`)).body.ratePerSecond).toBe(0.5);
    const off = await setRate(id, null);
    expect(off.body.ratePerSecond).toBeNull();
    expect(Date.parse(off.body.finishesAt) - Date.now()).toBeLessThan(2000);
  });

  it('is planned with the campaign, copied with it, and part of its estimate', async () => {
    const channelId = await fixture.createChannel({ pacing: { mode: 'progressive' } });
    const id = await fixture.createCampaign({ message: 'Hola', contacts, channelIds: [channelId] });
    await fixture.call('PATCH', `/api/campaigns/${id}`, { ratePerSecond: 0.2 });
    const copy = await fixture.call('POST', `/api/campaigns/${id}/duplicate`);
    expect(copy.body.ratePerSecond).toBe(0.2);
    expect((await fixture.start(id)).body.estimatedTime).toBe(495_000);
    const alone = await fixture.createCampaign({ message: 'Hola', contacts, channelIds: [channelId] });
    expect((await fixture.start(alone)).body.estimatedTime).toBe(395_000);
  });

  it('is refused where it is no rate, and where nothing is sent', async () => {
    const id = await fixture.createCampaign({
      message: 'Hola',
      contacts,
      channelIds: [await fixture.createChannel()],
    });
    for (const wrong of [0, -1, '5', undefined, 10_001, []]) {
      const { status, body } = await setRate(id, wrong);
      expect([status, body.errors[0].pointer]).toEqual([400, '/ratePerSecond']);
    }
    const draft = await setRate(id, 5);
    expect([draft.status, draft.body.code]).toEqual([409, 'campaign_status']);
    expect(draft.body.detail).toContain(`PATCH /api/campaigns/${id}`);
    const { key } = await fixture.otherWorkspace();
    const other = await fixture.call(
      'PATCH',
      `/api/campaigns/${id}/rate`,
      { ratePerSecond: 5 },
      { authorization: `Bearer ${key}` },
    );
    expect(other.status).toBe(404);
  });
});
