import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CampaignsModule } from '../../../src/campaigns/campaigns.module.js';
import { QualityWatch } from '../../../src/campaigns/governance/quality-watch.js';
import { PreparationService } from '../../../src/campaigns/preparation/preparation.service.js';
import { ChannelStandings } from '../../../src/channels/channel-standings.js';
import { ContactsModule } from '../../../src/contacts/contacts.module.js';
import { Sql } from '../../../src/database/sql.js';
import { MessagesModule } from '../../../src/messages/messages.module.js';
import { BellRinger } from '../../../src/queue/bell-ringer.js';
import { ControlClient } from '../../../src/simulator/control-client.js';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.js';
import { ApiApp, assembled } from '../../support/api-app.js';

const WAIT = { timeout: 10_000, interval: 100 };
const DAY_MS = 86_400_000;

interface Line {
  readonly id: string;
  readonly number: string;
}

/** Three engines on one database and one Redis, each with all that sends; nothing of them is known to the others. */
describe('budgets of contacts and frequency caps, with three workers', () => {
  let simulator: Simulator;
  let control: ControlClient;
  let api: ApiApp;
  let people = 0;

  beforeAll(async () => {
    simulator = await startSimulator({ port: 0, host: '127.0.0.1' });
    control = new ControlClient(simulator.url);
    api = await ApiApp.start({
      assembly: assembled(() => [ContactsModule, CampaignsModule, MessagesModule]),
      environment: {
        CAUDAL_SIMULATOR_URL: simulator.url,
        CAUDAL_PUBLIC_URL: 'http://127.0.0.1:1',
        CAUDAL_DATABASE_POOL: '4',
        CAUDAL_SEND_POOL: '6',
        CAUDAL_REPORT_POOL: '2',
        BATCH_SIZE: '10',
      },
    });
    await api.startSibling();
    await api.startSibling();
    // Heartbeats are ticks, of which there are none here.
    await api.sql.query(
      `INSERT INTO workers (id, host, pid, roles, seen_at)
       VALUES (gen_random_uuid(), 'spec', 1, '{worker}', now() + interval '1 hour')`,
    );
  });

  afterAll(async () => {
    await api?.stop();
    await simulator?.close();
  });

  const ask = (method: 'POST' | 'PATCH' | 'GET' | 'DELETE', path: string, body?: object) =>
    api.inject(method, path, body);
  // eslint-disable-next-line -- what a test expects of an answer is what says its shape
  const call = async (method: 'POST' | 'PATCH' | 'GET', path: string, body?: object): Promise<any> => {
    const { status, text } = await ask(method, path, body);
    if (status >= 300) throw new Error(`${path} was answered ${status}: ${text}`);
    return JSON.parse(text) as unknown;
  };
  const newContacts = async (count: number): Promise<string[]> => {
    const rows = await api.sql.query<{ id: string }>(
      `INSERT INTO contacts (workspace_id, recipient, name)
       SELECT w.id, '+5255' || (10000000 + $2::int + i), 'Persona ' || i
       FROM (SELECT id FROM workspaces ORDER BY created_at LIMIT 1) AS w, generate_series(1, $1) AS i RETURNING id`,
      [count, people],
    );
    people += count;
    return rows.map(({ id }) => id);
  };
  const channel = async (fields: object): Promise<Line> => {
    const number = String(106_000_000_000_000 + Math.floor(Math.random() * 1e9));
    const settings = { phoneNumberId: number, latencyMs: 2, jitterMs: 0, deliveredRate: 0 };
    const made = await call('POST', '/api/channels', {
      name: `canal ${number}`,
      provider: 'simulator',
      settings,
      ...fields,
    });
    return { id: made.id as string, number };
  };
  const campaign = (channels: readonly Line[], contacts: readonly string[], fields: object = {}) =>
    call('POST', '/api/campaigns', {
      name: 'mayo',
      message: 'Hola, responde BAJA',
      contacts,
      channelIds: channels.map(({ id }) => id),
      ...fields,
    });
  const start = async (...args: Parameters<typeof campaign>): Promise<string> => {
    const { id } = await campaign(...args);
    await call('POST', `/api/campaigns/${id}/start`);
    await api.get(PreparationService).prepare(id as string);
    return id as string;
  };
  const sentOver = async (...lines: readonly Line[]): Promise<number> => {
    const counts = await Promise.all(
      lines.map(
        async ({ number }) => (await control.ledgerPage({ phoneNumberId: number, limit: 5000 })).items.length,
      ),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  };
  const statusOf = async (id: string) => (await call('GET', `/api/campaigns/${id}/queue-status`)).status;
  const reasonOf = async (id: string): Promise<{ code: string; text: string } | undefined> =>
    (await statusOf(id)).reason;
  const contactsOf = async ({ id }: Line) =>
    (await call('GET', `/api/channels/${id}/status`)).budget.contacts;
  const ring = () => api.get(BellRinger).ringForReadyWork();
  const standsStill = async (ids: readonly string[]): Promise<void> => {
    for (const id of ids) {
      await expect.poll(async () => (await statusOf(id)).progress.inflight, WAIT).toBe(0);
      await expect.poll(async () => (await reasonOf(id))?.code, WAIT).toBe('limit_spent');
    }
  };

  it('stops exactly at the tier, says so, and lets single messages go out; more places let it go on', async () => {
    const line = await channel({ dailyContacts: 40 });
    const ids = [await start([line], await newContacts(70)), await start([line], await newContacts(70))];
    await expect.poll(() => sentOver(line), WAIT).toBe(40);
    await standsStill(ids);
    expect(await sentOver(line)).toBe(40);
    const reason = (await reasonOf(ids[0]!))!;
    expect(reason.text).toMatch(
      /budget of the day .* is spent: 40 contacts in 24 hours\. The next place comes free at/,
    );
    const contacts = await contactsOf(line);
    expect(contacts).toMatchObject({ left: 0, used: 40, today: 40, tomorrow: 40 });
    expect(Math.abs(Date.parse(contacts.nextPlaceAt) - Date.now() - DAY_MS)).toBeLessThan(180_000);
    await call('POST', '/api/messages', { phone: '+525522223333', message: 'Su pedido', channelId: line.id });
    await expect.poll(() => sentOver(line), WAIT).toBe(41);
    await call('PATCH', `/api/channels/${line.id}`, { dailyContacts: 60 });
    const goesOn = async (): Promise<number> => {
      await ring();
      return sentOver(line);
    };
    await expect.poll(goesOn, WAIT).toBe(60);
    await standsStill(ids);
    expect(await contactsOf(line)).toMatchObject({ left: 0, used: 60 });
    for (const id of ids) await call('POST', `/api/campaigns/${id}/queue-stop`);
  });

  it('stops the channels of a portfolio exactly at what they share, and a contact of the day costs no more', async () => {
    const { id: portfolioId } = await call('POST', '/api/portfolios', { name: 'Tienda', dailyContacts: 30 });
    const lines = [await channel({ portfolioId }), await channel({ portfolioId })];
    const contacts = await newContacts(80);
    const id = await start(lines, contacts);
    await expect.poll(() => sentOver(...lines), WAIT).toBe(30);
    await standsStill([id]);
    expect(await call('GET', `/api/portfolios/${portfolioId}`)).toMatchObject({
      left: 0,
      dailyContactsBy: 'person',
    });
    expect(await contactsOf(lines[0]!)).toMatchObject({ left: 0, portfolioId });
    const reached = await api.sql.query<{ contact_id: string }>(
      `SELECT contact_id FROM messages WHERE state = 'accepted' AND channel_id = ANY($1::uuid[])`,
      [lines.map((line) => line.id)],
    );
    const again = await start(
      [lines[0]!],
      reached.map(({ contact_id }) => contact_id),
    );
    await expect.poll(() => sentOver(...lines), WAIT).toBe(60);
    expect((await ask('DELETE', `/api/portfolios/${portfolioId}`)).status).toBe(409);
    for (const one of [id, again]) await call('POST', `/api/campaigns/${one}/queue-stop`);
  });

  it('stops exactly at the day of the ramp, the lower of the two', async () => {
    const since = new Date(Date.now() - DAY_MS - 3_600_000).toISOString();
    const line = await channel({ dailyContacts: 1000, warmUp: { start: 12, factor: 2, days: 9, since } });
    const id = await start([line], await newContacts(60));
    await expect.poll(() => sentOver(line), WAIT).toBe(24);
    await standsStill([id]);
    const contacts = await contactsOf(line);
    expect(contacts).toMatchObject({ left: 0, today: 24, tomorrow: 48 });
    // The next day of the ramp comes before the first contact is a day old.
    expect(Date.parse(contacts.nextPlaceAt) - Date.parse(since)).toBe(2 * DAY_MS);
    expect((await reasonOf(id))!.text).toContain(contacts.nextPlaceAt);
    await call('POST', `/api/campaigns/${id}/queue-stop`);
  });

  it('sends each contact as many marketing messages as the cap allows, over campaigns that run at once', async () => {
    const [line, other] = [await channel({}), await channel({})];
    const contacts = await newContacts(60);
    const frequencyCap = { messages: 1, days: 7 };
    const { id: third } = await campaign([line], contacts, { frequencyCap });
    expect((await call('GET', `/api/campaigns/${third}/preflight`)).counts).toMatchObject({
      overCap: 0,
      recipients: 60,
    });
    const ids = [
      await start([line], contacts, { frequencyCap }),
      await start([other], contacts.toReversed(), { frequencyCap }),
    ];
    for (const id of ids) {
      await expect.poll(async () => (await statusOf(id)).progress.pending, WAIT).toBe(0);
    }
    await expect.poll(() => sentOver(line, other), WAIT).toBe(60);
    const progress = await Promise.all(ids.map(async (id) => (await statusOf(id)).progress));
    expect(progress.reduce((sum, { skipped }) => sum + (skipped as number), 0)).toBe(60);
    const [skipped] = (await call('GET', `/api/campaigns/${ids[1]}/messages?state=skipped&limit=1`))
      .items as object[];
    const [early] = (await call('GET', `/api/campaigns/${ids[0]}/messages?state=skipped&limit=1`))
      .items as object[];
    expect(skipped ?? early).toMatchObject({
      code: 'over_cap',
      reason: expect.stringContaining('frequency cap'),
    });
    expect((await call('GET', `/api/campaigns/${third}/preflight`)).counts).toMatchObject({
      overCap: 60,
      recipients: 0,
    });
    await call('PATCH', `/api/campaigns/${third}`, { category: 'utility' });
    expect((await call('GET', `/api/campaigns/${third}/preflight`)).counts).toMatchObject({
      overCap: 0,
      recipients: 60,
    });
  });

  it('says before the start what there is room for, and that it takes the days that it takes', async () => {
    const line = await channel({ dailyContacts: 20 });
    const { id } = await campaign([line], await newContacts(50));
    const preflight = await call('GET', `/api/campaigns/${id}/preflight`);
    expect(preflight.channels).toMatchObject([{ contactsPerDay: 20, contactsLeft: 20 }]);
    expect(preflight.warnings).toEqual(
      expect.arrayContaining([expect.objectContaining({ code: 'over_contact_budget' })]),
    );
    expect(preflight.durationMs).toBeGreaterThanOrEqual(2 * DAY_MS);
  });

  it('takes the tier that the provider says, and leaves alone what a person set', async () => {
    const line = await channel({});
    const says = (recipientsPerDay: number) =>
      api.get(Sql).transaction((tx) =>
        api.get(ChannelStandings).heard(tx, line.id, {
          kind: 'standing',
          element: 0,
          accountRef: line.number,
          isStopped: false,
          what: 'CAPABILITY_UPDATE',
          recipientsPerDay,
        }),
      );
    const shown = () => call('GET', `/api/channels/${line.id}`);
    await says(2000);
    expect(await shown()).toMatchObject({ dailyContacts: 2000, dailyContactsBy: 'provider' });
    await says(250);
    expect(await shown()).toMatchObject({ dailyContacts: 250 });
    await call('PATCH', `/api/channels/${line.id}`, { dailyContacts: 300 });
    await says(1000);
    expect(await shown()).toMatchObject({ dailyContacts: 300, dailyContactsBy: 'person' });
    const { id: portfolioId } = await call('POST', '/api/portfolios', { name: 'Sin tope' });
    await call('PATCH', `/api/channels/${line.id}`, { portfolioId, dailyContacts: null });
    await says(10_000);
    expect(await call('GET', `/api/portfolios/${portfolioId}`)).toMatchObject({
      dailyContacts: 10_000,
      left: 10_000,
    });
    expect(await shown()).toMatchObject({ dailyContacts: null });
  });

  it('refuses a budget that cannot be, and says what would be right', async () => {
    const line = await channel({});
    const wrong = async (body: object) => {
      const { status, text } = await ask('PATCH', `/api/channels/${line.id}`, body);
      return { status, text };
    };
    expect(await wrong({ dailyContacts: 0 })).toMatchObject({ status: 400 });
    expect((await wrong({ warmUp: { start: 50 } })).text).toContain('warmUp.factor and addPerDay');
    expect((await wrong({ warmUp: { start: 50, factor: 11 } })).text).toContain('warmUp.factor is 11');
    const nobody = '00000000-0000-4000-8000-000000000000';
    expect(await wrong({ portfolioId: nobody })).toMatchObject({
      status: 422,
      text: expect.stringContaining('portfolio_not_found'),
    });
    expect((await ask('POST', '/api/portfolios', { name: 'tienda' })).text).toContain('portfolio_name_taken');
  });

  it('holds marketing when a number turns RED, once for each time, and nothing else', async () => {
    const line = await channel({ limits: { perSecond: 2 } });
    const [marketing, utility] = [
      await start([line], await newContacts(50)),
      await start([line], await newContacts(50), { category: 'utility' }),
    ];
    const turns = (quality: 'RED' | 'GREEN') =>
      api.get(Sql).transaction((tx) =>
        api.get(ChannelStandings).heard(tx, line.id, {
          kind: 'standing',
          element: 0,
          accountRef: line.number,
          isStopped: false,
          what: 'FLAGGED',
          quality,
        }),
      );
    const look = () => api.get(QualityWatch).run();
    for (const id of [marketing, utility]) {
      await expect.poll(async () => (await statusOf(id)).status, { timeout: 10_000 }).toBe('sending');
    }
    await look();
    expect((await statusOf(marketing)).status).toBe('sending');
    await turns('RED');
    await look();
    expect(await reasonOf(marketing)).toMatchObject({
      code: 'held_quality',
      text: expect.stringContaining('RED'),
    });
    expect((await statusOf(utility)).status).toBe('sending');
    await call('POST', `/api/campaigns/${marketing}/confirm`);
    await look();
    expect((await statusOf(marketing)).status).toBe('sending');
    await turns('GREEN');
    await turns('RED');
    await look();
    expect((await statusOf(marketing)).status).toBe('held');
    for (const id of [marketing, utility]) await call('POST', `/api/campaigns/${id}/queue-stop`);
  });
});
