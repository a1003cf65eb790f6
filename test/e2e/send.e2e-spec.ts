import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../support/auditor.js';
import { Stack } from '../support/stack.js';

const WAIT = { timeout: 60_000, interval: 100 };
const LEASE_MS = 6_500;

describe('a campaign on real processes', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start({
      workers: 2,
      environment: {
        CAUDAL_LEASE_MS: String(LEASE_MS),
        // A box that is busy with other things may keep the simulator waiting: that is no outage.
        CAUDAL_SEND_TIMEOUT_MS: '4000',
        CAUDAL_TURN_MS: '1000',
        CAUDAL_RETRY_BASE_MS: '200',
      },
    });
  });

  afterAll(async () => {
    await stack.stop();
  });

  const progressOf = async (campaignId: string) => (await stack.status(campaignId)).progress;
  const untilStatus = async (campaignId: string, status: string): Promise<void> => {
    await expect.poll(async () => (await stack.status(campaignId)).status, WAIT).toBe(status);
  };

  it('sends every message once and follows it from accepted to read', async () => {
    const channelId = await stack.createChannel({ readRate: 1, statusDelayMs: 20 });
    const campaignId = await stack.createCampaign(1000, channelId);
    await stack.start(campaignId);
    await untilStatus(campaignId, 'completed');
    await expect.poll(async () => (await progressOf(campaignId))['read'], WAIT).toBe(1000);
    const { ledger } = await audit(stack, campaignId);
    expect(ledger.accepted).toBe(1000);
  });

  it('loses nothing and repeats nothing when a worker is killed in the middle', async () => {
    const channelId = await stack.createChannel({ latencyMs: 40, readRate: 1, statusDelayMs: 20 });
    const campaignId = await stack.createCampaign(4000, channelId, 10_000);
    await stack.start(campaignId);
    await expect.poll(async () => (await stack.simulator.summary()).calls, WAIT).toBeGreaterThan(1400);
    const killed = stack.workers.shift()!;
    killed.signal('SIGKILL');
    await killed.ended;
    await stack.startWorker();
    await untilStatus(campaignId, 'completed');
    const dispatchId = await stack.dispatchOf(campaignId);
    // Whatever was accepted before the kill is known again by its webhooks; the rest of the open calls stays unknown.
    await expect
      .poll(async () => {
        const { progress, ledger } = await audit(stack, campaignId);
        return progress.read === ledger.distinct && progress.inflight === 0;
      }, WAIT)
      .toBe(true);
    const rows = await stack.ledger.rowsOf(dispatchId);
    expect(rows.every((row) => row.state === 'read' || row.state === 'unknown')).toBe(true);
    expect(rows.filter((row) => row.state === 'unknown').length).toBeLessThanOrEqual(256);
  });

  it('goes on by itself after everything in Redis was lost, without exceeding the limit', async () => {
    const channelId = await stack.createChannel({}, { perSecond: 200 });
    const campaignId = await stack.createCampaign(1200, channelId, 20_000);
    await stack.start(campaignId);
    const dispatchId = await stack.dispatchOf(campaignId);
    const summary = () => stack.simulator.summary({ callbackPrefix: `${dispatchId}:` });
    await expect.poll(async () => (await summary()).calls, WAIT).toBeGreaterThan(300);
    await stack.wipeRedis();
    await untilStatus(campaignId, 'completed');
    const { ledger } = await audit(stack, campaignId);
    expect(ledger.accepted).toBe(1200);
    expect(ledger.mostPerSecond).toBeLessThanOrEqual(200);
  });

  it('pauses at full speed: after paused the provider hears nothing more, and resume finishes the rest', async () => {
    const channelId = await stack.createChannel({ latencyMs: 5 });
    const campaignId = await stack.createCampaign(8000, channelId, 30_000);
    await stack.start(campaignId);
    const dispatchId = await stack.dispatchOf(campaignId);
    const calls = async () => (await stack.simulator.summary({ callbackPrefix: `${dispatchId}:` })).calls;
    await expect.poll(calls, { timeout: 60_000, interval: 20 }).toBeGreaterThan(200);
    const { body } = await stack.api.post<{ status: string; inFlight: number }>(
      `/api/campaigns/${campaignId}/queue-pause`,
    );
    expect(['pausing', 'paused']).toContain(body.status);
    await untilStatus(campaignId, 'paused');
    const callsWhenPaused = await calls();
    expect(callsWhenPaused).toBeLessThan(8000);
    expect((await progressOf(campaignId))['inflight']).toBe(0);
    // Two ticks of every loop that could still send.
    const ticks = await stack.ledger.sql.query<{ at: Date }>('SELECT now() AS at FROM pg_sleep(2)');
    expect(ticks).toHaveLength(1);
    expect(await calls()).toBe(callsWhenPaused);
    await stack.api.post(`/api/campaigns/${campaignId}/queue-resume`);
    await untilStatus(campaignId, 'completed');
    const { ledger } = await audit(stack, campaignId);
    expect(ledger.accepted).toBe(8000);
  });

  it('stops: what was not begun is cancelled, and the counts add up', async () => {
    const channelId = await stack.createChannel({}, { perSecond: 100 });
    const campaignId = await stack.createCampaign(3000, channelId, 40_000);
    await stack.start(campaignId);
    await expect.poll(async () => (await progressOf(campaignId))['success'], WAIT).toBeGreaterThan(50);
    await stack.api.post(`/api/campaigns/${campaignId}/queue-stop`);
    await untilStatus(campaignId, 'stopped');
    const { progress, ledger } = await audit(stack, campaignId);
    expect(progress.cancelled).toBe(3000 - ledger.accepted);
    expect(progress.pending).toBe(0);
  });

  it('sends nothing to a contact who opts out while the campaign runs', async () => {
    const channelId = await stack.createChannel({}, { perSecond: 50 });
    const numbers = Array.from({ length: 150 }, (_, i) => `+52155200${String(10_000 + i)}`.slice(0, 14));
    const contacts: string[] = [];
    for (const phone of numbers) {
      const { body } = await stack.api.post<{ id: string }>('/api/contacts', { phone, tags: ['salida'] });
      contacts.push(body.id);
    }
    const { body: campaign } = await stack.api.post<{ id: string }>('/api/campaigns', {
      name: 'salida',
      message: 'Hola',
      audience: { tags: ['salida'] },
      channelIds: [channelId],
    });
    await stack.start(campaign.id);
    await expect.poll(async () => (await progressOf(campaign.id))['success'], WAIT).toBeGreaterThan(5);
    const last = contacts.at(-1)!;
    const { status } = await stack.api.post(`/api/contacts/${last}/opt-out`, { reason: 'STOP' });
    expect(status).toBeLessThan(300);
    await untilStatus(campaign.id, 'completed');
    const { progress, ledger } = await audit(stack, campaign.id);
    expect(progress.skipped).toBe(1);
    expect(ledger.accepted).toBe(149);
  });

  it('retries what the provider documents as not accepted, and leaves alone what nobody can tell', async () => {
    const channelId = await stack.createChannel({
      unknownRate: 0.05,
      throttleRate: 0.005,
      statusDelayMs: 20,
    });
    const campaignId = await stack.createCampaign(600, channelId, 50_000);
    await stack.start(campaignId);
    await untilStatus(campaignId, 'completed');
    const { progress } = await audit(stack, campaignId);
    expect(progress.pending + progress.inflight).toBe(0);
    expect(progress.failed).toBe(0);
  });
});
