import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContractFacts } from './contract-rig.js';
import { FakeRig } from './fakes/fake-rig.js';
import {
  ACCOUNT_SID,
  CONTENT_SID,
  MEDIA_SID,
  SENDER,
  SERVICE_SID,
  STORED_FILE,
  TwilioFake,
  twilioError,
} from './fakes/twilio-fake.js';
import { describeProviderContract } from './provider-contract.js';

const DEADLINE_MS = 5_000;

function startRig(service = new TwilioFake(), more: object = { from: SENDER }): Promise<FakeRig> {
  return FakeRig.start(
    'twilio',
    service,
    (url) => ({
      baseUrl: url,
      contentBaseUrl: url,
      messagingBaseUrl: url,
      accountSid: ACCOUNT_SID,
      authToken: service.authToken,
      ...more,
    }),
    (_sent, providerId) => service.posted(providerId),
  );
}

const FACTS: ContractFacts = {
  name: 'twilio',
  contents: [
    { type: 'text', text: 'Hola, ¿qué tal? 👋 a+b & 100 %' },
    {
      type: 'template',
      name: CONTENT_SID,
      language: 'es_MX',
      components: [{ type: 'body', parameters: [{ type: 'text', text: 'Ana "la 1ª"' }] }],
    },
    { type: 'image', url: 'https://cdn.example.com/a.jpg', caption: 'Mira' },
    { type: 'document', url: 'https://cdn.example.com/a.pdf', fileName: 'boleto.pdf' },
    { type: 'video', url: 'https://cdn.example.com/a.mp4' },
    { type: 'audio', url: 'https://cdn.example.com/a.ogg' },
  ],
  refusals: [
    {
      title: 'a number that is none',
      answer: twilioError(400, 21211, "The 'To' number whatsapp:+5215512345678 is not a valid phone number."),
      outcome: { kind: 'rejected', failureClass: 'permanent_recipient', code: '21211' },
    },
    {
      title: 'a person who stopped the messages',
      answer: twilioError(400, 21610, 'Attempt to send to unsubscribed recipient'),
      outcome: { kind: 'rejected', failureClass: 'permanent_recipient', suppress: true },
    },
    {
      title: 'free text outside the 24 hours',
      answer: twilioError(400, 63016, 'Failed to send freeform message'),
      outcome: { kind: 'rejected', failureClass: 'window_closed' },
    },
    {
      title: 'a person whom Meta spares more marketing',
      answer: twilioError(400, 63049, 'Meta chose not to deliver'),
      outcome: { kind: 'rejected', failureClass: 'deferred_recipient' },
    },
    {
      title: 'a text that is too long',
      answer: twilioError(400, 21617, 'The concatenated message body exceeds the 1600 character limit'),
      outcome: { kind: 'rejected', failureClass: 'permanent_message' },
    },
    {
      title: 'a template that is paused',
      answer: twilioError(400, 63041, 'Template paused'),
      outcome: { kind: 'rejected', failureClass: 'permanent_config' },
    },
    {
      title: 'a file that could not be fetched',
      answer: twilioError(400, 63019, 'Media failed to download'),
      outcome: { kind: 'retryable', failureClass: 'transient_media' },
    },
    {
      title: 'too many calls at once',
      answer: twilioError(429, 20429, 'Too Many Requests', { 'twilio-concurrent-requests': '101' }),
      outcome: { kind: 'throttled', scope: 'app' },
    },
    {
      title: 'a sender that is too fast, with the time to wait',
      answer: twilioError(429, 63018, 'Rate limit exceeded for Channel', { 'retry-after': '30' }),
      outcome: { kind: 'throttled', scope: 'number', retryAfterMs: 30_000 },
    },
    {
      title: 'messages of the day that are spent',
      answer: twilioError(429, 63038, 'Account exceeded the daily messages limit'),
      outcome: { kind: 'throttled', scope: 'app' },
    },
    {
      title: 'a wrong token',
      answer: twilioError(401, 20003, 'Authenticate'),
      outcome: { kind: 'blocked', failureClass: 'auth_stop' },
    },
    {
      title: 'a suspended account',
      answer: twilioError(403, 30002, 'Account suspended'),
      outcome: { kind: 'blocked', failureClass: 'account_stop' },
    },
  ],
  troubles: [
    twilioError(500, 20500, 'Internal Server Error'),
    twilioError(503, 20503, 'Service Unavailable'),
    ...[63009, 63010, 63012, 63023, 30008].map((code) => twilioError(400, code, 'Trouble at the channel')),
  ],
  credentialSetting: 'authToken',
  baseUrlSetting: 'baseUrl',
  lookUp: { provesAbsence: false, troubles: [twilioError(500, 20500, 'x'), twilioError(429, 20429, 'x')] },
};

describeProviderContract(FACTS, startRig);

describe('a Twilio account', () => {
  let service: TwilioFake;
  let rig: FakeRig | undefined;

  beforeEach(() => {
    service = new TwilioFake();
  });

  afterEach(async () => {
    await rig?.stop();
  });

  const MESSAGE = {
    recipient: '+5215512345678',
    content: { type: 'text', text: 'Hola' },
    correlationId: '1:1:1',
  } as const;

  it('sends by a Messaging Service, which is asked for too', async () => {
    rig = await startRig(service, { messagingServiceSid: SERVICE_SID, validitySeconds: 600 });
    expect(await rig.client.health(DEADLINE_MS)).toEqual({ connection: 'connected' });
    expect(await rig.client.send(MESSAGE, DEADLINE_MS)).toMatchObject({ kind: 'accepted' });
    expect(service.taken[0]!.resource).toMatchObject({ messaging_service_sid: SERVICE_SID });
    await rig.stop();
    rig = await startRig(service, { messagingServiceSid: `MG${'f'.repeat(32)}` });
    expect(await rig.client.health(DEADLINE_MS)).toMatchObject({
      connection: 'disconnected',
      reason: expect.stringContaining('messagingServiceSid') as string,
    });
  });

  it('sends by an API key, while its webhooks are proved by the token', async () => {
    service.apiKey = { sid: `SK${'a'.repeat(32)}`, secret: 'key-secret-contract' };
    const { sid: apiKeySid, secret: apiKeySecret } = service.apiKey;
    rig = await startRig(service, { from: SENDER, apiKeySid, apiKeySecret });
    expect(await rig.client.health(DEADLINE_MS)).toEqual({ connection: 'connected' });
    expect(await rig.client.send(MESSAGE, DEADLINE_MS)).toMatchObject({ kind: 'accepted' });
    const [posted] = service.posted(service.taken[0]!.id);
    expect(rig.provider.verifyWebhook(posted!.proof, rig.settings)).toBe(true);
  });

  it('that is suspended says so', async () => {
    rig = await startRig(service);
    service.accountStatus = 'suspended';
    expect(await rig.client.health(DEADLINE_MS)).toMatchObject({
      connection: 'disconnected',
      reason: expect.stringContaining('suspended') as string,
    });
  });

  it('lists its templates to the end', async () => {
    rig = await startRig(service);
    const first = await rig.client.listTemplates!(null, DEADLINE_MS);
    expect(first).toMatchObject({
      kind: 'page',
      templates: [{ providerRef: CONTENT_SID, status: 'APPROVED' }],
    });
    const next = first.kind === 'page' ? first.next : null;
    expect(await rig.client.listTemplates!(next, DEADLINE_MS)).toEqual({
      kind: 'page',
      templates: [],
      next: null,
    });
  });

  it('gives files out of its store, which is told no credential', async () => {
    rig = await startRig(service);
    const limits = { deadlineMs: DEADLINE_MS, maxBytes: 1000 };
    const messages = `https://api.twilio.com/2010-04-01/Accounts/${ACCOUNT_SID}/Messages/MM${'0'.repeat(32)}/Media`;
    const opened = await rig.client.openMedia!(`${messages}/${MEDIA_SID}`, limits);
    if (opened.kind !== 'media') throw new Error(JSON.stringify(opened));
    expect(opened.mimeType).toBe('image/jpeg');
    expect(await text(opened.body)).toBe(STORED_FILE);
    expect(await rig.client.openMedia!(`${messages}/ME${'f'.repeat(32)}`, limits)).toEqual({ kind: 'gone' });
    expect(await rig.client.openMedia!(`${messages}/${MEDIA_SID}`, { ...limits, maxBytes: 3 })).toMatchObject(
      {
        kind: 'too_large',
      },
    );
    service.givesFiles = true;
    const given = await rig.client.openMedia!(`${messages}/${MEDIA_SID}`, limits);
    expect(given.kind === 'media' && (await text(given.body))).toBe(STORED_FILE);
    for (const ref of [
      `${messages}/../${MEDIA_SID}`,
      'https://evil.example/x',
      messages.replace('AC0', 'ACf'),
    ]) {
      expect(await rig.client.openMedia!(ref, limits)).toMatchObject({ kind: 'failed', code: 'bad_ref' });
    }
  });
});
