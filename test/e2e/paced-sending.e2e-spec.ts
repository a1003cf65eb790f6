import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ControlClient } from '../../src/simulator/control-client.js';
import { CampaignsFixture } from '../integration/campaigns/campaigns-app.js';
import { mostIn } from '../integration/queue/virtual-channel.js';
import { launchSimulator, type SimulatorProcess } from '../support/simulator-process.js';

const RECIPIENTS = 40;

describe('a campaign that is sent through a worker', () => {
  let simulator: SimulatorProcess;
  let control: ControlClient;
  let fixture: CampaignsFixture;
  let contacts: string[];

  beforeAll(async () => {
    simulator = await launchSimulator();
    control = new ControlClient(simulator.url);
    fixture = await CampaignsFixture.start({
      CAUDAL_ROLES: 'api,worker',
      CAUDAL_SIMULATOR_URL: simulator.url,
      CAUDAL_PUBLIC_URL: 'http://127.0.0.1:1',
      BATCH_SIZE: '10',
    });
    contacts = await fixture.addContacts(RECIPIENTS);
  });

  beforeEach(() => control.clearLedger());

  afterAll(async () => {
    await fixture?.stop();
    await simulator?.stop();
  });

  /** When the provider got each of its messages. */
  const receivedMs = async (channel: object, fields: object = {}): Promise<number[]> => {
    const channelIds = [await fixture.createChannel(channel)];
    const id = await fixture.createCampaign({ message: 'Hola', contacts, channelIds, ...fields });
    await fixture.start(id);
    await fixture.prepare(id);
    await expect
      .poll(() => fixture.progressOf(id), { timeout: 30_000, interval: 200 })
      .toMatchObject({ total: RECIPIENTS, pending: 0, inflight: 0 });
    const { items } = await control.ledgerPage({ limit: 100 });
    expect(items).toHaveLength(RECIPIENTS);
    return items.map((item) => item.receivedAtMs).toSorted((a, b) => a - b);
  };

  const spanMs = (received: readonly number[]): number => received.at(-1)! - received[0]!;

  it('keeps the pace of its channel', async () => {
    const pacing = { mode: 'progressive', baseDelayMs: 100, stepMs: 100, stepEvery: 10, maxDelayMs: 300 };
    const tookMs = spanMs(await receivedMs({ pacing }));
    const tableMs = 10 * 100 + 10 * 200 + 19 * 300;
    expect(tookMs).toBeGreaterThan(tableMs - 30);
    expect(tookMs).toBeLessThan(tableMs * 1.2);
  });

  it('keeps its own rate on a channel that is faster', async () => {
    const received = await receivedMs({ limits: { perSecond: 80 } }, { ratePerSecond: 8 });
    expect(mostIn(received, 1000)).toBeLessThanOrEqual(8);
    expect(spanMs(received)).toBeLessThan((RECIPIENTS / 8) * 1000 * 1.3);
  });

  it('has no more calls out at once than its channel may', async () => {
    const latencyMs = 200;
    const received = await receivedMs({
      limits: { maxInFlight: 3 },
      settings: { latencyMs, jitterMs: 0 },
    });
    // The fourth call cannot begin before the first was answered, and so on.
    expect(mostIn(received, latencyMs - 20)).toBeLessThanOrEqual(3);
    expect(spanMs(received)).toBeLessThan((RECIPIENTS / 3) * latencyMs * 1.5);
  });
});
