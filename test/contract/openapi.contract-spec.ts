import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, type TestContext } from 'vitest';
import { ProviderRegistry } from '../../src/channels/provider-registry.js';
import type { MessageContent } from '../../src/channels/providers/message-content.js';
import type { ProviderClient } from '../../src/channels/providers/provider.js';
import { surroundingsOf } from '../support/provider-surroundings.js';
import { ACCOUNT_SID, CONTENT_SID, SENDER, SERVICE_SID } from './fakes/twilio-fake.js';
import { ApiDocument } from './openapi-document.js';
import { OpenApiMock } from './openapi-mock.js';

/** Where the documents that providers publish are kept; nothing of them is in this repository. */
const FOLDER = process.env['CAUDAL_OPENAPI_DIR'] ?? '../shared/specs';
const DEADLINE_MS = 5_000;

let mock: OpenApiMock | undefined;
let client: ProviderClient | undefined;

afterEach(async () => {
  await client?.close();
  await mock?.close();
  mock = undefined;
  client = undefined;
});

const documents = new Map<string, ApiDocument>();

/** Read once: to compile the schemas of a large one takes longer than all calls under it. */
async function documentAt(path: string): Promise<ApiDocument> {
  let document = documents.get(path);
  if (document === undefined) {
    document = new ApiDocument(JSON.parse(await readFile(path, 'utf8')) as Readonly<Record<string, unknown>>);
    documents.set(path, document);
  }
  return document;
}

/** The client of a provider on a mock of its document; skipped where that is not there. */
async function startOn(
  prefix: string,
  provider: string,
  settingsOf: (url: string) => object,
  { skip }: TestContext,
): Promise<{ mock: OpenApiMock; client: ProviderClient }> {
  const names = await readdir(FOLDER).catch(() => []);
  const name = names.find((file) => file.startsWith(prefix) && file.endsWith('.json'));
  if (name === undefined) {
    skip(`no ${prefix}*.json in ${FOLDER}; name a folder that has it by CAUDAL_OPENAPI_DIR`);
    throw new Error('a test that was skipped goes on');
  }
  mock = await OpenApiMock.start(await documentAt(join(FOLDER, name)));
  const { addresses, simulator, publicAddress } = surroundingsOf({
    CAUDAL_PUBLIC_URL: 'https://caudal.example',
  });
  const of = new ProviderRegistry(addresses, simulator, publicAddress).of(provider);
  const settings = of.parseSettings(settingsOf(mock.url));
  client = of.open({ channelId: '00000000-0000-4000-8000-000000000001', settings, maxOpenCalls: 1 });
  return { mock, client };
}

function send(to: ProviderClient, content: MessageContent) {
  return to.send({ recipient: '+5215512345678', content, correlationId: '12:7:1' }, DEADLINE_MS);
}

const BODY = [{ type: 'body', parameters: [{ type: 'text', text: 'Ana "la 1ª" & Cía' }] }];
const TEXT: MessageContent = { type: 'text', text: 'Hola, ¿qué tal? 👋 a+b' };
const MEDIA: readonly MessageContent[] = [
  { type: 'image', url: 'https://cdn.example.com/a.jpg', caption: 'Mira' },
  { type: 'document', url: 'https://cdn.example.com/a.pdf', fileName: 'boleto.pdf', caption: 'Tu boleto' },
  { type: 'video', url: 'https://cdn.example.com/a.mp4' },
  { type: 'audio', url: 'https://cdn.example.com/a.ogg' },
];

describe("the requests of whatsapp-cloud, under Meta's document", () => {
  const start = (context: TestContext) =>
    startOn(
      'meta_cloud',
      'whatsapp-cloud',
      (baseUrl) => ({ baseUrl, phoneNumberId: '106540352242922', accessToken: 'EAAG-openapi' }),
      context,
    );

  it.for<MessageContent>([
    TEXT,
    { type: 'text', text: 'Sí', replyTo: 'wamid.A' },
    { type: 'template', name: 'aviso', language: 'es_MX', components: BODY },
    { type: 'template', name: 'aviso', language: 'es_MX' },
    ...MEDIA,
    { type: 'image', mediaId: '1037543291543636', caption: 'Mira' },
    {
      type: 'interactive',
      interactive: {
        type: 'button',
        body: { text: '¿Vienes?' },
        action: { buttons: [{ type: 'reply', reply: { id: 'y', title: 'Sí' } }] },
      },
    },
  ])('send %j', async (content, context) => {
    const on = await start(context);
    const outcome = await send(on.client, content);
    expect(on.mock.refusals).toEqual([]);
    expect(outcome).toMatchObject({ kind: 'accepted' });
  });

  it('go to a person without a number', async (context) => {
    const on = await start(context);
    await on.client.send({ recipient: 'MX.1234', content: TEXT, correlationId: '12:7:1' }, DEADLINE_MS);
    expect(on.mock.refusals).toEqual([]);
  });

  it('ask how the number is', async (context) => {
    const on = await start(context);
    expect(await on.client.health(DEADLINE_MS)).toEqual({ connection: 'connected' });
    expect(on.mock.refusals).toEqual([]);
  });
});

describe("the requests of twilio, under Twilio's document", () => {
  const start = (context: TestContext, more: object = { from: SENDER }) =>
    startOn(
      'twilio_api',
      'twilio',
      (baseUrl) => ({ baseUrl, accountSid: ACCOUNT_SID, authToken: 'openapi', ...more }),
      context,
    );

  it.for<MessageContent>([
    TEXT,
    { type: 'template', name: CONTENT_SID, language: 'es_MX', components: BODY },
    { type: 'template', name: CONTENT_SID, language: 'es_MX' },
    ...MEDIA,
  ])('send %j', async (content, context) => {
    const on = await start(context);
    const outcome = await send(on.client, content);
    expect(on.mock.refusals).toEqual([]);
    expect(outcome).toMatchObject({ kind: 'accepted', providerId: expect.stringMatching(/^SM/) as string });
  });

  it('send by a Messaging Service', async (context) => {
    const on = await start(context, { messagingServiceSid: SERVICE_SID, validitySeconds: 600 });
    expect(await send(on.client, TEXT)).toMatchObject({ kind: 'accepted' });
    expect(on.mock.refusals).toEqual([]);
  });

  it('ask how the account is, and for a message', async (context) => {
    const on = await start(context);
    expect(await on.client.health(DEADLINE_MS)).toEqual({ connection: 'connected' });
    const times = { begunAt: new Date(), overBy: new Date() };
    const question = { recipient: '+5215512345678', correlationId: '12:7:1', attempt: 1, ...times };
    // The messages that the document shows are of another day.
    expect(await on.client.lookUp!(question, DEADLINE_MS)).toMatchObject({ kind: 'unsure' });
    expect(on.mock.refusals).toEqual([]);
    expect(on.mock.calls).toEqual([
      'GET /2010-04-01/Accounts/{Sid}.json',
      'GET /2010-04-01/Accounts/{AccountSid}/Messages.json',
    ]);
  });
});

describe("the requests of waha, under WAHA's document", () => {
  const start = (context: TestContext) =>
    startOn(
      'waha_openapi',
      'waha',
      (baseUrl) => ({ baseUrl, apiKey: 'openapi', session: 'default' }),
      context,
    );

  it.for<MessageContent>([TEXT, ...MEDIA])('send %j', async (content, context) => {
    const on = await start(context);
    await send(on.client, content);
    expect(on.mock.refusals).toEqual([]);
    expect(on.mock.calls.at(-1)).toMatch(/^POST \/api\/send/);
  });

  it('ask how the session is, and for a new start of it', async (context) => {
    const on = await start(context);
    await on.client.health(DEADLINE_MS);
    await on.client.restart!(DEADLINE_MS);
    expect(on.mock.refusals).toEqual([]);
    expect(on.mock.calls).toContain('GET /api/sessions/{session}');
  });

  it('ask for a message', async (context) => {
    const on = await start(context);
    const times = { begunAt: new Date(), overBy: new Date() };
    const question = { recipient: '+5215512345678', correlationId: '12:7:1', attempt: 1, ...times };
    await on.client.lookUp!(question, DEADLINE_MS);
    expect(on.mock.refusals).toEqual([]);
  });
});
