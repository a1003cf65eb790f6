import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CampaignsFixture } from './campaigns-app.js';

describe('a change of a channel', () => {
  let fixture: CampaignsFixture;
  let contacts: string[];

  beforeAll(async () => {
    fixture = await CampaignsFixture.start();
    contacts = await fixture.addContacts(50);
  });

  afterAll(() => fixture.stop());

  async function running(channelIds: readonly string[], fields: object = {}): Promise<string> {
    const id = await fixture.createCampaign({ message: 'Hola', contacts, channelIds, ...fields });
    await fixture.start(id);
    await fixture.prepare(id);
    return id;
  }
  const change = (channelId: string, body: object) =>
    fixture.call('PATCH', `/api/channels/${channelId}`, body);
  const inSeconds = (finishesAt: string) => (Date.parse(finishesAt) - Date.now()) / 1000;

  it('says until when the campaigns on it will now run, and leaves out all others', async () => {
    const channelId = await fixture.createChannel({ limits: { perSecond: 80 } });
    const other = await fixture.createChannel();
    const [plain, rated] = [await running([channelId]), await running([channelId], { ratePerSecond: 0.1 })];
    await running([other]);
    await fixture.createCampaign({ message: 'Hola', contacts, channelIds: [channelId] });
    const { status, body } = await change(channelId, { limits: { perSecond: 1 } });
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: channelId, limits: { perSecond: 1 }, version: 2 });
    expect(body.campaigns).toEqual([
      { id: plain, name: 'mayo', status: 'sending', left: 50, finishesAt: expect.any(String) },
      { id: rated, name: 'mayo', status: 'sending', left: 50, finishesAt: expect.any(String) },
    ]);
    const [ofPlain, ofRated] = body.campaigns;
    expect(inSeconds(ofPlain.finishesAt)).toBeGreaterThan(40);
    expect(inSeconds(ofPlain.finishesAt)).toBeLessThan(60);
    expect(inSeconds(ofRated.finishesAt)).toBeGreaterThan(480);
    const slower = (await change(channelId, { pacing: { mode: 'fixed', intervalMs: 10_000 } })).body;
    expect(inSeconds(slower.campaigns[0].finishesAt)).toBeGreaterThan(480);
  });

  it('gives no time to a campaign that is paused, nor where nothing limits it', async () => {
    const channelId = await fixture.createChannel();
    const [free, paused] = [await running([channelId]), await running([channelId])];
    await fixture.call('POST', `/api/campaigns/${paused}/queue-pause`);
    const { body } = await change(channelId, { weight: 2 });
    expect(body.campaigns).toMatchObject([
      { id: free, left: 50, finishesAt: null },
      { id: paused, status: expect.stringMatching(/^paus/), left: 50, finishesAt: null },
    ]);
  });

  it('needs the key of an admin, and a channel of the workspace', async () => {
    const channelId = await fixture.createChannel();
    const { key } = await fixture.otherWorkspace();
    const headers = { authorization: `Bearer ${key}` };
    const reply = await fixture.call('PATCH', `/api/channels/${channelId}`, { weight: 3 }, headers);
    expect(reply).toMatchObject({ status: 404, body: { code: 'channel_not_found' } });
  });
});
