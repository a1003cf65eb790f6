import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROVIDERS } from '../../src/channels/provider-registry.js';
import { ALL_PROVIDERS } from '../../src/channels/providers/all-providers.js';
import { ContactsModule } from '../../src/contacts/contacts.module.js';
import { MessagesModule } from '../../src/messages/messages.module.js';
import { PALOMA_LINE, PALOMA_SECRETS, PalomaFake, postedByPaloma } from '../seventh-provider/paloma-fake.js';
import { paloma } from '../seventh-provider/paloma-provider.js';
import { ApiApp, assembled } from '../support/api-app.js';
import { FakeRig } from './fakes/fake-rig.js';
import { FakeServer } from './fakes/fake-server.js';
import { describeProviderContract } from './provider-contract.js';

const FOLDER = join(import.meta.dirname, '../seventh-provider');
const PAGE = join(import.meta.dirname, '../../docs/adding-a-provider.md');

/** As all-providers.ts would have it, with its one line more. */
const WITH_THE_SEVENTH = [...ALL_PROVIDERS, paloma];

@Module({})
class SeventhProvider {
  static add(): DynamicModule {
    return {
      module: SeventhProvider,
      global: true,
      providers: [{ provide: PROVIDERS, useValue: WITH_THE_SEVENTH }],
      exports: [PROVIDERS],
    };
  }
}

describeProviderContract(
  {
    name: 'paloma, which nothing but its folder and one line makes known',
    contents: [{ type: 'text', text: 'Hola, ¿qué tal? 👋' }],
    refusals: [
      {
        title: 'a number that is not on WhatsApp',
        answer: { status: 400, body: { error: 'bad_number' } },
        outcome: { kind: 'rejected', failureClass: 'permanent_recipient' },
      },
      {
        title: 'too many messages',
        answer: { status: 429, body: { error: 'slow_down' } },
        outcome: { kind: 'throttled', scope: 'number' },
      },
    ],
    troubles: [
      { status: 500, body: { error: 'oops' } },
      { status: 400, body: { error: 'a_new_one' } },
    ],
    credentialSetting: 'token',
    baseUrlSetting: 'baseUrl',
  },
  () =>
    FakeRig.start(
      'paloma',
      new PalomaFake(),
      (baseUrl) => ({ baseUrl, line: PALOMA_LINE, ...PALOMA_SECRETS }),
      postedByPaloma,
      WITH_THE_SEVENTH,
    ),
);

describe('a seventh provider', () => {
  const fake = new PalomaFake();
  let service: FakeServer;
  let api: ApiApp;

  beforeAll(async () => {
    service = await FakeServer.start(fake);
    api = await ApiApp.start({
      assembly: assembled(() => [SeventhProvider.add(), ContactsModule, MessagesModule]),
      environment: { CAUDAL_PRIVATE_HOSTS: '127.0.0.1', CAUDAL_PUBLIC_URL: 'https://caudal.example' },
    });
  });

  afterAll(async () => {
    await api.stop();
    await service.close();
  });

  async function call(method: 'GET' | 'POST', path: string, body?: object) {
    const { status, text } = await api.inject(method, path, body);
    return { status, body: JSON.parse(text) as Record<string, unknown> };
  }

  it('has channels, and sends through the whole of Caudal', async () => {
    const channel = await call('POST', '/api/channels', {
      name: 'ventas',
      provider: 'paloma',
      settings: { baseUrl: service.url, line: PALOMA_LINE, ...PALOMA_SECRETS },
    });
    expect(channel).toMatchObject({
      status: 201,
      body: { provider: 'paloma', settings: { line: PALOMA_LINE }, limits: { perSecond: 20 } },
    });
    expect(JSON.stringify(channel.body)).not.toContain(PALOMA_SECRETS.token);
    const posted = await call('POST', '/api/messages', { phone: '+525512345678', message: 'Hola' });
    const task = `/api/tasks/${String(posted.body['task_id'])}`;
    await expect
      .poll(async () => (await call('GET', task)).body, { timeout: 15_000, interval: 30 })
      .toMatchObject({ status: 'SUCCESS', result: { provider_message_id: 'pal_0' } });
    expect(fake.taken).toEqual([{ id: 'pal_0', to: '+525512345678', type: 'text' }]);
  });

  it('is asked for its settings like the others, and known by name where another is misspelt', async () => {
    const bare = await call('POST', '/api/channels', { name: 'x', provider: 'paloma' });
    expect(bare).toMatchObject({ status: 400, body: { code: 'bad_channel_settings' } });
    const misspelt = await call('POST', '/api/channels', { name: 'x', provider: 'palom' });
    expect(misspelt).toMatchObject({ status: 400, body: { errors: [{ pointer: '/provider' }] } });
    expect(JSON.stringify(misspelt.body)).toContain('paloma');
  });
});

describe('docs/adding-a-provider.md', () => {
  const page = readFileSync(PAGE, 'utf8');
  const shown = new Map(
    [...page.matchAll(/^`src\/channels\/providers\/paloma\/(\S+\.ts)`.*\n\n```ts\n([^]*?)^```$/gm)].map(
      ([, file, code]) => [file!, code!],
    ),
  );
  // There the folder lies among the other providers, here among the tests.
  const shownAs = (code: string) => code.replaceAll("'../../src/channels/providers/", "'../");

  it.each(readdirSync(FOLDER).filter((file) => !file.endsWith('-fake.ts')))(
    'shows the %s that runs here',
    (file) => {
      expect(shown.get(file)).toBe(shownAs(readFileSync(join(FOLDER, file), 'utf8')));
    },
  );
});
