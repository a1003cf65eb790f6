import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChannelClients } from '../../../src/channels/channel-clients.js';
import { ChannelDirectory } from '../../../src/channels/channel-directory.js';
import { ChannelHolds } from '../../../src/channels/channel-holds.js';
import { ChannelService, type ShownChannel } from '../../../src/channels/channel.service.js';
import { WebhookSecrets } from '../../../src/channels/webhook-secrets.js';
import { Sql } from '../../../src/database/sql.js';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { startChannelsApp } from './channels-app.js';

const MESSAGE = {
  recipient: '+5215512345678',
  content: { type: 'text', text: 'Hola' },
  correlationId: '1:1:1',
} as const;

describe('the open channels of a process', () => {
  let database: TestDatabase;
  let simulator: Simulator;
  let app: NestFastifyApplication;
  let sql: Sql;
  let service: ChannelService;
  let clients: ChannelClients;
  let workspaceId: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    simulator = await startSimulator({ port: 0, host: '127.0.0.1' });
  });

  beforeEach(async () => {
    app = await startChannelsApp(database.url, {
      CAUDAL_SIMULATOR_URL: simulator.url,
      CAUDAL_PUBLIC_URL: 'http://127.0.0.1:9',
      CAUDAL_PRIVATE_HOSTS: '127.0.0.1',
    });
    sql = app.get(Sql, { strict: false });
    service = app.get(ChannelService, { strict: false });
    clients = app.get(ChannelClients, { strict: false });
    await sql.query('DELETE FROM channels');
    [{ id: workspaceId }] = (await sql.query<{ id: string }>('SELECT id FROM workspaces LIMIT 1')) as [
      { id: string },
    ];
  });

  afterEach(async () => {
    await app.close();
  });

  afterAll(async () => {
    await simulator.close();
    await database.drop();
  });

  function createSimulated(name = 'sim', settings: Record<string, unknown> = {}): Promise<ShownChannel> {
    return service.create(workspaceId, { name, provider: 'simulator', settings, limits: { perSecond: 10 } });
  }

  async function opened(channelId: string) {
    const open = await clients.clientOf(channelId);
    if (open === null) throw new Error('the channel is gone');
    return open;
  }

  it('send, and are opened once', async () => {
    const { row } = await createSimulated();
    const [first, second] = await Promise.all([opened(row.id), opened(row.id)]);
    expect(first.client).toBe(second.client);
    expect(first.channel).toMatchObject({
      workspaceId,
      limits: { perSecond: 10 },
      version: 1,
      heldCode: null,
    });
    expect(first.channel).not.toHaveProperty('sealedSettings');
    expect(await first.client.send(MESSAGE, 5000)).toMatchObject({ kind: 'accepted' });
  });

  it('see a new limit within a second or so, and keep their connections', async () => {
    const { row } = await createSimulated();
    const before = await opened(row.id);
    await service.change(workspaceId, row.id, { limits: { perSecond: 20 } });
    await expect.poll(async () => (await opened(row.id)).channel.version, { timeout: 3000 }).toBe(2);
    const after = await opened(row.id);
    expect(after.channel.limits).toEqual({ perSecond: 20 });
    expect(after.client).toBe(before.client);
  });

  it('are opened anew with new settings; the old line takes no more calls', async () => {
    const { row } = await createSimulated();
    const before = await opened(row.id);
    await before.client.send(MESSAGE, 5000);
    await service.change(workspaceId, row.id, { settings: { latencyMs: 1, enforceWindow: true } });
    await expect.poll(async () => (await opened(row.id)).channel.version, { timeout: 3000 }).toBe(2);
    const after = await opened(row.id);
    expect(after.client).not.toBe(before.client);
    expect([before.capabilities.hasServiceWindow, after.capabilities.hasServiceWindow]).toEqual([
      false,
      true,
    ]);
    expect(await before.client.send(MESSAGE, 5000)).toMatchObject({
      kind: 'unavailable',
      code: 'client_closed',
    });
    expect(await after.client.send(MESSAGE, 5000)).toMatchObject({ kind: 'accepted' });
  });

  it('are gone once the channel is', async () => {
    const { row } = await createSimulated();
    await opened(row.id);
    await service.remove(workspaceId, row.id);
    await expect.poll(() => clients.clientOf(row.id), { timeout: 3000 }).toBeNull();
  });

  it('are held for their first reason only, until somebody lifts it', async () => {
    const holds = app.get(ChannelHolds, { strict: false });
    const { row } = await createSimulated();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => holds.hold(row.id, '190', `The token is wrong (${at}).`)),
    );
    expect(answers.filter((version) => version !== null)).toEqual([2]);
    expect((await service.find(workspaceId, row.id)).row).toMatchObject({ heldCode: '190', version: 2 });
    expect(await holds.lift(workspaceId, row.id)).toBe(3);
    expect(await holds.lift(workspaceId, row.id)).toBeNull();
    expect((await service.find(workspaceId, row.id)).row).toMatchObject({ heldCode: null, heldSince: null });
  });

  it('are not held by a call that was made under the settings before', async () => {
    const holds = app.get(ChannelHolds, { strict: false });
    const { row } = await createSimulated();
    await holds.hold(row.id, '190', 'The token is wrong.', 1);
    await service.change(workspaceId, row.id, { settings: { accessToken: 'a-new-token' } });
    expect((await service.find(workspaceId, row.id)).row).toMatchObject({ heldCode: null, version: 3 });
    expect(await holds.hold(row.id, '190', 'The token is wrong.', 1)).toBeNull();
    expect(await holds.hold(row.id, '190', 'The token is wrong.', 3)).toBe(4);
    const events = await app
      .get(Sql, { strict: false })
      .query(`SELECT type FROM outbox WHERE payload->>'channelId' = $1 ORDER BY id`, [row.id]);
    expect(events).toEqual([{ type: 'channel.held' }, { type: 'channel.opened' }, { type: 'channel.held' }]);
  });

  it('hold the channel to its address rules at each call', async () => {
    const settings = { phoneNumberId: '5', accessToken: 'x', baseUrl: simulator.url };
    const { row } = await service.create(workspaceId, {
      name: 'cloud',
      provider: 'whatsapp-cloud',
      settings,
    });
    expect(await (await opened(row.id)).client.send(MESSAGE, 5000)).toMatchObject({
      kind: 'blocked',
      code: '100/33',
    });
    const strict = await startChannelsApp(database.url);
    try {
      const open = await strict.get(ChannelClients, { strict: false }).clientOf(row.id);
      expect(await open?.client.send(MESSAGE, 5000)).toMatchObject({
        kind: 'blocked',
        code: 'address_refused',
      });
    } finally {
      await strict.close();
    }
  });

  it('are listed with what their providers can do', async () => {
    await createSimulated('b', { enforceWindow: true });
    await createSimulated('a');
    const listed = await app.get(ChannelDirectory, { strict: false }).channelsOf(workspaceId);
    expect(listed.map(({ name, capabilities }) => [name, capabilities.hasServiceWindow])).toEqual([
      ['a', false],
      ['b', true],
    ]);
  });

  it('give the router each distinct secret with what it may touch, whatever one broken row says', async () => {
    const settings = { accessToken: 'x', appSecret: 'shared', verifyToken: 'sesame' };
    const one = await service.create(workspaceId, {
      name: 'one',
      provider: 'whatsapp-cloud',
      settings: { ...settings, phoneNumberId: '1' },
    });
    const two = await service.create(workspaceId, {
      name: 'two',
      provider: 'whatsapp-cloud',
      settings: { ...settings, phoneNumberId: '2' },
    });
    const broken = await createSimulated('broken');
    await sql.query(`UPDATE channels SET sealed_settings = 'nonsense' WHERE id = $1`, [broken.row.id]);
    const secrets = app.get(WebhookSecrets, { strict: false });
    const listed = await secrets.listCloudSecrets();
    expect(listed.map((secret) => secret.appSecret)).toEqual(['shared']);
    expect(
      new Set(listed[0]?.channels.map((channel) => `${channel.channelId} ${channel.accountRef}`)),
    ).toEqual(new Set([`${one.row.id} 1`, `${two.row.id} 2`]));
    expect(await secrets.listVerifyTokens()).toEqual(['sesame']);
  });
});
