import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BellRinger } from '../../../src/queue/bell-ringer.js';
import { SessionWatch } from '../../../src/queue/session-watch.js';
import { MessagesFixture, type Reply } from '../messages/messages-app.js';

const WAIT = { timeout: 15_000, interval: 30 };

/** A WAHA with one session, as far as its status goes. */
class SmallWaha {
  status = 'WORKING';
  /** What a restart makes of it. */
  afterRestart = 'WORKING';
  restarts = 0;
  sent = 0;
  private constructor(private readonly server: Server) {}

  static async start(): Promise<SmallWaha> {
    const server = createServer();
    const waha = new SmallWaha(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const [status, body] = waha.answer(request.url ?? '', Buffer.concat(chunks).toString());
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return waha;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private answer(url: string, body: string): [number, object] {
    if (url === '/api/sessions/default/restart') {
      this.restarts += 1;
      this.status = this.afterRestart;
    } else if (url === '/api/sendText') {
      if (this.status !== 'WORKING') return [422, this.notWorking()];
      this.sent += 1;
      return [201, { id: (JSON.parse(body) as { id: string }).id }];
    } else if (url.startsWith('/api/default/auth/qr')) {
      if (this.status !== 'SCAN_QR_CODE') return [422, this.notWorking()];
      return [
        200,
        url.endsWith('raw') ? { value: '2@code' } : { mimetype: 'image/png', data: 'iVBORw0KGgo=' },
      ];
    }
    return [200, { name: 'default', status: this.status }];
  }

  private notWorking(): object {
    const error = 'Session status is not as expected. Try again later or restart the session';
    return { error, session: 'default', status: this.status, expected: ['WORKING'] };
  }
}

describe('a channel on a web session', () => {
  let app: MessagesFixture;
  let waha: SmallWaha;
  let channelId: string;
  let webhook: string;

  beforeAll(async () => {
    waha = await SmallWaha.start();
    app = await MessagesFixture.start({
      CAUDAL_PRIVATE_HOSTS: '127.0.0.1',
      CAUDAL_SESSION_RESTART_MS: '1000',
    });
  });

  beforeEach(async () => {
    Object.assign(waha, { status: 'WORKING', afterRestart: 'WORKING', restarts: 0, sent: 0 });
    await app.sql.query('DELETE FROM channels');
    const { body } = await app.call('POST', '/api/channels', {
      name: 'web',
      provider: 'waha',
      settings: { baseUrl: waha.url, apiKey: 'a-key' },
    });
    channelId = body.id;
    webhook = new URL((body as unknown as { webhookUrl: string }).webhookUrl).pathname;
  });

  afterAll(async () => {
    await app.stop();
    await waha.stop();
  });

  const call = (method: 'GET' | 'POST', path: string): Promise<Reply> =>
    app.call(method, `/api/channels/${channelId}${path}`);
  const held = async () =>
    ((await call('GET', '')).body as unknown as { held: { code: string; reason: string } | null }).held;
  const tell = (status: string): Promise<Reply> => {
    const timestamp = Date.now();
    const payload = { name: 'default', status, statuses: [{ status, timestamp }] };
    return app.call('POST', webhook, {
      id: `evt_${timestamp}`,
      event: 'session.status',
      session: 'default',
      timestamp,
      payload,
    });
  };

  it('waits while the session is lost, as its webhook says, and goes on when it says that it is back', async () => {
    waha.status = 'FAILED';
    // Secrets of webhooks are read once a second.
    await expect.poll(async () => (await tell('FAILED')).status, WAIT).toBe(200);
    await expect.poll(async () => (await held())?.code, WAIT).toBe('session_down');
    const task = await app.posted({ channelId });
    expect((await app.task(task)).status).toBe('PENDING');
    waha.status = 'WORKING';
    await tell('WORKING');
    await expect.poll(held, WAIT).toBeNull();
    await expect
      .poll(async () => {
        await app.get(BellRinger).ringForReadyWork();
        return (await app.task(task)).status;
      }, WAIT)
      .toBe('SUCCESS');
    expect(waha.sent).toBe(1);
  });

  it('loses no message to a session that is found down by sending, and is restarted by itself', async () => {
    waha.status = 'STOPPED';
    const task = await app.posted({ channelId });
    await expect.poll(async () => (await held())?.code, WAIT).toBe('session_down');
    await expect.poll(async () => (await app.task(task)).status, WAIT).toBe('PENDING');
    const tick = async (): Promise<string | number> => {
      await app.sql.query('UPDATE channel_checks SET due_at = now()');
      await app.get(SessionWatch).run();
      return (await app.task(task)).status;
    };
    await expect.poll(tick, WAIT).toBe('SUCCESS');
    expect([waha.restarts, waha.sent]).toEqual([1, 1]);
  });

  it('is never restarted by itself while its code must be scanned, and shows that code', async () => {
    waha.status = 'SCAN_QR_CODE';
    await expect.poll(async () => (await tell('SCAN_QR_CODE')).status, WAIT).toBe(200);
    await expect.poll(async () => (await held())?.reason, WAIT).toContain('a person must act');
    const { status, body, headers } = await call('GET', '/qr');
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('no-store');
    expect(body).toEqual({
      isNeeded: true,
      code: '2@code',
      imageDataUrl: 'data:image/png;base64,iVBORw0KGgo=',
      pairingCode: null,
    });
    expect(await call('POST', '/restart')).toMatchObject({
      status: 409,
      body: { code: 'session_needs_person' },
    });
    for (let time = 0; time < 3; time += 1) {
      await app.sql.query(`UPDATE channel_checks SET due_at = now()`);
      await app.get(SessionWatch).run();
    }
    expect(waha.restarts).toBe(0);
  });

  it('is restarted by hand, and says how it is then', async () => {
    waha.status = 'FAILED';
    const { status, body } = await call('POST', '/restart');
    expect(status).toBe(200);
    expect(body).toMatchObject({ connection: 'connected' });
    expect(waha.restarts).toBe(1);
  });
});
