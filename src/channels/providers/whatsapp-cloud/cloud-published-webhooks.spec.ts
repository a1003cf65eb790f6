import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCloudWebhook } from './cloud-webhook.js';

/** Every shape that Meta publishes or was seen to post, a file each. */
const FOLDER = resolve(import.meta.dirname, '../../../../test/payloads/whatsapp-cloud');
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

const inbound = (message: object): object[] => [{ kind: 'inbound', message }];
const statuses = (...words: string[]): object[] => words.map((status) => ({ kind: 'status', status }));
const ignored = (what: string): object => ({ kind: 'ignored', what });

/** What each must be; a file that is not named here must be left alone. */
const WHAT: Readonly<Record<string, object[]>> = {
  text: inbound({ body: { type: 'text', text: '¿Lo tienen en azul?' } }),
  'text-about-a-product': inbound({ body: { type: 'text' }, replyTo: 'wamid.FIXTURE-OURS' }),
  'text-from-an-advertisement': inbound({ referral: { sourceType: 'ad', headline: 'Escríbanos' } }),
  'text-passed-on': inbound({ isForwarded: true }),
  image: inbound({ body: { type: 'media', caption: 'El recibo', media: { type: 'image' } } }),
  video: inbound({ body: { type: 'media', media: { type: 'video' } } }),
  audio: inbound({ body: { type: 'media', media: { type: 'audio' } } }),
  document: inbound({ body: { type: 'media', media: { type: 'document', fileName: 'factura 12.pdf' } } }),
  sticker: inbound({ body: { type: 'media', media: { type: 'sticker', ref: '500000000000005' } } }),
  location: inbound({ body: { type: 'location', name: 'Zócalo' } }),
  contacts: inbound({ body: { type: 'contacts', contacts: [{ name: 'Eva Ruiz' }] } }),
  reaction: inbound({ body: { type: 'reaction', emoji: '🎉' } }),
  'reaction-taken-back': inbound({ body: { type: 'reaction', emoji: null } }),
  button: inbound({ body: { type: 'reply', source: 'button', payload: 'Baja' } }),
  'interactive-button-reply': inbound({ body: { type: 'reply', source: 'button', payload: 'cancelar' } }),
  'interactive-list-reply': inbound({ body: { type: 'reply', source: 'list', payload: 'envio-24h' } }),
  'interactive-flow-reply': inbound({ body: { type: 'reply', source: 'flow' } }),
  order: inbound({ body: { type: 'unknown', what: 'order' } }),
  system: inbound({ body: { type: 'unknown', what: 'system:user_changed_number' } }),
  unsupported: inbound({ body: { type: 'unknown', what: 'unsupported' } }),
  revoked: inbound({ body: { type: 'unknown', what: 'revoke' } }),
  edited: inbound({ body: { type: 'unknown', what: 'edit' } }),
  'of-a-type-nobody-knows': inbound({ body: { type: 'unknown', what: 'hologram' } }),
  'without-wa-id': inbound({ phone: null, userId: 'MX.FIXTURE7' }),
  'statuses-with-a-conversation': statuses('sent'),
  'statuses-read-without-delivered': statuses('sent', 'read'),
  'statuses-without-recipient': statuses('delivered'),
  'statuses-failed': [
    { kind: 'status', status: 'failed', code: '131026' },
    { kind: 'status', status: 'failed', code: '470' },
  ],
  'statuses-of-words-nobody-knows': [
    // Of a voice message: whoever played it has read it.
    ...statuses('read'),
    ignored('status:deleted'),
    ignored('status:hologram'),
  ],
  'user-preferences': [{ kind: 'preference' }],
  'template-paused': [{ kind: 'template' }],
  'template-quality': [{ kind: 'template' }],
  'number-quality': [{ kind: 'standing' }],
  'account-restricted': [{ kind: 'standing' }],
  capability: [{ kind: 'standing' }],
  'several-entries-and-changes': [
    ...statuses('sent'),
    ...inbound({ body: { text: 'Gracias' } }),
    ...statuses('delivered'),
  ],
};

describe('bodies as Meta posts them', () => {
  it.each(FILES)('%s is read for what it is', (file) => {
    const elements = parseCloudWebhook(JSON.parse(readFileSync(join(FOLDER, file), 'utf8')));
    const wanted = WHAT[basename(file, '.json')];
    if (wanted === undefined) expect(new Set(elements.map(({ kind }) => kind))).toEqual(new Set(['ignored']));
    else expect(elements).toMatchObject(wanted);
  });
});
