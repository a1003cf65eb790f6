import { afterEach, describe, expect, it } from 'vitest';
import type { MessageContent } from '../../src/channels/providers/message-content.js';
import type { ContractFacts, ExpectedRefusal, ScriptedAnswer } from './contract-rig.js';
import { EvolutionFake, evolutionStatuses, refusal } from './fakes/evolution-fake.js';
import { FakeRig } from './fakes/fake-rig.js';
import { describeProviderContract } from './provider-contract.js';

const API_KEY = 'evolution-contract-key';
const INSTANCE = 'ventas méxico';
const DEADLINE_MS = 5_000;
/** As many as the rig opens. */
const MAX_OPEN_CALLS = 64;

const CONTENTS: readonly MessageContent[] = [
  { type: 'text', text: 'Hola, ¿qué tal? 👋' },
  { type: 'image', url: 'https://cdn.example.com/a.jpg', caption: 'Mira' },
  { type: 'document', url: 'https://cdn.example.com/a.pdf' },
  { type: 'video', url: 'https://cdn.example.com/a.mp4' },
  { type: 'audio', url: 'https://cdn.example.com/a.ogg' },
];

const TROUBLES: readonly ScriptedAnswer[] = [
  refusal(500, 'Internal Server Error', 'Do not know how to serialize a BigInt'),
  refusal(500, 'Internal Server Error', 'Timed Out'),
  refusal(400, 'Bad Request', ['PrismaClientKnownRequestError: Unique constraint failed']),
  refusal(400, 'Bad Request', ["TypeError: Cannot read properties of undefined (reading 'message')"]),
];

const REFUSALS: readonly ExpectedRefusal[] = [
  {
    title: 'a number that is not on WhatsApp',
    answer: refusal(400, 'Bad Request', [
      { jid: '525510000001@s.whatsapp.net', exists: false, number: '5215510000001' },
    ]),
    outcome: { kind: 'rejected', failureClass: 'permanent_recipient', code: 'not_on_whatsapp' },
  },
  {
    title: 'a body that is not right',
    answer: refusal(400, 'Bad Request', [['instance requires property "text"']]),
    outcome: { kind: 'rejected', failureClass: 'permanent_message' },
  },
  {
    title: 'a session that is down, under 400',
    answer: refusal(400, 'Bad Request', ['Error: Connection Closed']),
    outcome: { kind: 'blocked', failureClass: 'session_down' },
  },
  {
    title: 'a session that is down, under 500',
    answer: refusal(500, 'Internal Server Error', 'Connection Closed'),
    outcome: { kind: 'blocked', failureClass: 'session_down' },
  },
  {
    title: 'keys that are lost',
    answer: refusal(400, 'Bad Request', ['SessionError: No sessions']),
    outcome: { kind: 'retryable', failureClass: 'session_down' },
  },
  {
    title: 'a file that WhatsApp does not take',
    answer: refusal(500, 'Internal Server Error', ['Error: Media upload failed on all hosts']),
    outcome: { kind: 'retryable', failureClass: 'transient_media' },
  },
  {
    title: 'an instance that is not there',
    answer: refusal(404, 'Not Found', ['The "ventas" instance does not exist']),
    outcome: { kind: 'blocked', failureClass: 'permanent_config' },
  },
  {
    title: 'a server without a licence',
    answer: { status: 503, body: { error: 'service not activated', code: 'LICENSE_REQUIRED' } },
    outcome: { kind: 'blocked', failureClass: 'account_stop' },
  },
  {
    title: 'too many calls',
    answer: { status: 429, body: '', contentType: 'text/html', headers: { 'retry-after': '30' } },
    outcome: { kind: 'throttled', scope: 'number', retryAfterMs: 30_000 },
  },
];

const FACTS: ContractFacts = {
  name: 'evolution',
  contents: CONTENTS,
  refusals: REFUSALS,
  troubles: TROUBLES,
  credentialSetting: 'apiKey',
  baseUrlSetting: 'baseUrl',
  lookUp: {
    provesAbsence: false,
    troubles: [
      refusal(401, 'Unauthorized', 'Unauthorized'),
      refusal(500, 'Internal Server Error', 'Timed Out'),
      { status: 200, body: [] },
    ],
  },
};

let fake: EvolutionFake;

function startRig(integration: 'WHATSAPP-BAILEYS' | 'WHATSAPP-BUSINESS' = 'WHATSAPP-BAILEYS') {
  fake = new EvolutionFake(INSTANCE, API_KEY, integration);
  const settings = { instance: INSTANCE, apiKey: API_KEY, integration };
  return FakeRig.start('evolution', fake, (baseUrl) => ({ baseUrl, ...settings }), evolutionStatuses);
}

describeProviderContract(FACTS, () => startRig());

describe('the session of an instance', () => {
  let rig: FakeRig;

  afterEach(async () => {
    await rig.stop();
  });

  it('is restarted while it is open or connecting', async () => {
    rig = await startRig();
    expect(await rig.client.restart!(DEADLINE_MS)).toEqual({ kind: 'restarting' });
    expect(await rig.client.qrCode!(DEADLINE_MS)).toBeNull();
  });

  it('is left to a person once it is closed: Evolution answers the restart with 200 and refuses it', async () => {
    rig = await startRig();
    fake.state = 'close';
    fake.kept = { connectionStatus: 'close', disconnectionReasonCode: 401 };
    expect(await rig.client.health(DEADLINE_MS)).toMatchObject({
      connection: 'disconnected',
      needsPerson: true,
    });
    expect(await rig.client.restart!(DEADLINE_MS)).toMatchObject({
      kind: 'needs_person',
      reason: expect.stringContaining('unlinked'),
    });
  });

  it('is not left to a person while Evolution connects it again', async () => {
    rig = await startRig();
    fake.state = 'close';
    expect(await rig.client.health(DEADLINE_MS)).not.toHaveProperty('needsPerson');
    expect(await rig.client.restart!(DEADLINE_MS)).toMatchObject({ kind: 'failed', code: 'restart_refused' });
  });

  it('shows the code that it waits for', async () => {
    rig = await startRig();
    fake.state = 'connecting';
    fake.kept = { connectionStatus: 'connecting', disconnectionReasonCode: null };
    await expect(rig.client.qrCode!(DEADLINE_MS)).rejects.toThrow(/no code to show yet/);
    fake.code = '2@abc';
    expect(await rig.client.qrCode!(DEADLINE_MS)).toEqual({
      code: '2@abc',
      imageDataUrl: 'data:image/png;base64,2@abc',
      pairingCode: null,
    });
    expect(await rig.client.health(DEADLINE_MS)).toMatchObject({
      connection: 'connecting',
      needsPerson: true,
    });
    expect(await rig.client.restart!(DEADLINE_MS)).toMatchObject({ kind: 'needs_person', code: 'qr_wanted' });
  });

  it('is asked about while every connection waits for an answer', async () => {
    rig = await startRig();
    const sends = Array.from({ length: MAX_OPEN_CALLS }, async (_, seq) => {
      await rig.addFault({ kind: 'hang', processed: false });
      const recipient = `+52155${10_000_000 + seq}`;
      return rig.client.send(
        { recipient, content: { type: 'text', text: 'Hola' }, correlationId: `1:${seq}:1` },
        600,
      );
    });
    await expect.poll(() => rig.callsSeen()).toBe(MAX_OPEN_CALLS);
    expect(await rig.client.health(300)).toEqual({ connection: 'connected' });
    for (const { kind } of await Promise.all(sends)) expect(kind).toBe('unknown');
  });

  it('that closes in the middle of its work refuses a send, which goes back', async () => {
    rig = await startRig();
    fake.state = 'close';
    const sent = {
      recipient: '+5215510000001',
      content: { type: 'text', text: 'Hola' },
      correlationId: '1:1:1',
    } as const;
    expect(await rig.client.send(sent, DEADLINE_MS)).toMatchObject({
      kind: 'blocked',
      failureClass: 'session_down',
    });
    expect(fake.taken).toEqual([]);
  });
});

describe('an instance of the Cloud API', () => {
  let rig: FakeRig;

  afterEach(async () => {
    await rig.stop();
  });

  const template = {
    recipient: '+5215510000001',
    content: { type: 'template', name: 'hello_world', language: 'en_US' },
    correlationId: '1:1:1',
  } as const;

  it('sends templates, and has no session to restart', async () => {
    rig = await startRig('WHATSAPP-BUSINESS');
    expect(await rig.client.send(template, DEADLINE_MS)).toMatchObject({
      kind: 'accepted',
      providerId: 'wamid.0',
    });
    expect(await rig.client.health(DEADLINE_MS)).toEqual({ connection: 'connected' });
    expect(rig.client.restart !== undefined).toBe(false);
    expect(rig.client.lookUp !== undefined).toBe(false);
  });

  it('answers with Meta’s own errors under 201', async () => {
    rig = await startRig('WHATSAPP-BUSINESS');
    const answer = { status: 201, body: { message: '(#131026) Message undeliverable', code: 131026 } };
    await rig.addFault({ kind: 'answer', answer, processed: false });
    expect(await rig.client.send(template, DEADLINE_MS)).toMatchObject({
      kind: 'rejected',
      failureClass: 'permanent_recipient',
      code: '131026',
    });
  });

  it('that is linked to a phone after all is never asked for a template', async () => {
    rig = await startRig();
    expect(await rig.client.send(template, DEADLINE_MS)).toMatchObject({
      kind: 'rejected',
      failureClass: 'permanent_config',
    });
    expect(await rig.callsSeen()).toBe(0);
  });
});
