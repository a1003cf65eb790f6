import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChannelTemplates } from '../../../src/channels/channel-templates.js';
import { StandingRepository } from '../../../src/channels/standing.repository.js';
import { SuppressionRepository } from '../../../src/ledger/suppression.repository.js';
import { CampaignsFixture } from './campaigns-app.js';

const CONFIRM_ABOVE = 5;

describe('the preflight of a campaign', () => {
  let fixture: CampaignsFixture;
  let channelId: string;
  let tag = 0;

  beforeAll(async () => {
    fixture = await CampaignsFixture.start({ CAUDAL_CONFIRM_ABOVE: String(CONFIRM_ABOVE) });
  });

  beforeEach(async () => {
    channelId = await fixture.createChannel({ limits: { perSecond: 10 } });
    tag += 1;
  });

  afterAll(() => fixture?.stop());

  const preflight = async (id: string) => {
    const { status, body, text } = await fixture.call('GET', `/api/campaigns/${id}/preflight`);
    if (status !== 200) throw new Error(`answered ${status}: ${text}`);
    return body;
  };
  const codesOf = ({ warnings }: { warnings: { code: string }[] }) => warnings.map(({ code }) => code);

  async function suppress(recipients: string[], category: 'all' | 'marketing' = 'all'): Promise<void> {
    const workspaceId = await fixture.workspaceId();
    await fixture
      .get(SuppressionRepository)
      .suppress(fixture.sql, { workspaceId, recipients, category, reason: 'spec', source: 'api' });
  }

  async function recipientsOf(ids: readonly string[]): Promise<string[]> {
    const rows = await fixture.sql.query<{ recipient: string }>(
      'SELECT recipient FROM contacts WHERE id = ANY($1::bigint[]) ORDER BY id',
      [ids],
    );
    return rows.map(({ recipient }) => recipient);
  }

  it('says of an audience who would get it, who would not and why, and changes nothing', async () => {
    const tags = [`preflight ${tag}`];
    const ids = await fixture.addContacts(5, { tags });
    await fixture.addContacts(2, { tags, saldo: null });
    const [first, second, third] = await recipientsOf(ids);
    await suppress([first!]);
    await suppress([second!], 'marketing');
    const id = await fixture.createCampaign({
      message: 'Hola {{nombre}}, debes {{saldo}}. Responde BAJA para no recibir más',
      audience: { tags },
      channelIds: [channelId],
    });
    const before = (await fixture.call('GET', `/api/campaigns/${id}`)).body;
    const answer = await preflight(id);
    expect(answer.counts).toEqual({
      audience: 7,
      recipients: 5,
      optedOut: 2,
      invalid: 0,
      duplicates: 0,
      noTicket: 0,
      windowClosed: 0,
      overCap: 0,
      missingVariables: 2,
    });
    expect(answer.missingVariables).toEqual([{ name: 'saldo', rows: 2 }]);
    expect(answer.samples).toHaveLength(3);
    expect(answer.samples[0]).toEqual({
      recipient: third,
      channelId,
      variant: null,
      isTheirs: true,
      content: { type: 'text', text: 'Hola Persona 3, debes 100. Responde BAJA para no recibir más' },
    });
    expect(codesOf(answer)).toEqual(['missing_variables', 'first_campaign']);
    expect((await fixture.call('GET', `/api/campaigns/${id}`)).body).toEqual(before);
    expect((await fixture.start(id)).body).toMatchObject({ code: 'missing_variables' });
  });

  it('says of a file which rows are no numbers, come again, or opted out, as the run then does', async () => {
    await suppress(['+525511110003']);
    const csv = [
      'telefono,nombre,ciudad',
      '+525511110001,Ana,Oaxaca',
      '+525511110001,Ana otra vez,Oaxaca',
      'no es un número,Beto,Puebla',
      '+525511110003,Carla,Puebla',
      '+12125550104,Dan,Nueva York',
    ].join('\n');
    const { body } = await fixture.upload('/api/campaigns', csv, {
      name: 'lista',
      message: 'Hola {{nombre}} de {{ciudad}}',
      channelIds: JSON.stringify([channelId]),
    });
    const answer = await preflight(body.id);
    expect(answer.counts).toMatchObject({
      audience: 5,
      recipients: 2,
      optedOut: 1,
      invalid: 1,
      duplicates: 1,
    });
    expect(answer.samples.map((sample: { content: { text: string } }) => sample.content.text)).toEqual([
      'Hola Ana de Oaxaca',
      'Hola Dan de Nueva York',
    ]);
    expect(codesOf(answer)).toContain('no_opt_out');
    await fixture.start(body.id);
    await fixture.prepare(body.id);
    const codes = (await fixture.messagesOf(body.id)).map(({ last_code: code }) => code);
    expect(codes).toEqual([null, 'duplicate', 'invalid', 'suppressed', null]);
    expect((await fixture.call('GET', `/api/campaigns/${body.id}/preflight`)).body.code).toBe(
      'campaign_status',
    );
  });

  it('estimates the cost by country from the prices of the workspace, and says what has none', async () => {
    const tags = [`preflight ${tag}`];
    await fixture.addContacts(4, { tags });
    await fixture.sql.query(
      `INSERT INTO contacts (workspace_id, recipient, name, tags) VALUES ($1, '+18095550100', 'Rosa', $2)`,
      [await fixture.workspaceId(), tags],
    );
    const id = await fixture.createCampaign({ message: 'Hola', audience: { tags }, channelIds: [channelId] });
    expect((await fixture.call('GET', '/api/prices')).body).toEqual({ currency: null, prices: [] });
    expect((await preflight(id)).cost).toBeNull();
    const prices = [
      { country: 'MX', category: 'marketing', amount: 0.0436 },
      { country: '*', category: 'utility', amount: 0.01 },
    ];
    const put = (body: object) =>
      fixture.app.inject({
        method: 'PUT',
        url: '/api/prices',
        payload: body,
        headers: { authorization: 'Bearer an admin key for these tests' },
      });
    expect((await put({ currency: 'USD', prices })).json()).toEqual({ currency: 'USD', prices });
    expect((await preflight(id)).cost).toEqual({
      currency: 'USD',
      total: 0.1744,
      unpriced: 1,
      byCountry: [
        { country: 'MX', category: 'marketing', messages: 4, amount: 0.1744 },
        { country: 'DO', category: 'marketing', messages: 1, amount: null },
      ],
    });
    const twice = await put({ currency: 'USD', prices: [prices[0], prices[0]] });
    expect(twice.json()).toMatchObject({ code: 'validation_failed', errors: [{ pointer: '/prices/1' }] });
    const wrong = await put({
      currency: 'dollars',
      prices: [{ country: 'Mexico', category: 'sms', amount: -1 }],
    });
    expect(wrong.json().errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '/currency',
      '/prices/0/country',
      '/prices/0/category',
      '/prices/0/amount',
    ]);
  });

  it('says how long it takes under limits and rate, from its time where it waits for one', async () => {
    const tags = [`preflight ${tag}`];
    await fixture.addContacts(50, { tags });
    const fields = { message: 'Hola', audience: { tags }, channelIds: [channelId] };
    const answer = await preflight(await fixture.createCampaign(fields));
    expect(answer.durationMs).toBeGreaterThanOrEqual(4900);
    expect(answer.durationMs).toBeLessThan(6000);
    expect(Date.parse(answer.finishesAt)).toBeGreaterThan(Date.now());
    expect(answer.channels).toMatchObject([
      { id: channelId, share: 1, messages: 50, ratePerSecond: 10, obstacle: null, dayLeft: null },
    ]);
    const slow = await preflight(await fixture.createCampaign({ ...fields, ratePerSecond: 1 }));
    expect(slow.durationMs).toBeGreaterThanOrEqual(49_000);
    const id = await fixture.createCampaign(fields);
    const dueAt = Date.now() + 86_400_000;
    await fixture.sql.query(
      `UPDATE campaigns SET status = 'scheduled', due_at = to_timestamp($2::float8 / 1000) WHERE id = $1`,
      [id, dueAt],
    );
    const scheduled = await preflight(id);
    expect(scheduled).toMatchObject({ status: 'scheduled' });
    expect(Date.parse(scheduled.finishesAt) - dueAt).toBe(scheduled.durationMs);
  });

  it('says the room of each channel, and what speaks against it', async () => {
    const tags = [`preflight ${tag}`];
    await fixture.addContacts(40, { tags });
    const small = await fixture.createChannel({ name: `chico ${tag}`, limits: { perDay: 10 } });
    await fixture
      .get(StandingRepository)
      .note(small, { quality: 'RED', recipientsPerDay: 30, at: new Date().toISOString() });
    const fields = { message: 'Hola', audience: { tags }, category: 'utility' };
    const alone = await preflight(await fixture.createCampaign({ ...fields, channelIds: [small] }));
    expect(alone.channels).toMatchObject([
      { dayLimit: 10, dayLeft: 10, recipientsPerDay: 30, quality: 'RED', messages: 40 },
    ]);
    expect(codesOf(alone)).toEqual([
      'quality',
      'over_day_budget',
      'over_recipients_per_day',
      'first_campaign',
    ]);
    await fixture.sql.query(
      `UPDATE channels SET held_code = 'spec', held_reason = 'por revisar', held_since = now(), version = version + 1
       WHERE id = $1`,
      [small],
    );
    const both = await fixture.createCampaign({ ...fields, channelIds: [channelId, small] });
    await expect
      .poll(async () => codesOf(await preflight(both)), { timeout: 5000 })
      .toContain('channel_obstacle');
    const { channels } = await preflight(both);
    const of = (id: string) => channels.find((channel: { id: string }) => channel.id === id);
    expect(of(small)).toMatchObject({ messages: 0, obstacle: { code: 'channel_held' } });
    expect(of(channelId)).toMatchObject({ share: 1, messages: 40 });
  });

  it('says of a template that its provider has paused it, and asks nobody', async () => {
    const workspaceId = await fixture.workspaceId();
    await fixture.addContacts(1, { tags: [`preflight ${tag}`] });
    await fixture.sql.query(
      `INSERT INTO templates (channel_id, workspace_id, name, language, status, category, components, synced_at, noted_at)
       SELECT id, workspace_id, 'promo', 'es', 'APPROVED', 'UTILITY', '[]', now(), now() FROM channels
       WHERE id = $1 AND workspace_id = $2`,
      [channelId, workspaceId],
    );
    const id = await fixture.createCampaign({
      content: { type: 'template', name: 'promo', language: 'es' },
      audience: { tags: [`preflight ${tag}`] },
      channelIds: [channelId],
    });
    const usable = await preflight(id);
    expect(usable).toMatchObject({ category: 'utility' });
    expect(codesOf(usable)).toEqual(['first_campaign']);
    const element = {
      kind: 'template',
      element: 0,
      accountRef: null,
      name: 'promo',
      language: 'es',
    } as const;
    await fixture.sql.transaction((tx) =>
      fixture.get(ChannelTemplates).heard(tx, channelId, { ...element, status: 'PAUSED' }),
    );
    expect((await preflight(id)).warnings[0]).toMatchObject({
      code: 'template_not_approved',
      text: expect.stringMatching(/"promo" \(es\) is PAUSED on channel .* wait, or use another one/),
    });
  });

  it('says when a campaign is so large that its start must be confirmed, and start then asks for it', async () => {
    const tags = [`preflight ${tag}`];
    await fixture.addContacts(CONFIRM_ABOVE, { tags });
    const id = await fixture.createCampaign({ message: 'Hola', audience: { tags }, channelIds: [channelId] });
    expect(await preflight(id)).toMatchObject({ needsConfirmation: false });
    await fixture.addContacts(1, { tags });
    expect(await preflight(id)).toMatchObject({ needsConfirmation: true });
    expect(await fixture.start(id)).toMatchObject({
      status: 409,
      body: { code: 'confirmation_needed', recipients: CONFIRM_ABOVE + 1, confirmAbove: CONFIRM_ABOVE },
    });
    const started = await fixture.call('POST', `/api/campaigns/${id}/start`, { confirm: true });
    expect(started.status).toBe(202);
  });

  it('is of its own workspace alone', async () => {
    const id = await fixture.createCampaign({
      message: 'Hola',
      audience: { all: true },
      channelIds: [channelId],
    });
    const { key } = await fixture.otherWorkspace();
    const headers = { authorization: `Bearer ${key}` };
    const { status } = await fixture.call('GET', `/api/campaigns/${id}/preflight`, undefined, headers);
    expect(status).toBe(404);
  });
});
