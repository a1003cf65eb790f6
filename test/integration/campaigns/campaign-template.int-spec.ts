import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CampaignTemplateWatch } from '../../../src/campaigns/campaign-template-watch.js';
import { AccountWatch } from '../../../src/channels/account-watch.js';
import { ChannelCheckRepository } from '../../../src/channels/channel-check.repository.js';
import type { ChannelClients } from '../../../src/channels/channel-clients.js';
import { ChannelStandings } from '../../../src/channels/channel-standings.js';
import { ChannelTemplates } from '../../../src/channels/channel-templates.js';
import { TemplateRepository } from '../../../src/channels/template.repository.js';
import { Config } from '../../../src/config/config.js';
import { Sql } from '../../../src/database/sql.js';
import { AlertBook } from '../../../src/events/alert-book.js';
import { ControlClient } from '../../../src/simulator/control-client.js';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.js';
import { CampaignsFixture, type Reply } from './campaigns-app.js';

describe('the templates and the standing of a channel', () => {
  let fixture: CampaignsFixture;
  let simulator: Simulator;
  let control: ControlClient;
  let contacts: string[];
  let channelId: string;

  beforeAll(async () => {
    simulator = await startSimulator({ port: 0, host: '127.0.0.1' });
    control = new ControlClient(simulator.url);
    fixture = await CampaignsFixture.start({
      CAUDAL_SIMULATOR_URL: simulator.url,
      CAUDAL_PUBLIC_URL: 'http://127.0.0.1:9',
    });
    contacts = await fixture.addContacts(2);
  });

  beforeEach(async () => {
    channelId = await fixture.createChannel({ limits: { perSecond: 100 } });
  });

  afterAll(async () => {
    await fixture?.stop();
    await simulator.close();
  });

  const sync = (): Promise<Reply> => fixture.call('POST', `/api/channels/${channelId}/templates/sync`);
  const list = (query = ''): Promise<Reply> =>
    fixture.call('GET', `/api/channels/${channelId}/templates${query}`);

  /** What its provider has from now on. */
  async function provide(...templates: object[]): Promise<void> {
    const { body } = await fixture.call('GET', `/api/channels/${channelId}`);
    await control.putTemplates(`9${body.settings.phoneNumberId}`, templates);
  }

  async function campaignWith(name: string, language = 'es', more: object = {}): Promise<string> {
    return fixture.createCampaign({
      content: { type: 'template', name, language },
      contacts,
      channelIds: [channelId],
      ...more,
    });
  }

  async function heard(status: string, name = 'promo'): Promise<void> {
    const element = { kind: 'template', element: 0, accountRef: null, name, language: 'es', status } as const;
    await fixture.sql.transaction((tx) => fixture.get(ChannelTemplates).heard(tx, channelId, element));
  }

  it('are read on demand, listed by status, and forgotten when the provider has them no more', async () => {
    expect((await list()).body).toEqual({ items: [], nextCursor: null, syncedAt: null, failure: null });
    await provide(
      { name: 'a', language: 'es', body: 'Hola {{1}}' },
      { name: 'a', language: 'en' },
      { name: 'b', language: 'es', status: 'REJECTED', category: 'UTILITY' },
    );
    expect((await sync()).body).toEqual({ templates: 3 });
    expect((await list()).body.items).toMatchObject([
      { name: 'a', language: 'en', status: 'APPROVED', category: 'MARKETING' },
      { name: 'a', language: 'es', components: [{ type: 'BODY', text: 'Hola {{1}}' }] },
      { name: 'b', language: 'es', status: 'REJECTED', category: 'UTILITY' },
    ]);
    expect((await list('?status=rejected')).body.items).toMatchObject([{ name: 'b' }]);
    const first = (await list('?limit=2')).body;
    expect((await list(`?limit=2&cursor=${first.nextCursor}`)).body).toMatchObject({
      items: [{ name: 'b' }],
      nextCursor: null,
    });
    await provide({ name: 'b', language: 'es', category: 'UTILITY' });
    await sync();
    expect((await list()).body.items).toMatchObject([{ name: 'b', status: 'APPROVED' }]);
  });

  it('say why they could not be read, and keep what was known', async () => {
    await provide({ name: 'a', language: 'es' });
    await sync();
    const listTemplates = async () => ({ kind: 'failed', code: '190', reason: 'The token has expired.' });
    const broken = new ChannelTemplates(
      { clientOf: async () => ({ client: { listTemplates } }) } as unknown as ChannelClients,
      fixture.get(TemplateRepository),
      fixture.get(ChannelCheckRepository),
      fixture.app.get(Config, { strict: false }),
      fixture.get(AlertBook),
      fixture.get(Sql),
    );
    await broken.noteSync(channelId, await broken.sync(channelId));
    expect((await list()).body).toMatchObject({
      items: [{ name: 'a' }],
      syncedAt: expect.any(String),
      failure: 'The token has expired.',
    });
  });

  it('are each asked about where a campaign has several, and one that is paused later pauses it', async () => {
    const utility = { name: 'aviso', language: 'es', category: 'UTILITY' };
    await provide(utility, { name: 'promo', language: 'es', status: 'PAUSED' });
    await sync();
    const variants = ['aviso', 'promo'].map((name) => ({
      name,
      content: { type: 'template', name, language: 'es' },
    }));
    const id = await fixture.createCampaign({ variants, contacts, channelIds: [channelId] });
    expect(await fixture.start(id)).toMatchObject({
      status: 409,
      body: { code: 'template_not_approved', detail: expect.stringContaining('"promo"') },
    });
    await provide(utility, { name: 'promo', language: 'es', category: 'MARKETING' });
    await sync();
    expect(await fixture.start(id)).toMatchObject({
      status: 202,
      body: { campaign: { category: 'marketing' } },
    });
    await fixture.prepare(id);
    await fixture.get(CampaignTemplateWatch).run();
    expect(await fixture.statusOf(id)).toBe('sending');
    await heard('PAUSED');
    await fixture.get(CampaignTemplateWatch).run();
    expect(await fixture.statusOf(id)).toBe('pausing');
  });

  it('that are not approved start no campaign, and the answer says what to do', async () => {
    await provide({ name: 'promo', language: 'es', status: 'PAUSED' });
    await sync();
    const reply = await fixture.start(await campaignWith('promo'));
    expect(reply).toMatchObject({
      status: 409,
      body: { code: 'template_not_approved', templateStatus: 'PAUSED', channelId },
    });
    expect(reply.body.detail).toMatch(/"promo" \(es\) is PAUSED on channel .* wait, or use another one/);
  });

  it('that nobody has start no campaign, and the answer names the languages that there are', async () => {
    await provide({ name: 'promo', language: 'es_MX' });
    await sync();
    const unknown = await fixture.start(await campaignWith('oferta'));
    expect(unknown).toMatchObject({ status: 409, body: { code: 'template_unknown', languages: [] } });
    const other = await fixture.start(await campaignWith('promo'));
    expect(other.body).toMatchObject({ code: 'template_unknown', languages: ['es_MX'] });
    expect(other.body.detail).toContain('not there in es on channel');
  });

  it('refuse nothing while they were never read', async () => {
    await provide({ name: 'promo', language: 'es', status: 'PAUSED' });
    expect((await fixture.start(await campaignWith('promo'))).status).toBe(202);
  });

  it('are read again before a campaign is refused: one that was approved since starts', async () => {
    await provide({ name: 'promo', language: 'es', status: 'PENDING' });
    await sync();
    const id = await campaignWith('promo');
    await provide({ name: 'promo', language: 'es' });
    expect((await fixture.start(id)).status).toBe(202);
  });

  it('bring their own category to the campaign, for those who opted out', async () => {
    await provide({ name: 'aviso', language: 'es', category: 'UTILITY' });
    await sync();
    const id = await campaignWith('aviso');
    const started = await fixture.start(id);
    expect(started.body.warnings).toEqual([expect.stringContaining('counts as utility, not as marketing')]);
    expect((await fixture.call('GET', `/api/campaigns/${id}`)).body.category).toBe('utility');
    const [dispatch] = await fixture.sql.query('SELECT category FROM dispatches WHERE campaign_id = $1', [
      id,
    ]);
    expect(dispatch).toEqual({ category: 'utility' });
  });

  it('that are paused stop the campaigns on them, which say so and go on when they are approved', async () => {
    await provide({ name: 'promo', language: 'es' });
    await sync();
    const id = await campaignWith('promo');
    const other = await fixture.createCampaign({ message: 'Hola', contacts, channelIds: [channelId] });
    for (const one of [id, other]) {
      await fixture.start(one);
      await fixture.prepare(one);
    }
    const watch = fixture.get(CampaignTemplateWatch);
    await watch.run();
    expect(await fixture.statusOf(id)).toBe('sending');
    await heard('PAUSED');
    await Promise.all([watch.run(), watch.run()]);
    await fixture.tick();
    expect(await fixture.statusOf(id)).toBe('paused');
    expect(await fixture.statusOf(other)).toBe('sending');
    const reason = async () =>
      (await fixture.call('GET', `/api/campaigns/${id}/queue-status`)).body.status.reason;
    await expect.poll(reason).toMatchObject({
      code: 'paused',
      text: expect.stringMatching(/^It was paused because its template "promo" is PAUSED on channel/),
    });
    await provide({ name: 'promo', language: 'es', status: 'PAUSED' });
    const refused = await fixture.call('POST', `/api/campaigns/${id}/queue-resume`);
    expect(refused).toMatchObject({ status: 409, body: { code: 'template_not_approved' } });
    await heard('APPROVED');
    expect((await fixture.call('POST', `/api/campaigns/${id}/queue-resume`)).body.status).toBe('sending');
    await watch.run();
    expect(await fixture.statusOf(id)).toBe('sending');
  });

  it('are looked at by the tick, with the standing, once and by one worker', async () => {
    await provide({ name: 'a', language: 'es' });
    const watch = fixture.get(AccountWatch);
    await fixture.sql.query('DELETE FROM channels WHERE id <> $1', [channelId]);
    await Promise.all([watch.run(), watch.run(), watch.run()]);
    expect((await list()).body).toMatchObject({ items: [{ name: 'a' }], failure: null });
    const { body: status } = await fixture.call('GET', `/api/channels/${channelId}/status`);
    expect(status.standing).toMatchObject({
      quality: 'GREEN',
      throughputPerSecond: 80,
      recipientsPerDay: null,
    });
    expect(status.warnings).toEqual([expect.stringContaining('perSecond is 100 and the provider takes 80')]);
    const [channel] = (await fixture.call('GET', '/api/channels')).body.items;
    expect(channel.standing).toEqual(status.standing);
    const checks = await fixture.sql.query(
      'SELECT what FROM channel_checks WHERE due_at > now() ORDER BY what',
    );
    expect(checks).toEqual([{ what: 'standing' }, { what: 'templates' }]);
  });

  it('are told by webhooks: a number that is stopped is held until somebody lifts it', async () => {
    const element = {
      kind: 'standing',
      element: 0,
      accountRef: null,
      what: 'DISABLED',
      isStopped: true,
      quality: 'RED',
      recipientsPerDay: 250,
    } as const;
    await fixture.sql.transaction((tx) => fixture.get(ChannelStandings).heard(tx, channelId, element));
    const { body } = await fixture.call('GET', `/api/channels/${channelId}`);
    expect(body).toMatchObject({
      held: { code: 'account_stop', reason: expect.stringContaining('(DISABLED)') },
      standing: { quality: 'RED', recipientsPerDay: 250, what: 'DISABLED' },
    });
    expect((await fixture.call('POST', `/api/channels/${channelId}/lift-hold`)).body).toEqual({
      lifted: true,
    });
  });
});
