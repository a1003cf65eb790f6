import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freeLoopbackPort } from '../../src/embedded/free-port.js';
import { BellRinger } from '../../src/queue/bell-ringer.js';
import { PoolTick } from '../../src/queue/pool-tick.js';
import { ControlClient } from '../../src/simulator/control-client.js';
import { CampaignsFixture } from '../integration/campaigns/campaigns-app.js';
import { launchSimulator, type SimulatorProcess } from '../support/simulator-process.js';

const RECIPIENTS = 1800;
const PER_SECOND = 20;

/** The way to the provider, which can be taken away and put back: without it, connections are refused. */
class Way {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  constructor(
    readonly port: number,
    private readonly target: number,
  ) {}

  async open(): Promise<void> {
    this.server = createServer((socket) => {
      const onward = connect(this.target, '127.0.0.1');
      this.sockets.add(socket);
      socket.on('error', () => onward.destroy()).pipe(onward);
      onward.on('error', () => socket.destroy()).pipe(socket);
    });
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  close(): void {
    this.server?.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

describe('a campaign over several channels', () => {
  let simulator: SimulatorProcess;
  let control: ControlClient;
  let fixture: CampaignsFixture;
  let way: Way;

  beforeAll(async () => {
    simulator = await launchSimulator();
    control = new ControlClient(simulator.url);
    way = new Way(await freeLoopbackPort(), Number(new URL(simulator.url).port));
    fixture = await CampaignsFixture.start({
      CAUDAL_ROLES: 'api,worker',
      CAUDAL_PUBLIC_URL: 'http://127.0.0.1:1',
      CAUDAL_PRIVATE_HOSTS: '127.0.0.1',
      CAUDAL_FAILOVER_AFTER_MS: '400',
      CAUDAL_BREAKER_OPEN_MS: '500',
      BATCH_SIZE: '100',
    });
  });

  afterAll(async () => {
    way?.close();
    await fixture?.stop();
    await simulator?.stop();
  });

  async function cloudChannel(phoneNumberId: string, baseUrl: string): Promise<string> {
    const accessToken = `token-${phoneNumberId}`;
    await control.putNumber(phoneNumberId, { accessToken, appSecret: 'a secret of the app' });
    return fixture.createChannel({
      provider: 'whatsapp-cloud',
      settings: { phoneNumberId, accessToken, baseUrl },
      limits: { perSecond: PER_SECOND },
    });
  }

  /** What the ticks of a worker do, as often as they like. */
  function ticking(): void {
    let isOver = false;
    const running = (async () => {
      while (!isOver) {
        await fixture.get(PoolTick).run();
        await fixture.get(BellRinger).ringForReadyWork();
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    })();
    onTestFinished(() => {
      isOver = true;
      return running;
    });
  }

  async function leftOn(dispatchId: string, channelId: string): Promise<number> {
    const [row] = await fixture.sql.query<{ n: number }>(
      `SELECT coalesce(sum(coalesce(unsent, last_seq - first_seq + 1)), 0)::int AS n FROM batches
       WHERE dispatch_id = $1 AND channel_id = $2 AND state <> 'done'`,
      [dispatchId, channelId],
    );
    return row!.n;
  }

  it('goes on without a channel whose provider is down, gives it work again when it is back, and sends all once', async () => {
    const contacts = await fixture.addContacts(RECIPIENTS);
    const channelIds = [
      await cloudChannel('700000000000001', `http://127.0.0.1:${way.port}`),
      await cloudChannel('700000000000002', simulator.url),
      await cloudChannel('700000000000003', simulator.url),
    ];
    const [broken] = channelIds as [string];
    // To people who never wrote to these numbers.
    const content = { type: 'template', name: 'aviso', language: 'es_MX' };
    const id = await fixture.createCampaign({ content, contacts, channelIds });
    await fixture.start(id);
    await fixture.prepare(id);
    const dispatchId = await fixture.dispatchOf(id);
    await expect.poll(() => leftOn(dispatchId, broken)).toBeGreaterThan(RECIPIENTS / 5);
    ticking();

    await expect.poll(() => leftOn(dispatchId, broken), { timeout: 20_000, interval: 100 }).toBeLessThan(10);
    const { body } = await fixture.call('GET', `/api/campaigns/${id}/queue-status`);
    expect(body.status.reason).toBeUndefined();
    expect(body.status.unableChannels).toMatchObject([{ channelId: broken, code: 'breaker_open' }]);
    const events = await fixture.sql.query<{
      payload: { cause: string; fromChannelId: string; reason: string };
    }>(`SELECT payload FROM outbox WHERE type = 'campaign.work_moved'`);
    expect(events[0]?.payload).toMatchObject({ cause: 'failover', fromChannelId: broken });
    expect(events[0]?.payload.reason).toContain('breaker');

    await way.open();
    await expect
      .poll(() => leftOn(dispatchId, broken), { timeout: 20_000, interval: 100 })
      .toBeGreaterThan(50);

    await expect
      .poll(() => fixture.progressOf(id), { timeout: 90_000, interval: 300 })
      .toMatchObject({ total: RECIPIENTS, accepted: RECIPIENTS, pending: 0, inflight: 0 });
    const ledger = await control.summary({ callbackPrefix: `${dispatchId}:` });
    expect(ledger).toMatchObject({ accepted: RECIPIENTS, distinct: RECIPIENTS, duplicates: 0 });
    const rows = await fixture.sql.query<{ channelId: string; sent: number; used: number }>(
      `SELECT m.channel_id AS "channelId", count(*)::int AS sent,
              (SELECT sum(sends)::int FROM channel_usage u WHERE u.channel_id = m.channel_id) AS used
       FROM messages m WHERE m.dispatch_id = $1 GROUP BY m.channel_id`,
      [dispatchId],
    );
    expect(rows.map(({ channelId }) => channelId).toSorted()).toEqual(channelIds.toSorted());
    for (const { sent, used } of rows) expect(used).toBeGreaterThanOrEqual(sent);
    for (const phoneNumberId of ['700000000000001', '700000000000002', '700000000000003']) {
      const { accepted } = await control.summary({ callbackPrefix: `${dispatchId}:`, phoneNumberId });
      const index = Number(phoneNumberId.at(-1)) - 1;
      expect(rows.find(({ channelId }) => channelId === channelIds[index])?.sent).toBe(accepted);
    }
  });
});
