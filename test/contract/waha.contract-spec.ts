import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContractFacts } from './contract-rig.js';
import { FakeRig } from './fakes/fake-rig.js';
import { notWorking, refusal, thrown, WahaFake, wahaStatuses } from './fakes/waha-fake.js';
import { describeProviderContract } from './provider-contract.js';

const SECRETS = { apiKey: 'waha-contract-key', hmacKey: 'waha-contract-hmac' };
const DEADLINE_MS = 5_000;

const FACTS: ContractFacts = {
  name: 'waha',
  contents: [
    { type: 'text', text: 'Hola, ¿qué tal? 👋' },
    { type: 'image', url: 'https://cdn.example.com/a.jpg', caption: 'Mira' },
    { type: 'document', url: 'https://cdn.example.com/a.pdf', fileName: 'boleto.pdf' },
    { type: 'video', url: 'https://cdn.example.com/a.mp4' },
    { type: 'audio', url: 'https://cdn.example.com/a.mp3' },
  ],
  refusals: [
    {
      title: 'a key that is not accepted',
      answer: refusal(401, 'Unauthorized'),
      outcome: { kind: 'blocked', failureClass: 'auth_stop' },
    },
    {
      title: 'a key that may not send',
      answer: refusal(403, 'Forbidden resource', 'Forbidden'),
      outcome: { kind: 'blocked', failureClass: 'auth_stop' },
    },
    {
      title: 'a session that is not there',
      answer: refusal(404, "We didn't find a session with name 'default'.", 'Not Found'),
      outcome: { kind: 'blocked', failureClass: 'permanent_config' },
    },
    {
      title: 'a session that waits for its code',
      answer: notWorking('SCAN_QR_CODE'),
      outcome: { kind: 'blocked', failureClass: 'session_down', code: 'session_down' },
    },
    {
      title: 'a session that only seems to work',
      answer: thrown('server returned error 400'),
      outcome: { kind: 'blocked', failureClass: 'session_down', code: 'session_down' },
    },
    {
      title: 'an account that may begin no new chats',
      answer: thrown('server returned error 463'),
      outcome: { kind: 'blocked', failureClass: 'account_stop', code: '463' },
    },
    {
      title: 'an account that sends too fast',
      answer: thrown('server returned error 429'),
      outcome: { kind: 'throttled', scope: 'number' },
    },
    {
      title: "a proxy's limit, with the time to wait",
      answer: { ...refusal(429, 'Too Many Requests'), headers: { 'retry-after': '30' } },
      outcome: { kind: 'throttled', retryAfterMs: 30_000 },
    },
    {
      title: 'a person who is not on WhatsApp',
      answer: thrown('no LID found for 5215510000001@s.whatsapp.net from server'),
      outcome: { kind: 'rejected', failureClass: 'permanent_recipient', code: 'no_lid' },
    },
    {
      title: "a refusal of WhatsApp's own that is new",
      answer: thrown('server returned error 403'),
      outcome: { kind: 'rejected', failureClass: 'permanent_message', code: '403' },
    },
    {
      title: 'a field that is wrong',
      answer: refusal(400, ['chatId must be a string'], 'Bad Request'),
      outcome: { kind: 'rejected', failureClass: 'permanent_message' },
    },
    {
      title: 'what only the Plus version sends',
      answer: refusal(422, 'The feature is available only in Plus version.', 'Unprocessable Entity'),
      outcome: { kind: 'rejected', failureClass: 'permanent_config' },
    },
  ],
  troubles: [
    thrown('Connection Closed'),
    thrown('server returned error 503'),
    thrown('Request failed with status code 404', 'AxiosError'),
    { status: 503, body: { status: 'error', details: {} } },
    { status: 404, body: { error: { code: 404, key: 'FILE_NOT_FOUND', message: 'File not found' } } },
    { status: 422, body: '<html>', contentType: 'text/html' },
  ],
  credentialSetting: 'apiKey',
  presetsIds: true,
  baseUrlSetting: 'baseUrl',
  lookUp: {
    provesAbsence: false,
    troubles: [
      refusal(404, 'Message not found', 'Not Found'),
      thrown('sql: no rows'),
      refusal(401, 'Unauthorized'),
    ],
  },
};

async function startRig(): Promise<{ rig: FakeRig; fake: WahaFake }> {
  const fake = new WahaFake(SECRETS.apiKey, 'default');
  const rig = await FakeRig.start('waha', fake, (baseUrl) => ({ baseUrl, ...SECRETS }), wahaStatuses);
  return { rig, fake };
}

describeProviderContract(FACTS, async () => (await startRig()).rig);

describe('a session of WAHA', () => {
  let rig: FakeRig;
  let fake: WahaFake;

  beforeEach(async () => {
    ({ rig, fake } = await startRig());
  });

  afterEach(async () => {
    await rig.stop();
  });

  it('is begun anew when it has stopped', async () => {
    fake.sessionStatus = 'STOPPED';
    expect(await rig.client.health(DEADLINE_MS)).toMatchObject({ connection: 'disconnected' });
    expect(await rig.client.restart!(DEADLINE_MS)).toEqual({ kind: 'restarting' });
    expect(await rig.client.health(DEADLINE_MS)).toMatchObject({ connection: 'connecting' });
  });

  it('that waits for a person is not restarted', async () => {
    fake.sessionStatus = 'SCAN_QR_CODE';
    expect(await rig.client.health(DEADLINE_MS)).toMatchObject({ needsPerson: true });
    expect(await rig.client.restart!(DEADLINE_MS)).toMatchObject({ kind: 'needs_person' });
    expect(fake.restarts).toBe(0);
  });

  it('shows its code as a text and as an image, and none when it is linked', async () => {
    expect(await rig.client.qrCode!(DEADLINE_MS)).toBeNull();
    fake.sessionStatus = 'SCAN_QR_CODE';
    expect(await rig.client.qrCode!(DEADLINE_MS)).toEqual({
      code: '2@abc,def==',
      imageDataUrl: 'data:image/png;base64,iVBORw0KGgo=',
      pairingCode: null,
    });
  });

  it('is sent nothing for a template', async () => {
    const content = { type: 'template', name: 'aviso', language: 'es_MX' } as const;
    const sent = { recipient: '+5215512345678', content, correlationId: '1:1:1' };
    expect(rig.provider.contentFault?.(content, () => rig.settings)).toContain('no templates');
    expect(await rig.client.send(sent, DEADLINE_MS)).toMatchObject({
      kind: 'rejected',
      code: 'no_templates',
    });
    expect(await rig.callsSeen()).toBe(0);
  });

  it('asked to check numbers sends to the form that WhatsApp has, and to the number as it is where it has none', async () => {
    const settings = { ...rig.settings, checkNumbers: true };
    const client = rig.provider.open({ channelId: 'c', settings, maxOpenCalls: 2 });
    fake.aliases.set('525512345678', '5215512345678@c.us');
    const content = { type: 'text', text: 'Hola' } as const;
    const sent = { recipient: '+525512345678', content, correlationId: '1:3:1' };
    expect(await client.send(sent, DEADLINE_MS)).toMatchObject({ kind: 'accepted', alias: '5215512345678' });
    expect(await client.send({ ...sent, recipient: '+34600111222' }, DEADLINE_MS)).toMatchObject({
      kind: 'accepted',
    });
    expect(fake.taken.map(({ to }) => to)).toEqual(['5215512345678@c.us', '34600111222@c.us']);
    await client.close();
  });

  it('gives the file of a message with its key, from its own address alone', async () => {
    const limits = { deadlineMs: DEADLINE_MS, maxBytes: 1_000 };
    const file = await rig.client.openMedia!('http://localhost:3000/api/files/default/AAAA.jpg', limits);
    if (file.kind !== 'media') throw new Error(JSON.stringify(file));
    expect(file.mimeType).toBe('image/jpeg');
    expect(await text(file.body)).toBe('a picture');
    expect(await rig.client.openMedia!('https://bucket.s3.amazonaws.com/AAAA.jpg', limits)).toMatchObject({
      kind: 'failed',
      code: 'file_elsewhere',
    });
    expect(await rig.client.openMedia!('http://x/api/files/default/BBBB.jpg', limits)).toEqual({
      kind: 'gone',
    });
  });

  it('of a person without a number is written to by the hidden id', async () => {
    const sent = {
      recipient: '99988877766655@lid',
      content: { type: 'text', text: 'Hola' } as const,
      correlationId: '1:2:1',
    };
    expect(await rig.client.send(sent, DEADLINE_MS)).toMatchObject({ kind: 'accepted' });
    expect(fake.taken[0]).toMatchObject({ to: '99988877766655@lid' });
  });
});
