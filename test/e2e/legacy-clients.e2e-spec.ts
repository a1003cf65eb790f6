import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '../../src/app.module.js';
import { freeLoopbackPort } from '../../src/embedded/free-port.js';
import { ControlClient } from '../../src/simulator/control-client.js';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { ApiApp } from '../support/api-app.js';

const WAIT = { timeout: 30_000, interval: 100 };

interface Answered {
  readonly status: number;
  // What a client expects of an answer is what says its shape.
  // eslint-disable-next-line -- as above
  readonly body: any;
}

/**
 * The clients of replaced systems, with what they send and expect, against the whole program and a simulated provider.
 * They show no key: CAUDAL_LEGACY_WORKSPACE says whose they are.
 */
describe('a client of a replaced system', () => {
  let simulator: Simulator;
  let control: ControlClient;
  let caudal: ApiApp;
  let url: string;
  let channelId: string;

  beforeAll(async () => {
    simulator = await startSimulator({ port: 0, host: '127.0.0.1' });
    control = new ControlClient(simulator.url);
    const port = await freeLoopbackPort();
    url = `http://127.0.0.1:${port}`;
    caudal = await ApiApp.start({
      assembly: (config) => AppModule.register(config),
      port,
      environment: {
        CAUDAL_LEGACY_WORKSPACE: 'main',
        CAUDAL_SIMULATOR_URL: simulator.url,
        CAUDAL_PUBLIC_URL: url,
        CAUDAL_DATABASE_POOL: '12',
      },
    });
    channelId = await channel('mi_instancia', { mode: 'fixed', intervalMs: 100 });
  });

  afterAll(async () => {
    await caudal?.stop();
    await simulator?.close();
  });

  const call = async (method: string, path: string, body?: unknown): Promise<Answered> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: await answer.json() };
  };
  /** What whoever runs Caudal does, with the key. */
  const manage = async (method: 'POST' | 'PATCH', path: string, body: object): Promise<Answered['body']> => {
    const { status, text } = await caudal.inject(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path} was answered ${status}: ${text}`);
    return JSON.parse(text);
  };
  const channel = async (name: string, pacing: object): Promise<string> =>
    (await manage('POST', '/api/channels', { name, provider: 'simulator', pacing })).id as string;
  const pace = (pacing: object) => manage('PATCH', `/api/channels/${channelId}`, { pacing });
  const contact = async (phone: string, attributes: object = {}): Promise<string> =>
    (await manage('POST', '/api/contacts', { phone, name: 'Ana', attributes })).id as string;
  const receivedBy = async (phone: string) =>
    (await control.ledgerPage()).items.filter((item) => item.to === phone).map((item) => item.type);

  describe('that sends tickets with delays', () => {
    beforeAll(() =>
      pace({ mode: 'progressive', baseDelayMs: 2000, stepMs: 500, stepEvery: 10, maxDelayMs: 5000 }),
    );

    afterAll(() => pace({ mode: 'fixed', intervalMs: 100 }));

    it('sends many messages in one request', async () => {
      const { status, body } = await call('POST', '/messages/send-bulk', {
        messages: [{ phone: '+525511110001', message: 'Hola' }],
      });
      expect(status).toBe(202);
      expect(body).toEqual({
        success: true,
        campaign_id: expect.any(String) as string,
        total_messages: 1,
        skipped: {},
        estimatedTime: 2000,
      });
      await expect.poll(() => receivedBy('+525511110001'), WAIT).toEqual(['text']);
    });

    it('sends the tickets of an event, and gets the same answer', async () => {
      const ticket = 'https://boletos.example.com/ana.pdf';
      await contact('+525511110002', { event_id: 'E1', ticket_url: ticket });
      await contact('+525511110003', { event_id: 'E1' });
      const { status, body } = await call('POST', '/tickets/send-whatsapp-by-event', {
        event_id: 'E1',
        message: 'Hola {{nombre}}',
      });
      expect(status).toBe(202);
      expect(body).toEqual({
        success: true,
        campaign_id: expect.any(String) as string,
        total_messages: 2,
        skipped: { no_ticket_url: 1 },
        estimatedTime: 2000,
      });
      await expect.poll(() => receivedBy('+525511110002'), WAIT).toEqual(['document']);
      expect(await receivedBy('+525511110003')).toEqual([]);
    });

    it('asks for the status of the one number that it knows', async () => {
      const { status, body } = await call('GET', '/status');
      expect(status).toBe(200);
      expect(body).toMatchObject({
        success: true,
        channel: { id: channelId, name: 'mi_instancia' },
        connection: 'connected',
        breaker: 'closed',
      });
    });

    it('is told that a provider without sessions has nothing to restart', async () => {
      const { status, body } = await call('POST', '/restart');
      expect([status, body.code]).toEqual([409, 'nothing_to_restart']);
      expect(body.detail).toContain('simulator');
    });
  });

  describe('of the FastAPI service', () => {
    it('posts a message and polls its task until it is done', async () => {
      const { status, body } = await call('POST', '/messages', {
        phone: '+52123456789',
        message: 'Hola',
        instance_name: 'mi_instancia',
        priority: 5,
      });
      expect(status).toBe(202);
      expect(body).toEqual({
        success: true,
        message: 'Mensaje encolado correctamente para procesamiento',
        task_id: expect.any(String) as string,
      });
      const task = async () => (await call('GET', `/tasks/${body.task_id}`)).body;
      await expect.poll(async () => (await task()).status, WAIT).toBe('SUCCESS');
      expect(await task()).toMatchObject({
        task_id: body.task_id,
        status: 'SUCCESS',
        result: {
          success: true,
          phone: '+52123456789',
          evolution_key: expect.stringMatching(/^wamid\./) as string,
        },
      });
      expect(await receivedBy('+52123456789')).toEqual(['text']);
    });

    it('is told which instances there are when it names one that is not', async () => {
      const { status, body } = await call('POST', '/messages', {
        phone: '+525511110005',
        message: 'Hola',
        instance_name: 'otra',
      });
      expect([status, body.code, body.known]).toEqual([404, 'channel_not_found', ['mi_instancia']]);
    });

    it('is told that a task is not known', async () => {
      const { status, body } = await call('GET', '/tasks/5b0f6ad1-93c2-7e11-4f0a-c2d9be1f7a35');
      expect([status, body.code]).toEqual([404, 'task_not_found']);
    });
  });

  it('of the Express module makes a campaign of contacts, starts it and follows its queue', async () => {
    const contacts = [Number(await contact('+525511110006')), Number(await contact('+525511110007'))];
    const made = await call('POST', '/api/campaigns', { name: 'mayo', message: 'Hola {{nombre}}', contacts });
    expect(made.status).toBe(201);
    const of = (order: string): string => `/api/campaigns/${made.body.id}/${order}`;
    const started = await call('POST', of('start'));
    expect(started.status).toBe(202);
    expect(started.body).toMatchObject({
      message: 'Campaña encolada exitosamente para envío',
      jobId: expect.any(String) as string,
      estimatedContacts: 2,
      estimatedTime: 200,
      campaign: { id: made.body.id },
    });
    await expect
      .poll(async () => (await call('GET', of('queue-status'))).body.status.status, WAIT)
      .toBe('completed');
    const { body } = await call('GET', of('queue-status'));
    expect(body).toMatchObject({
      success: true,
      status: {
        campaignId: made.body.id,
        totalJobs: 1,
        activeJobs: 0,
        waitingJobs: 0,
        completedJobs: 1,
        failedJobs: 0,
        progress: { processed: 2, total: 2, success: 2, failed: 0, percentage: 100 },
      },
    });
    const late = await call('POST', of('queue-pause'));
    expect([late.status, late.body.code]).toEqual([409, 'campaign_status']);
  });

  it('of the Express module pauses, resumes and stops', async () => {
    await pace({ mode: 'fixed', intervalMs: 60_000 });
    try {
      const contacts = [await contact('+525511110008'), await contact('+525511110009')];
      const made = await call('POST', '/api/campaigns', { name: 'junio', message: 'Hola', contacts });
      const order = async (name: string): Promise<Answered['body']> =>
        (await call('POST', `/api/campaigns/${made.body.id}/${name}`)).body;
      await order('start');
      const answer = {
        success: true,
        status: expect.any(String) as string,
        inFlight: expect.any(Number) as number,
      };
      expect(await order('queue-pause')).toEqual({
        ...answer,
        status: expect.stringMatching(/^paus/) as string,
      });
      expect(await order('queue-resume')).toEqual({ ...answer, status: 'sending' });
      expect(await order('queue-stop')).toEqual({
        ...answer,
        status: expect.stringMatching(/^stopp/) as string,
      });
    } finally {
      await pace({ mode: 'fixed', intervalMs: 100 });
    }
  });

  it('is asked for a key everywhere else, and a wrong key is not taken for none', async () => {
    for (const path of ['/api/campaigns', '/api/channels', '/api/contacts', '/api/api-keys']) {
      expect((await call('GET', path)).status).toBe(401);
    }
    const answer = await fetch(`${url}/status`, { headers: { 'x-api-key': 'guessed' } });
    expect(answer.status).toBe(401);
  });
});
