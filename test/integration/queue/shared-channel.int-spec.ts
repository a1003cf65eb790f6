import { getQueueToken } from '@nestjs/bull';
import type { Queue } from 'bull';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CampaignsModule } from '../../../src/campaigns/campaigns.module.js';
import { PreparationService } from '../../../src/campaigns/preparation/preparation.service.js';
import { ContactsModule } from '../../../src/contacts/contacts.module.js';
import { MessagesModule } from '../../../src/messages/messages.module.js';
import { isStreamId } from '../../../src/ledger/stream.js';
import { BELL_QUEUE, type BellJob } from '../../../src/queue/bull-queues.js';
import { ControlClient, type LedgerEntry } from '../../../src/simulator/control-client.js';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.js';
import { ApiApp, assembled } from '../../support/api-app.js';

const CONTACTS = 500;
const SLOW_CHANNELS = 30;
const WAIT = { timeout: 60_000, interval: 50 };

/** Everything that sends in one process, without the ticks: what goes on here goes on by its own bells. */
describe('a channel of several campaigns and of single messages', () => {
  let simulator: Simulator;
  let control: ControlClient;
  let api: ApiApp;
  let contacts: string[];
  let posts = 0;

  beforeAll(async () => {
    simulator = await startSimulator({ port: 0, host: '127.0.0.1' });
    control = new ControlClient(simulator.url);
    api = await ApiApp.start({
      assembly: assembled(() => [ContactsModule, CampaignsModule, MessagesModule]),
      environment: { CAUDAL_SIMULATOR_URL: simulator.url, CAUDAL_PUBLIC_URL: 'http://127.0.0.1:1' },
    });
    const rows = await api.sql.query<{ id: string }>(
      `INSERT INTO contacts (workspace_id, recipient, name)
       SELECT w.id, '+5255' || (10000000 + i), 'Persona ' || i
       FROM (SELECT id FROM workspaces ORDER BY created_at LIMIT 1) AS w, generate_series(1, $1) AS i
       RETURNING id`,
      [CONTACTS],
    );
    contacts = rows.map(({ id }) => id);
  });

  afterAll(async () => {
    await api?.stop();
    await simulator?.close();
  });

  const call = async <T>(method: 'POST' | 'PATCH' | 'GET', path: string, body?: object): Promise<T> => {
    const { status, text } = await api.inject(method, path, body);
    if (status >= 300) throw new Error(`${path} was answered ${status}: ${text}`);
    return JSON.parse(text) as T;
  };

  const createChannel = async (fields: object): Promise<{ id: string; number: string }> => {
    const number = String(106_000_000_000_000 + Math.floor(Math.random() * 1e9));
    const settings = { phoneNumberId: number, latencyMs: 2, jitterMs: 0, deliveredRate: 0 };
    const channel = { name: `canal ${number}`, provider: 'simulator', settings, ...fields };
    const { id } = await call<{ id: string }>('POST', '/api/channels', channel);
    return { id, number };
  };

  const startCampaign = async (channelId: string, fields: object = {}): Promise<string> => {
    const plan = { name: 'mayo', message: 'Hola', contacts, channelIds: [channelId], ...fields };
    const { id } = await call<{ id: string }>('POST', '/api/campaigns', plan);
    await call('POST', `/api/campaigns/${id}/start`);
    await api.get(PreparationService).prepare(id);
    return id;
  };

  const post = (channelId: string): Promise<unknown> => {
    posts += 1;
    return call('POST', '/api/messages', { phone: `+52552${1_000_000 + posts}`, message: 'Hola', channelId });
  };

  /** What the provider got on a number, in order. */
  const callsOf = async (number: string): Promise<LedgerEntry[]> => {
    const { items } = await control.ledgerPage({ phoneNumberId: number, limit: 5000 });
    return items.toSorted((a, b) => a.receivedAtMs - b.receivedAtMs);
  };
  const dispatchOf = async (campaignId: string): Promise<string> => {
    const [row] = await api.sql.query<{ id: string }>(
      'SELECT dispatch_id AS id FROM campaigns WHERE id = $1',
      [campaignId],
    );
    return row!.id;
  };
  const stop = (id: string): Promise<unknown> => call('POST', `/api/campaigns/${id}/queue-stop`);

  it('is shared by the weights of the campaigns, and by a weight that changes while they run', async () => {
    const { id, number } = await createChannel({ limits: { perSecond: 60 } });
    const [light, heavy] = [await startCampaign(id), await startCampaign(id, { weight: 3 })];
    const prefixes = (await Promise.all([light, heavy].map(dispatchOf))).map(
      (dispatchId) => `${dispatchId}:`,
    );
    const sent = async (): Promise<number[]> => {
      const calls = await callsOf(number);
      return prefixes.map((prefix) => calls.filter((one) => one.callbackData!.startsWith(prefix)).length);
    };
    await expect.poll(async () => (await sent())[1], WAIT).toBeGreaterThan(20);
    const [lightBefore, heavyBefore] = await sent();
    await expect.poll(async () => (await sent())[1]! - heavyBefore!, WAIT).toBeGreaterThan(150);
    const [lightNow, heavyNow] = await sent();
    const ratio = (heavyNow! - heavyBefore!) / (lightNow! - lightBefore!);
    // The shares are exact where no slot is lost; on a machine that is too busy, some are, by lateness.
    expect(ratio).toBeGreaterThan(1.5);
    expect(ratio).toBeLessThan(6);
    const changed = await call<{ weight: number }>('PATCH', `/api/campaigns/${light}`, { weight: 10 });
    expect(changed.weight).toBe(10);
    await expect.poll(async () => (await sent())[0]! - lightNow!, WAIT).toBeGreaterThan(150);
    const [lightAfter, heavyAfter] = await sent();
    expect(lightAfter! - lightNow!).toBeGreaterThan(heavyAfter! - heavyNow!);
    await Promise.all([light, heavy].map(stop));
  });

  /** How many messages of campaigns the provider got between a post and its message. */
  const overtakenBy = async (channel: { id: string; number: string }): Promise<number> => {
    const singlesOf = (calls: readonly LedgerEntry[]): LedgerEntry[] =>
      calls.filter((one) => isStreamId(one.callbackData!.split(':')[0]!));
    const before = await callsOf(channel.number);
    await post(channel.id);
    const isThere = async (): Promise<boolean> =>
      singlesOf(await callsOf(channel.number)).length > singlesOf(before).length;
    await expect.poll(isThere, WAIT).toBe(true);
    const calls = await callsOf(channel.number);
    return calls.indexOf(singlesOf(calls).at(-1)!) - before.length;
  };

  it('knows weights from 1 to 10, in whole numbers', async () => {
    const { id } = await createChannel({});
    const plan = { name: 'mayo', message: 'Hola', contacts, channelIds: [id] };
    for (const weight of [0, 11, 1.5, '3']) {
      const { status, text } = await api.inject('POST', '/api/campaigns', { ...plan, weight });
      expect([status, JSON.parse(text).errors[0].pointer]).toEqual([400, '/weight']);
    }
    const campaign = await call<{ id: string; weight: number }>('POST', '/api/campaigns', plan);
    expect(campaign.weight).toBe(1);
    const changed = await call<{ weight: number }>('PATCH', `/api/campaigns/${campaign.id}`, { weight: 7 });
    const copy = await call<{ weight: number }>('POST', `/api/campaigns/${campaign.id}/duplicate`);
    expect([changed.weight, copy.weight]).toEqual([7, 7]);
  });

  it('lets single messages go before what campaigns have waiting', async () => {
    const channel = await createChannel({ limits: { perSecond: 60 } });
    const campaigns = [await startCampaign(channel.id), await startCampaign(channel.id)];
    await expect.poll(async () => (await callsOf(channel.number)).length, WAIT).toBeGreaterThan(60);
    for (let round = 1; round <= 5; round += 1) expect(await overtakenBy(channel)).toBeLessThan(60);
    await Promise.all(campaigns.map(stop));
  });

  it('lets a single message have the next slot but one at most, where slots are seconds apart', async () => {
    const channel = await createChannel({ pacing: { mode: 'fixed', intervalMs: 1200 } });
    const campaign = await startCampaign(channel.id);
    await expect.poll(async () => (await callsOf(channel.number)).length, WAIT).toBeGreaterThan(1);
    for (let round = 1; round <= 3; round += 1) expect(await overtakenBy(channel)).toBeLessThanOrEqual(1);
    await stop(campaign);
  });

  it('takes no worker from others while it is slow', async () => {
    const slow = await Promise.all(
      Array.from({ length: SLOW_CHANNELS }, () =>
        createChannel({ pacing: { mode: 'fixed', intervalMs: 1000 } }),
      ),
    );
    const campaigns = await Promise.all(
      slow.map(({ id }) => startCampaign(id, { contacts: contacts.slice(0, 40) })),
    );
    const bells = api.app.get<Queue<BellJob>>(getQueueToken(BELL_QUEUE), { strict: false });
    const turnsAtOnce: number[] = [];
    const look = async (): Promise<number> => turnsAtOnce.push(await bells.getActiveCount());
    await expect.poll(look, WAIT).toBeGreaterThan(40);
    const mean = turnsAtOnce.reduce((sum, turns) => sum + turns, 0) / turnsAtOnce.length;
    expect(mean).toBeLessThan(SLOW_CHANNELS * 1.4);
    const fast = await createChannel({});
    campaigns.push(await startCampaign(fast.id));
    await expect.poll(async () => (await callsOf(fast.number)).length, WAIT).toBe(CONTACTS);
    await Promise.all(campaigns.map(stop));
  }, 90_000);
});
