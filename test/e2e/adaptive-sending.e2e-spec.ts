import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ControlClient } from '../../src/simulator/control-client.js';
import { CampaignsFixture } from '../integration/campaigns/campaigns-app.js';
import { launchSimulator, type SimulatorProcess } from '../support/simulator-process.js';

const RECIPIENTS = 80;
const PER_SECOND = 40;
const FEW = 20;
const ALL_SENT = { total: FEW, pending: 0, inflight: 0 };
const WAIT = { timeout: 120_000, interval: 100 };

describe('a campaign whose provider says now and then that it is too fast', () => {
  let simulator: SimulatorProcess;
  let fixture: CampaignsFixture;
  let contacts: string[];

  beforeAll(async () => {
    simulator = await launchSimulator();
    fixture = await CampaignsFixture.start({
      CAUDAL_ROLES: 'api,worker',
      CAUDAL_SIMULATOR_URL: simulator.url,
      CAUDAL_PUBLIC_URL: 'http://127.0.0.1:1',
      BATCH_SIZE: '20',
    });
    contacts = await fixture.addContacts(RECIPIENTS);
  });

  afterAll(async () => {
    await fixture?.stop();
    await simulator?.stop();
  });

  it('is sent to everybody, with no try spent, at a rate that falls and rises again', async () => {
    const channelId = await fixture.createChannel({
      limits: { perSecond: PER_SECOND },
      settings: { throttleRate: 0.05, seed: 7 },
    });
    const id = await fixture.createCampaign({ message: 'Hola', contacts, channelIds: [channelId] });
    await fixture.start(id);
    await fixture.prepare(id);
    const rates: number[] = [];
    const rateNow = async (): Promise<number> => {
      const { body } = await fixture.call('GET', `/api/channels/${channelId}/status`);
      rates.push(body.currentRatePerSecond);
      return body.currentRatePerSecond as number;
    };
    await expect
      .poll(async () => {
        await rateNow();
        return fixture.progressOf(id);
      }, WAIT)
      .toMatchObject({ total: RECIPIENTS, pending: 0, inflight: 0, failed: 0, unknown: 0 });

    const dispatchId = await fixture.dispatchOf(id);
    const [tries] = await fixture.sql.query<{ spent: number; repeated: number }>(
      `SELECT sum(tries)::int AS spent, count(*) FILTER (WHERE attempt > 1)::int AS repeated
       FROM messages WHERE dispatch_id = $1`,
      [dispatchId],
    );
    const refused = await fixture.sql.query<{ outcome: string }>(
      'SELECT DISTINCT outcome FROM attempts WHERE dispatch_id = $1',
      [dispatchId],
    );
    expect(refused).toEqual([{ outcome: 'throttled' }]);
    expect(tries!.spent).toBe(0);
    expect(tries!.repeated).toBeGreaterThan(0);
    const { items } = await new ControlClient(simulator.url).ledgerPage({ limit: 500 });
    expect(new Set(items.map((item) => item.to)).size).toBe(RECIPIENTS);
    expect(items).toHaveLength(RECIPIENTS);

    const lowest = Math.min(...rates);
    expect(lowest).toBeLessThanOrEqual(PER_SECOND / 2 + 1);
    expect(lowest).toBeGreaterThanOrEqual(PER_SECOND / 64);
    await expect.poll(rateNow, WAIT).toBeGreaterThan(lowest + 2);
  }, 240_000);

  describe('with one refusal', () => {
    const control = () => new ControlClient(simulator.url);

    /** Sends to a few, one call of which is refused with this code; all calls, and the refused one. */
    const sendThrough = async (channelId: string, code: number, retryAfterSeconds: number) => {
      await control().clearLedger();
      await control().addFault({ kind: 'error', status: 429, code, retryAfterSeconds, count: 1 });
      const few = contacts.slice(0, FEW);
      const id = await fixture.createCampaign({ message: 'Hola', contacts: few, channelIds: [channelId] });
      await fixture.start(id);
      await fixture.prepare(id);
      await expect.poll(() => fixture.progressOf(id), WAIT).toMatchObject(ALL_SENT);
      const { items: calls } = await control().ledgerPage({ limit: 500, everyCall: true });
      const refused = calls.find((call) => !call.accepted)!;
      return { calls, refused, taken: calls.filter((call) => call.accepted) };
    };
    const slowedOf = async (channelId: string) =>
      (await fixture.call('GET', `/api/channels/${channelId}/status`)).body.slowed;

    it('waits for one person, and for nobody else, where the limit is that of a pair', async () => {
      const channelId = await fixture.createChannel({ limits: { perSecond: PER_SECOND } });
      const { taken, refused } = await sendThrough(channelId, 131056, 3);
      const again = taken.find((call) => call.to === refused.to)!;
      expect(again.receivedAtMs - refused.receivedAtMs).toBeGreaterThan(2900);
      const between = taken.filter(
        ({ receivedAtMs }) => receivedAtMs > refused.receivedAtMs && receivedAtMs < again.receivedAtMs,
      );
      expect(between.length).toBeGreaterThan(0);
      expect(await slowedOf(channelId)).toBeUndefined();
    });

    it('is held for as long as the provider says, where it is that of the number', async () => {
      const channelId = await fixture.createChannel({ limits: { perSecond: PER_SECOND } });
      const { calls, refused } = await sendThrough(channelId, 130429, 4);
      const afterMs = calls.map((call) => call.receivedAtMs - refused.receivedAtMs);
      // What had its instant before the answer came is sent, at most half a second of it.
      expect(afterMs.filter((ms) => ms > 2000 && ms < 3900)).toEqual([]);
      expect(afterMs.filter((ms) => ms >= 3900)).not.toEqual([]);
      expect(await slowedOf(channelId)).toMatchObject({ code: '130429' });
    });
  });
});
