import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../../../common/domain-error.js';
import { surroundingsOf } from '../../../../test/support/provider-surroundings.js';
import { RECIPIENT_FORMS, RULE_CLASSES } from './gateway-mapping.js';
import { httpGateway } from './gateway-provider.js';
import { PRESETS } from './gateway-presets.js';
import { mappingOf, type GatewaySettings } from './gateway-settings.js';

const provider = httpGateway.make(surroundingsOf({ CAUDAL_PRIVATE_HOSTS: '10.0.0.5' }));
const BASE = { baseUrl: 'http://10.0.0.5:3010/' };
const OWN = { ...BASE, send: { path: '/x', body: { to: '{recipient}', text: '{text}' } } };

function mapped(settings: object) {
  return mappingOf(provider.parseSettings(settings) as unknown as GatewaySettings);
}

function errorsOf(settings: unknown): Record<string, string> {
  try {
    provider.parseSettings(settings);
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'invalid') {
      return Object.fromEntries((error.details.errors ?? []).map(({ pointer, detail }) => [pointer, detail]));
    }
    throw error;
  }
  throw new Error('the settings were taken');
}

describe('the settings of an HTTP gateway', () => {
  it.each(Object.keys(PRESETS))('need no more than an address and the preset %s', (preset) => {
    const { send, status, restart, qr } = mapped({ ...BASE, preset });
    expect(send).toMatchObject({ path: expect.stringMatching(/^\//), method: 'POST', recipient: 'digits' });
    expect([status?.path, restart?.path, qr?.path]).toEqual(['/status', '/restart', '/qr']);
  });

  it('need no preset where they say how a text is sent', () => {
    expect(mapped(OWN)).toMatchObject({
      send: { path: '/x', method: 'POST', encoding: 'json', recipient: 'digits' },
      status: undefined,
      restart: undefined,
      qr: undefined,
      media: undefined,
    });
  });

  it('override a preset member by member, and turn off what it has', () => {
    const { send, media, restart, status, errors } = mapped({
      ...BASE,
      preset: 'typing-and-ack',
      send: { recipient: 'c.us' },
      media: { body: { to: '{recipient}', file: '{url}' }, types: ['image'] },
      restart: false,
      status: { path: '/health' },
      errors: [{ text: 'Sin saldo', class: 'account_stop' }],
    });
    expect(send).toMatchObject({ path: '/send-with-typing-and-ack', recipient: 'c.us' });
    expect(media).toEqual({
      path: '/send-with-typing-and-ack',
      body: { to: '{recipient}', file: '{url}' },
      types: ['image'],
    });
    expect(restart).toBeUndefined();
    expect(status?.ready.map(({ path }) => path)).toContain('connected');
    expect(errors[0]).toEqual({ text: 'sin saldo', class: 'account_stop' });
    expect(errors).toHaveLength(5);
  });

  it('are kept as they were written, so that a part of them can be changed', () => {
    expect(provider.parseSettings({ ...BASE, preset: 'send-text' })).toEqual({
      baseUrl: 'http://10.0.0.5:3010',
      preset: 'send-text',
    });
  });

  it.each([
    [{}, '/settings/baseUrl', 'is missing'],
    [BASE, '/settings/send/path', 'send-phone-message'],
    [{ ...BASE, preset: 'send' }, '/settings/preset', 'is "send"; it must be one of'],
    [{ ...OWN, baseUrl: 'http://192.168.1.4:3010' }, '/settings/baseUrl', 'CAUDAL_PRIVATE_HOSTS'],
    [{ ...OWN, sends: {} }, '/settings/sends', 'known are'],
    [{ ...OWN, send: { ...OWN.send, method: 'GET' } }, '/settings/send/method', 'POST, PUT'],
    [{ ...OWN, send: { ...OWN.send, path: 'x' } }, '/settings/send/path', 'begins with /'],
    [{ ...OWN, send: { ...OWN.send, recipient: 'jid' } }, '/settings/send/recipient', 'c.us'],
    [{ ...OWN, send: { path: '/x', body: { to: '{recipient}' } } }, '/settings/send/body', '{text}'],
    [
      { ...OWN, send: { path: '/x', body: { to: '{recipient}', text: '{texto} {text}' } } },
      '/settings/send/body',
      '{texto}',
    ],
    [{ ...OWN, send: { path: '/x', body: 'x' } }, '/settings/send/body', 'must be an object'],
    [{ ...OWN, send: [] }, '/settings/send', 'must be an object'],
    [{ ...OWN, media: { types: ['image'] } }, '/settings/media/body', 'is missing'],
    [
      { ...OWN, media: { body: { to: '{recipient}', u: '{url}' }, types: ['gif'] } },
      '/settings/media/types',
      'gif',
    ],
    [{ ...OWN, answer: { ok: { path: 'ok' } } }, '/settings/answer/ok', '"values"'],
    [{ ...OWN, answer: { ok: { path: 'ok', values: [{}] } } }, '/settings/answer/ok', '"values"'],
    [{ ...OWN, answer: { id: 'a..b' } }, '/settings/answer/id', 'data.key.id'],
    [{ ...OWN, answer: { statuses: [404] } }, '/settings/answer/statuses', '200 to 299'],
    [{ ...OWN, answer: { okay: 1 } }, '/settings/answer/okay', 'known are statuses, ok, id, error'],
    [{ ...OWN, errors: [{ class: 'unknown' }] }, '/settings/errors/0', 'every answer'],
    [{ ...OWN, errors: [{ text: 'xx', class: 'lost' }] }, '/settings/errors/0', 'session_down'],
    [{ ...OWN, errors: [{ path: 'code', class: 'unknown' }] }, '/settings/errors/0', 'path and value'],
    [{ ...OWN, errors: 'x' }, '/settings/errors', 'list'],
    [{ ...OWN, status: { path: '/s', ready: 1 } }, '/settings/status/ready', '"values"'],
    [{ ...OWN, restart: { method: 'DELETE' } }, '/settings/restart/method', 'POST, GET'],
    [{ ...OWN, webhook: { words: { '5': 'opened' } } }, '/settings/webhook/words', 'delivered'],
    [{ ...OWN, webhook: { tokenHeader: 'a b' } }, '/settings/webhook/tokenHeader', 'header'],
    [{ ...OWN, fields: { a: {} } }, '/settings/fields', 'texts'],
    [{ ...OWN, headers: { Host: 'x' } }, '/settings/headers/Host', 'may be set'],
  ])('name each member that is wrong and what is right: %#', (settings, pointer, detail) => {
    expect(errorsOf(settings)[pointer]).toContain(detail);
  });

  it('name everything that is wrong at once', () => {
    const errors = errorsOf({ baseUrl: 'x', preset: 1, send: { path: 1 }, qr: { code: 1 } });
    expect(Object.keys(errors)).toEqual([
      '/settings/baseUrl',
      '/settings/preset',
      '/settings/send/path',
      '/settings/qr/code',
      '/settings/send/body',
    ]);
  });

  it('refuse an object in a form', () => {
    const send = { encoding: 'form', path: '/x', body: { to: { number: '{recipient}' }, text: '{text}' } };
    expect(errorsOf({ ...BASE, send })).toHaveProperty('/settings/send/body');
  });

  it('never repeat a secret in an error', () => {
    const errors = errorsOf({
      ...OWN,
      headers: { 'x-api-key': 'key with\nnewline' },
      secretFields: { password: { in: 'an object' } },
      webhookToken: 'short token',
    });
    expect(Object.keys(errors)).toEqual([
      '/settings/headers/x-api-key',
      '/settings/secretFields',
      '/settings/webhookToken',
    ]);
    expect(JSON.stringify(errors)).not.toMatch(/newline|an object"|short token/);
  });

  it('keep what could be a credential secret', () => {
    expect(provider.secretSettings).toEqual(['headers', 'secretFields', 'webhookToken']);
  });
});

describe('what an HTTP gateway can', () => {
  it.each([
    [
      { ...BASE, preset: 'send-text' },
      { keepsSession: true, signsWebhooks: false, echoesCorrelation: false },
    ],
    [
      { ...OWN, webhookToken: 'a token of 16 or more'.replaceAll(' ', '-') },
      { keepsSession: false, signsWebhooks: true },
    ],
    [
      { ...OWN, webhook: { correlation: 'reference' } },
      { echoesCorrelation: true, canLookUp: false },
    ],
  ])('depends on its mapping: %#', (settings, expected) => {
    expect(provider.capabilitiesOf(provider.parseSettings(settings))).toMatchObject(expected);
  });
});

describe('docs/providers/http-gateway.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/providers/http-gateway.md'), 'utf8');

  it.each([...Object.keys(PRESETS), ...RULE_CLASSES, ...RECIPIENT_FORMS])('speaks of %s', (word) => {
    expect(page).toContain(`\`${word}\``);
  });

  it('shows a mapping that is taken', () => {
    const shown = JSON.parse(/```json\n([^]*?)```/.exec(page)![1]!) as object;
    const tokens = {
      headers: { 'x-api-key': 'k' },
      secretFields: { password: 'p' },
      webhookToken: 'x'.repeat(16),
    };
    expect(mapped({ ...shown, ...tokens })).toMatchObject({
      send: { recipient: 'c.us' },
      media: { path: '/api/files' },
    });
  });
});
