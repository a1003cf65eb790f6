import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseWahaWebhook } from './waha-webhook.js';

/** Every shape that WAHA publishes, a file each. */
const FOLDER = resolve(import.meta.dirname, '../../../../test/payloads/waha');
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
const RECEIVED_AT = new Date('2026-11-22T10:00:00Z');

/** What each must be; a file that is not named here must be left alone. */
const WHAT: Readonly<Record<string, object>> = {
  message: { kind: 'inbound', message: { phone: '+525512345678', body: { text: 'Buenas tardes' } } },
  'message-of-our-own': { kind: 'ignored', what: 'message:own' },
  // It says no time of its own.
  ack: { kind: 'status', status: 'read', providerId: 'FIXTURE3', at: RECEIVED_AT },
  'ack-of-a-group': { kind: 'ignored', what: 'ack:not_a_person' },
  reaction: {
    kind: 'inbound',
    message: { body: { type: 'reaction', emoji: '🎉', toProviderId: 'FIXTURE3' } },
  },
  'session-working': { kind: 'session', connection: 'connected', at: new Date(1_793_000_003_000) },
  'session-passkey': { kind: 'session', connection: 'disconnected', needsPerson: true },
  'session-passkey-code': { kind: 'session', connection: 'disconnected', needsPerson: true },
};

describe('bodies as WAHA posts them', () => {
  it.each(FILES)('%s is read for what it is', (file) => {
    const body: unknown = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
    const elements = parseWahaWebhook(body, { session: 'default', accountRef: null }, RECEIVED_AT);
    expect(elements).toMatchObject([WHAT[basename(file, '.json')] ?? { kind: 'ignored' }]);
  });
});
