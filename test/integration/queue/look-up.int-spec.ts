import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChannelClients } from '../../../src/channels/channel-clients.js';
import { LookUps } from '../../../src/queue/look-up.js';
import { UnknownHorizon } from '../../../src/queue/unknown-horizon.js';
import { BarrierRepository } from '../../../src/ledger/barrier.repository.js';
import { BatchRepository } from '../../../src/ledger/batch.repository.js';
import { ReaperRepository } from '../../../src/ledger/reaper.repository.js';
import { ControlClient, type ScriptedFault } from '../../../src/simulator/control-client.js';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.js';
import { CampaignsFixture } from '../campaigns/campaigns-app.js';

const PROCESSED: ScriptedFault = { kind: 'resetAfterRead' };
const NOT_PROCESSED: ScriptedFault = { kind: 'error', status: 500, processed: false };

describe('asking a provider about messages whose outcome is unknown', () => {
  let fixture: CampaignsFixture;
  let simulator: Simulator;
  let control: ControlClient;
  let channelId: string;
  let contacts: string[];

  beforeAll(async () => {
    simulator = await startSimulator({ port: 0, host: '127.0.0.1' });
    control = new ControlClient(simulator.url);
    fixture = await CampaignsFixture.start({
      CAUDAL_SIMULATOR_URL: simulator.url,
      CAUDAL_PUBLIC_URL: 'http://127.0.0.1:9',
    });
    contacts = await fixture.addContacts(6);
  });

  afterAll(async () => {
    await fixture?.stop();
    await simulator.close();
  });

  beforeEach(async () => {
    await control.clearFaults();
    channelId = await fixture.createChannel({ settings: { deliveredRate: 0, statusDelayMs: 600_000 } });
  });

  /**
   * Six messages past the barrier; those with a fault are really sent under it, and then their worker dies with all of
   * them open. Returns the campaign.
   */
  async function lostWith(faults: Readonly<Record<number, ScriptedFault | 'sent'>>): Promise<string> {
    const id = await fixture.createCampaign({ message: 'Hola', contacts, channelIds: [channelId] });
    await fixture.start(id);
    await fixture.prepare(id);
    const dispatchId = await fixture.dispatchOf(id);
    const batches = fixture.get(BatchRepository);
    const workerId = '00000000-0000-4000-8000-00000000dead';
    const batch = (await batches.lease(dispatchId, channelId, workerId, 60_000))!;
    const rows = await batches.pending(batch);
    const seqs = rows.map(({ seq }) => seq);
    const passed = await fixture.get(BarrierRepository).pass(batch, seqs, 'marketing', 60_000);
    expect(passed.kind).toBe('passed');
    const { client } = (await fixture.get(ChannelClients).clientOf(channelId))!;
    // Opens the line, so that each fault meets the message that it is meant for.
    await client.prepare!(5000);
    for (const { seq, recipient } of rows) {
      const fault = faults[seq];
      if (fault === undefined) continue;
      if (fault !== 'sent') await control.addFault({ ...fault, count: 1 });
      const content = { type: 'text', text: 'Hola' } as const;
      await client.send({ recipient, content, correlationId: `${dispatchId}:${seq}:1` }, 5000);
    }
    await fixture.get(ReaperRepository).reapWorker(workerId, () => true);
    return id;
  }

  /** Everything of before happened so long ago that it must show by now, and it is time to ask. */
  async function later(): Promise<void> {
    await fixture.sql.query(
      `UPDATE unknowns SET look_at = now(), looked_at = NULL, since = since - interval '5 minutes'`,
    );
  }

  const ask = () => fixture.get(LookUps).run();
  const statesOf = async (id: string) => (await fixture.messagesOf(id)).map(({ state }) => state);
  const asked = async () => (await fixture.sql.query('SELECT 1 FROM unknowns WHERE looks > 0')).length;

  it('settles what a killed worker left: taken, and proved not to have been', async () => {
    const id = await lostWith({ 1: 'sent', 2: PROCESSED, 3: NOT_PROCESSED, 4: PROCESSED });
    expect(new Set(await statesOf(id))).toEqual(new Set(['unknown']));
    await later();
    await ask();
    expect(await statesOf(id)).toEqual(['accepted', 'accepted', 'failed', 'accepted', 'failed', 'failed']);
    expect((await fixture.messagesOf(id))[2]!.last_code).toBe('not_taken');
    await fixture.progressOf(id);
    const refs = await fixture.sql.query('SELECT seq FROM provider_refs WHERE channel_id = $1 ORDER BY seq', [
      channelId,
    ]);
    expect(refs).toEqual([{ seq: 1 }, { seq: 2 }, { seq: 4 }]);
    const { items } = (await fixture.call('GET', `/api/campaigns/${id}/messages?state=failed&code=not_taken`))
      .body;
    expect(items[0].reason).toMatch(/was asked and has not taken/);
  });

  it('does not take an absence for a proof while the call may still be on its way', async () => {
    const id = await lostWith({ 1: PROCESSED });
    await fixture.sql.query('UPDATE unknowns SET look_at = now()');
    await ask();
    expect(await statesOf(id)).toEqual(['accepted', 'unknown', 'unknown', 'unknown', 'unknown', 'unknown']);
    await later();
    await ask();
    expect((await statesOf(id)).slice(1)).toEqual(Array.from({ length: 5 }, () => 'failed'));
  });

  it('leaves everything as it is where the provider does not answer, and asks later', async () => {
    const id = await lostWith({ 1: PROCESSED });
    await later();
    await control.addFault({ kind: 'error', status: 500, on: 'lookUp', count: 6 });
    await ask();
    expect(new Set(await statesOf(id))).toEqual(new Set(['unknown']));
    expect(await asked()).toBe(6);
    await ask();
    expect(new Set(await statesOf(id))).toEqual(new Set(['unknown']));
    await later();
    await ask();
    expect((await statesOf(id))[0]).toBe('accepted');
  });

  it('asks nothing of a channel that is held or whose breaker is open', async () => {
    const id = await lostWith({ 1: PROCESSED });
    await later();
    await fixture.call('POST', `/api/channels/${channelId}/breaker`, { action: 'open' });
    await ask();
    expect(await asked()).toBe(0);
    await fixture.call('POST', `/api/channels/${channelId}/breaker`, { action: 'close' });
    await expect
      .poll(async () => {
        await ask();
        return (await statesOf(id))[0];
      })
      .toBe('accepted');
  });

  it('shows the channel’s unknown messages, and what settles them', async () => {
    await lostWith({});
    const { body } = await fixture.call('GET', `/api/channels/${channelId}/status`);
    expect(body.unknown).toMatchObject({
      messages: 6,
      text: expect.stringContaining('it is asked about each'),
    });
    await later();
    await ask();
    expect((await fixture.call('GET', `/api/channels/${channelId}/status`)).body.unknown).toBeUndefined();
  });

  it('is over at the horizon', async () => {
    const id = await lostWith({ 1: PROCESSED });
    await fixture.sql.query(`UPDATE unknowns SET look_at = now(), since = since - interval '25 hours'`);
    await fixture.get(UnknownHorizon).run();
    expect(new Set(await statesOf(id))).toEqual(new Set(['unconfirmed']));
    await ask();
    expect(await asked()).toBe(0);
    await fixture.progressOf(id);
  });
});
