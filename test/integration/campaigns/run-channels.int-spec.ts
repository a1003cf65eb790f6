import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createApp } from '../../../src/boot/http-app.js';
import { CampaignsModule } from '../../../src/campaigns/campaigns.module.js';
import { CampaignChunks } from '../../../src/campaigns/preparation/campaign-chunks.js';
import { Config, type ReadyConfig } from '../../../src/config/config.js';
import { BellRinger } from '../../../src/queue/bell-ringer.js';
import { PoolTick } from '../../../src/queue/pool-tick.js';
import { assembled } from '../../support/api-app.js';
import { CampaignsFixture } from './campaigns-app.js';

/** Few calls at once and this long: what bounds the speed. With a rate, a busy box would be late for its slots. */
const ANSWER_MS = 40;
const RECIPIENTS = 600;
/** To people who never wrote to these numbers. */
const TEMPLATE = { type: 'template', name: 'aviso', language: 'es_MX' };
const SILENT = { log() {}, error() {}, warn() {} };

/** a1 is the number id 1971. */
const numberIdOf = (line: string): string => `1${line.codePointAt(0)}${line.slice(1)}`;

/** A provider without limits that takes everything, and remembers over which of its lines each came, in order. */
class Provider {
  readonly calls: { readonly line: string; readonly atMs: number; readonly phone: string }[] = [];
  private server: Server | undefined;

  async open(): Promise<void> {
    this.server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const line = /(\d+)\/messages$/.exec(request.url ?? '')?.[1] ?? '';
        const text = Buffer.concat(parts).toString();
        const phone = /\d{10,15}/.exec(text)?.[0] ?? '';
        if (request.method === 'POST') this.calls.push({ line, atMs: performance.now(), phone });
        response.setHeader('content-type', 'application/json');
        const answer = JSON.stringify({ messages: [{ id: `wamid.${this.calls.length}` }] });
        setTimeout(() => response.end(answer), ANSWER_MS);
      });
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server!.address() as AddressInfo).port}`;
  }

  of(line: string) {
    return this.calls.filter((call) => call.line === numberIdOf(line));
  }

  close(): void {
    this.server?.closeAllConnections();
    this.server?.close();
  }
}

describe('the channels of a campaign that runs', () => {
  const provider = new Provider();
  let fixture: CampaignsFixture;
  let second: NestFastifyApplication;

  beforeAll(async () => {
    await provider.open();
    fixture = await CampaignsFixture.start({
      CAUDAL_ROLES: 'api,worker',
      CAUDAL_PUBLIC_URL: 'http://127.0.0.1:1',
      CAUDAL_PRIVATE_HOSTS: '127.0.0.1',
      CAUDAL_MAX_OPEN_CALLS: '4',
      BATCH_SIZE: '25',
    });
    const config = fixture.app.get(Config) as ReadyConfig;
    second = await createApp(assembled(() => [CampaignsModule])(config), config, SILENT);
    await second.init();
  });

  afterAll(async () => {
    await second?.close();
    await fixture?.stop();
    provider.close();
  });

  const channel = (line: string): Promise<string> =>
    fixture.createChannel({
      provider: 'whatsapp-cloud',
      settings: { phoneNumberId: numberIdOf(line), accessToken: 't', baseUrl: provider.url },
    });

  async function prepared(channelIds: readonly string[], count: number): Promise<string> {
    const contacts = await fixture.addContacts(count);
    const id = await fixture.createCampaign({ content: TEMPLATE, contacts, channelIds });
    const { status, text } = await fixture.start(id);
    expect(status, text).toBe(202);
    await fixture.prepare(id);
    return id;
  }

  const order = (id: string, channelId: string, what: 'pause' | 'resume') =>
    fixture.call('POST', `/api/campaigns/${id}/channels/${channelId}/${what}`);
  const setChannels = (id: string, channelIds: unknown) =>
    fixture.call('PATCH', `/api/campaigns/${id}/channels`, { channelIds });
  const statusOf = async (id: string) =>
    (await fixture.call('GET', `/api/campaigns/${id}/queue-status`)).body.status;

  /** What the ticks of a worker do, as often as they like. */
  function ticking(): void {
    let isOver = false;
    const running = (async () => {
      while (!isOver) {
        await fixture.get(PoolTick).run();
        await fixture.get(BellRinger).ringForReadyWork();
        await fixture.tick();
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    })();
    onTestFinished(() => {
      isOver = true;
      return running;
    });
  }

  it('pauses one channel of two engines at full speed; the rest goes on, and resumed it ends with each sent once', async () => {
    const [a, b] = [await channel('a1'), await channel('b1')];
    const id = await prepared([a, b], RECIPIENTS);
    const beside = await prepared([a], 20);
    ticking();
    await expect.poll(() => provider.of('a1').length, { timeout: 20_000, interval: 20 }).toBeGreaterThan(30);

    const answer = await order(id, a, 'pause');
    const answeredMs = performance.now();
    expect(answer).toMatchObject({
      status: 200,
      body: { success: true, status: 'sending', channelId: a, isPaused: true },
    });
    const sentBefore = provider.of('b1').length;
    await expect
      .poll(() => provider.of('b1').length, { timeout: 20_000, interval: 20 })
      .toBeGreaterThan(sentBefore + 15);
    const others = await fixture.messagesOf(beside);
    const ofOthers = new Set(others.map(({ recipient }) => recipient.slice(1)));
    const late = provider.of('a1').filter((call) => call.atMs > answeredMs && !ofOthers.has(call.phone));
    expect(late.length).toBeLessThanOrEqual(answer.body.inFlight as number);
    expect(await statusOf(id)).toMatchObject({
      status: 'sending',
      unableChannels: [{ channelId: a, code: 'channel_paused' }],
    });

    await expect
      .poll(() => statusOf(id), { timeout: 30_000, interval: 50 })
      .toMatchObject({ activeJobs: 0, reason: { code: 'channel_paused' } });
    const { reason, waitingJobs, progress } = await statusOf(id);
    expect(reason.text).toMatch(/paused channel "canal \w+" for this campaign/);
    expect(waitingJobs).toBeGreaterThan(0);
    expect(progress.pending).toBeGreaterThan(0);
    await expect
      .poll(() => statusOf(beside), { timeout: 20_000, interval: 50 })
      .toMatchObject({ progress: { accepted: 20, pending: 0 } });
    expect((await order(id, a, 'pause')).body).toMatchObject({ isPaused: true, inFlight: 0 });

    expect((await order(id, a, 'resume')).body).toMatchObject({ isPaused: false, status: 'sending' });
    await expect.poll(() => fixture.statusOf(id), { timeout: 30_000, interval: 50 }).toBe('completed');
    expect(await fixture.progressOf(id)).toMatchObject({ total: RECIPIENTS, accepted: RECIPIENTS });
    const mine = provider.calls.filter(({ line, phone }) => /1$/.test(line) && !ofOthers.has(phone));
    expect(mine).toHaveLength(RECIPIENTS);
    expect(new Set(mine.map(({ phone }) => phone)).size).toBe(RECIPIENTS);
  }, 60_000);

  it('gives a channel that is added its part, and what a removed one has to the others', async () => {
    const [a, b, c] = [await channel('a2'), await channel('b2'), await channel('c2')];
    const id = await prepared([a, b], RECIPIENTS);
    ticking();
    await expect.poll(() => provider.of('a2').length, { timeout: 20_000, interval: 20 }).toBeGreaterThan(5);
    const { status, body } = await setChannels(id, [b, c]);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: true,
      status: 'sending',
      channelIds: expect.arrayContaining([b, c]),
    });
    expect(body.moved).toBeGreaterThan(50);
    await expect.poll(() => provider.of('c2').length, { timeout: 20_000, interval: 20 }).toBeGreaterThan(25);
    // What was past its barrier when the channel went has begun, or has been handed back.
    await expect
      .poll(
        () =>
          fixture.sql.query(`SELECT 1 FROM messages WHERE channel_id = $1 AND state = 'inflight' LIMIT 1`, [
            a,
          ]),
        { timeout: 20_000, interval: 20 },
      )
      .toEqual([]);
    const sentByRemoved = provider.of('a2').length;
    expect((await setChannels(id, [c])).body).toMatchObject({ channelIds: [c] });
    await expect.poll(() => fixture.statusOf(id), { timeout: 40_000, interval: 50 }).toBe('completed');
    expect(await fixture.progressOf(id)).toMatchObject({ total: RECIPIENTS, accepted: RECIPIENTS });
    expect(provider.of('a2')).toHaveLength(sentByRemoved);
    const calls = ['a2', 'b2', 'c2'].flatMap((line) => provider.of(line));
    expect(new Set(calls.map(({ phone }) => phone)).size).toBe(RECIPIENTS);
    expect(calls).toHaveLength(RECIPIENTS);
  }, 60_000);
});

describe('orders about the channels of a campaign', () => {
  let fixture: CampaignsFixture;

  beforeAll(async () => {
    fixture = await CampaignsFixture.start({ CAUDAL_PRIVATE_HOSTS: '127.0.0.1', BATCH_SIZE: '50' });
  });

  afterAll(() => fixture?.stop());

  const order = (id: string, channelId: string, what: 'pause' | 'resume') =>
    fixture.call('POST', `/api/campaigns/${id}/channels/${channelId}/${what}`);
  const setChannels = (id: string, channelIds: unknown) =>
    fixture.call('PATCH', `/api/campaigns/${id}/channels`, { channelIds });
  const statusOf = async (id: string) =>
    (await fixture.call('GET', `/api/campaigns/${id}/queue-status`)).body.status;

  async function prepared(channelIds: readonly string[], count: number): Promise<string> {
    const contacts = await fixture.addContacts(count);
    const id = await fixture.createCampaign({ message: 'Hola', contacts, channelIds });
    const { status, text } = await fixture.start(id);
    expect(status, text).toBe(202);
    await fixture.prepare(id);
    return id;
  }

  it('prepares the rest of an audience for the channels that it has by then', async () => {
    const a = await fixture.createChannel();
    const b = await fixture.createChannel({ limits: { perSecond: 20 } });
    const contacts = await fixture.addContacts(40);
    const id = await fixture.createCampaign({ message: 'Hola', contacts, channelIds: [a] });
    await fixture.start(id);
    const next = await fixture.get(CampaignChunks).of(await fixture.workspaceId(), id, 30_000);
    const finishesAt = expect.any(String);
    expect((await setChannels(id, [b])).body).toMatchObject({
      status: 'preparing',
      moved: 0,
      left: 40,
      finishesAt,
    });
    expect(await next()).toMatchObject({ kind: 'written', channelIds: [b], isLast: true });
    expect(new Set((await fixture.messagesOf(id)).map((row) => row.channel_id))).toEqual(new Set([b]));
  });

  it('stops with a channel paused, and leaves nobody out', async () => {
    const a = await fixture.createChannel();
    const id = await prepared([a], 120);
    expect((await order(id, a, 'pause')).body).toMatchObject({ isPaused: true, inFlight: 0 });
    expect(await statusOf(id)).toMatchObject({
      waitingJobs: 3,
      progress: { pending: 120 },
      reason: { code: 'channel_paused', text: expect.stringContaining('paused channel "') },
    });
    const { body } = await fixture.call('PATCH', `/api/campaigns/${id}/rate`, { ratePerSecond: 5 });
    expect(body).toMatchObject({ left: 120, finishesAt: null });
    const { body: pending } = await fixture.call('GET', `/api/campaigns/${id}/messages?state=pending`);
    expect(pending.items.length).toBeGreaterThan(0);
    expect(await fixture.call('DELETE', `/api/channels/${a}`)).toMatchObject({ status: 409 });
    await fixture.call('POST', `/api/campaigns/${id}/queue-stop`);
    await expect
      .poll(() => fixture.tick().then(() => fixture.statusOf(id)), { timeout: 20_000, interval: 50 })
      .toBe('stopped');
    const { accepted, cancelled } = await fixture.progressOf(id);
    expect(accepted + cancelled).toBe(120);
    expect((await order(id, a, 'pause')).body).toMatchObject({ code: 'campaign_status' });
  });

  it('says what is wrong with an order that makes no sense', async () => {
    const [a, b] = [await fixture.createChannel(), await fixture.createChannel()];
    const contacts = await fixture.addContacts(3);
    const draft = await fixture.createCampaign({ message: 'Hola', contacts, channelIds: [a] });
    expect(await setChannels(draft, [b])).toMatchObject({
      status: 409,
      body: { code: 'campaign_status', detail: expect.stringContaining(`PATCH /api/campaigns/${draft}`) },
    });
    expect(await order(draft, a, 'pause')).toMatchObject({ status: 409, body: { code: 'campaign_status' } });
    const id = await prepared([a], 3);
    expect(await order(id, b, 'pause')).toMatchObject({
      status: 404,
      body: { code: 'channel_not_of_campaign' },
    });
    expect(await setChannels(id, [])).toMatchObject({ status: 400 });
    const gone = '00000000-0000-4000-8000-000000000000';
    expect(await setChannels(id, [gone])).toMatchObject({ status: 422, body: { code: 'channel_not_found' } });
  });

  it('keeps people who wrote to a channel of free text on it, and adds none that they did not write to', async () => {
    const cloud = (n: string) =>
      fixture.createChannel({
        provider: 'whatsapp-cloud',
        settings: { phoneNumberId: n, accessToken: 't', baseUrl: 'http://127.0.0.1:9' },
      });
    const [a, b, c] = [await cloud('91'), await cloud('92'), await cloud('93')];
    const contacts = await fixture.addContacts(6);
    await fixture.sql.query(
      `INSERT INTO conversations (workspace_id, contact_id, channel_id, recipient, last_inbound_at, last_message_at, last_text)
       SELECT workspace_id, id, $2, recipient, now(), now(), 'Hola' FROM contacts WHERE id = ANY($1::bigint[])`,
      [contacts, a],
    );
    const id = await fixture.createCampaign({ message: 'Hola', contacts, channelIds: [a, b] });
    await fixture.start(id);
    await fixture.prepare(id);
    expect(await setChannels(id, [b])).toMatchObject({
      status: 409,
      body: { code: 'messages_bound', messages: 6 },
    });
    expect(await setChannels(id, [a, b, c])).toMatchObject({
      status: 409,
      body: { code: 'channel_not_addable' },
    });
    expect((await setChannels(id, [a])).status).toBe(200);
  });
});
