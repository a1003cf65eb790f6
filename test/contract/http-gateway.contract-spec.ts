import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ContactsModule } from '../../src/contacts/contacts.module.js';
import { MessagesModule } from '../../src/messages/messages.module.js';
import { ApiApp, assembled } from '../support/api-app.js';
import type { ContractFacts } from './contract-rig.js';
import { FakeRig } from './fakes/fake-rig.js';
import { FakeServer } from './fakes/fake-server.js';
import { HttpGatewayFake, postedByGateway, refusal } from './fakes/http-gateway-fake.js';
import { describeProviderContract } from './provider-contract.js';

const DEADLINE_MS = 5_000;

function startRig(service = new HttpGatewayFake()): Promise<FakeRig> {
  return FakeRig.start(
    'http-gateway',
    service,
    (url) => ({
      baseUrl: `${url}/wa`,
      preset: 'send-message',
      headers: { 'x-api-key': service.apiKey },
      fields: { session: 'ventas' },
    }),
    postedByGateway,
  );
}

const FACTS: ContractFacts = {
  name: 'http-gateway',
  contents: [
    { type: 'text', text: 'Hola, ¿qué tal? 👋' },
    { type: 'image', url: 'https://cdn.example.com/a.jpg', caption: 'Mira' },
    { type: 'document', url: 'https://cdn.example.com/a.pdf', fileName: 'boleto.pdf' },
    { type: 'video', url: 'https://cdn.example.com/a.mp4' },
    { type: 'audio', url: 'https://cdn.example.com/a.ogg' },
  ],
  refusals: [
    {
      title: 'a success of HTTP that is none',
      answer: refusal(200, 'Message could not be sent to 5215512345678'),
      outcome: { kind: 'rejected', failureClass: 'permanent_message', code: 'refused' },
    },
    {
      title: 'a number that is not on WhatsApp, under 200',
      answer: refusal(200, 'The number 5215512345678 is not registered'),
      outcome: { kind: 'rejected', failureClass: 'permanent_recipient', code: 'not_on_whatsapp' },
    },
    {
      title: 'a field that is missing',
      answer: refusal(400, 'phone and message are required'),
      outcome: { kind: 'rejected', failureClass: 'permanent_message', code: 'http_400' },
    },
    {
      title: 'a session that is down, under 503',
      answer: refusal(503, 'WhatsApp client not ready'),
      outcome: { kind: 'blocked', failureClass: 'session_down' },
    },
    {
      title: 'a session that is down, under 500 and without success',
      answer: { status: 500, body: { error: 'WhatsApp is not connected' } },
      outcome: { kind: 'blocked', failureClass: 'session_down' },
    },
    {
      title: 'too many calls, with the time to wait',
      answer: {
        status: 429,
        body: 'Too many requests',
        headers: { 'retry-after': '30' },
        contentType: 'text/plain',
      },
      outcome: { kind: 'throttled', scope: 'number', retryAfterMs: 30_000 },
    },
    {
      title: 'a key that is wrong',
      answer: refusal(401, 'Invalid API key'),
      outcome: { kind: 'blocked', failureClass: 'auth_stop' },
    },
    {
      title: 'a session that is logged out',
      answer: refusal(500, 'Session logged out'),
      outcome: { kind: 'blocked', failureClass: 'account_stop' },
    },
    {
      title: 'a path that is not there',
      answer: { status: 404, body: '<pre>Cannot POST /send</pre>', contentType: 'text/html' },
      outcome: { kind: 'blocked', failureClass: 'permanent_config', code: 'no_such_path' },
    },
  ],
  troubles: [
    refusal(200, 'sendMessage timed out after 30000ms'),
    refusal(200, 'Protocol error (Runtime.callFunctionOn): Session closed.'),
    refusal(500, "Cannot read properties of undefined (reading '_serialized')"),
    refusal(500, 'something broke'),
    { status: 200, body: { phone: '5215512345678' } },
    { status: 202, body: { success: 'maybe' } },
  ],
  credentialSetting: 'headers',
  takesNoId: true,
  baseUrlSetting: 'baseUrl',
};

describeProviderContract(FACTS, startRig);

describe("a home-made service's session", () => {
  let service: HttpGatewayFake;
  let rig: FakeRig;

  beforeEach(async () => {
    service = new HttpGatewayFake();
    rig = await startRig(service);
  });

  afterEach(async () => {
    await rig.stop();
  });

  it('is seen to be down, shows its code, and is asked to start anew', async () => {
    expect(await rig.client.qrCode!(DEADLINE_MS)).toBeNull();
    service.connected = false;
    expect(await rig.client.health(DEADLINE_MS)).toMatchObject({ connection: 'disconnected' });
    expect(await rig.client.qrCode!(DEADLINE_MS)).toEqual({
      code: '2@AbCdEf,gHiJ==,kLm',
      imageDataUrl: null,
      pairingCode: null,
    });
    expect(await rig.client.restart!(DEADLINE_MS)).toEqual({ kind: 'restarting' });
    expect(service.restarts).toBe(1);
  });

  it('of which a restart is refused says why, without the key that it was given', async () => {
    service.revokeCredentials();
    const answer = await rig.client.restart!(DEADLINE_MS);
    expect(answer).toMatchObject({ kind: 'failed', code: 'http_401' });
    expect(JSON.stringify(answer)).not.toContain('k-5f1d0c77-contract');
  });
});

describe('a message over a home-made service', () => {
  const fake = new HttpGatewayFake();
  let service: FakeServer;
  let api: ApiApp;

  beforeAll(async () => {
    service = await FakeServer.start(fake);
    api = await ApiApp.start({
      assembly: assembled(() => [ContactsModule, MessagesModule]),
      environment: { CAUDAL_PRIVATE_HOSTS: '127.0.0.1', CAUDAL_PUBLIC_URL: 'https://caudal.example' },
    });
    const { status, text } = await api.inject('POST', '/api/channels', {
      name: 'ventas',
      provider: 'http-gateway',
      settings: {
        baseUrl: `${service.url}/wa`,
        preset: 'send-message',
        headers: { 'x-api-key': fake.apiKey },
        fields: { session: 'ventas' },
      },
    });
    expect([status, text.includes(fake.apiKey)]).toEqual([201, false]);
    expect(JSON.parse(text)).toMatchObject({ limits: { perSecond: 1, maxInFlight: 4 } });
  });

  afterAll(async () => {
    await api.stop();
    await service.close();
  });

  async function taskOf(phone: string): Promise<() => Promise<unknown>> {
    const { text } = await api.inject('POST', '/api/messages', { phone, message: 'Hola' });
    const { task_id: id } = JSON.parse(text) as { task_id: string };
    return async () => JSON.parse((await api.inject('GET', `/api/tasks/${id}`)).text) as unknown;
  }

  it('that was taken without an id is a success without one', async () => {
    service.addFault({ kind: 'emptyId' });
    const task = await taskOf('+525512345678');
    await expect
      .poll(task, { timeout: 15_000, interval: 30 })
      .toMatchObject({ status: 'SUCCESS', result: { success: true, provider_message_id: null } });
  });

  it('that was refused under HTTP 200 has failed, with the reason', async () => {
    service.addFault({ kind: 'answer', answer: refusal(200, 'Number is not registered'), processed: false });
    const task = await taskOf('+525512345679');
    await expect.poll(task, { timeout: 15_000, interval: 30 }).toMatchObject({
      status: 'FAILURE',
      result: { success: false, error_code: 'not_on_whatsapp' },
    });
  });
});
