import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseWahaWebhook } from './waha-webhook.js';

/** Bodies as WAHA publishes them; they are not part of this repository. */
const FOLDER = resolve(import.meta.dirname, '../../../../../shared/payloads/waha');
const FILES = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith('.json')) : [];

/** What each must be; a file that is not named here must be ignored. */
const WHAT: Readonly<Record<string, object>> = {
  // WAHA's example of `message` is one of the account's own.
  message_1: { kind: 'ignored', what: 'message:own' },
  message_ack_1: { kind: 'status', status: 'read', providerId: '4CC5EDD64BC22EBA6D639F2AF571346C' },
  message_ack_2: { kind: 'ignored', what: 'ack:not_a_person' },
  message_reaction_1: {
    kind: 'inbound',
    message: { body: { type: 'reaction', emoji: '🙏', toProviderId: '11111111111111111111111111111111' } },
  },
  session_status_1: { kind: 'session', connection: 'connected', at: new Date(1_700_000_003_000) },
  session_status_2: { kind: 'session', connection: 'disconnected', needsPerson: true },
  session_status_3: { kind: 'session', connection: 'disconnected', needsPerson: true },
};

describe('webhooks that WAHA publishes', () => {
  it.skipIf(FILES.length === 0)('are all read, where shared/payloads/waha lies beside this folder', () => {
    for (const file of FILES) {
      const body: unknown = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
      const elements = parseWahaWebhook(body, { session: 'default', accountRef: null });
      const wanted = WHAT[file.replace(/^doc_|\.json$/g, '')] ?? { kind: 'ignored' };
      expect(elements, file).toHaveLength(1);
      expect(elements[0], file).toMatchObject(wanted);
    }
  });
});
