import { describe, expect, it } from 'vitest';
import type { InboundMessage } from '../inbound-message.js';
import { parseCloudWebhook } from './cloud-webhook.js';

const METADATA = { display_phone_number: '15550100001', phone_number_id: '106540352242922' };
const ANA = { wa_id: '5215512345678', profile: { name: 'Ana' } };
const HEAD = { from: '5215512345678', id: 'wamid.I', timestamp: '1749416383' };

function elementOf(message: object, more: object = { contacts: [ANA] }) {
  const value = { messaging_product: 'whatsapp', metadata: METADATA, messages: [message], ...more };
  return parseCloudWebhook({ entry: [{ id: '9', changes: [{ field: 'messages', value }] }] })[0];
}

function read(message: object, more?: object): InboundMessage {
  const element = elementOf({ ...HEAD, ...message }, more);
  if (element?.kind !== 'inbound') throw new Error(`not an inbound message: ${JSON.stringify(element)}`);
  return element.message;
}

const bodyOf = (message: object): unknown => read(message).body;

describe('a message that somebody wrote', () => {
  it('is given with its sender, as they are dialled and as WhatsApp knows them', () => {
    expect(elementOf({ ...HEAD, type: 'text', text: { body: 'Hola' } })).toEqual({
      kind: 'inbound',
      element: 0,
      accountRef: '106540352242922',
      message: {
        providerId: 'wamid.I',
        phone: '+525512345678',
        userId: null,
        alias: '5215512345678',
        profileName: 'Ana',
        at: new Date('2025-06-08T20:59:43Z'),
        body: { type: 'text', text: 'Hola' },
        replyTo: null,
        isForwarded: false,
      },
    });
  });

  it.each(['image', 'video', 'audio', 'document', 'sticker'])('may be a file of type %s', (type) => {
    const file = { id: '1003383421387256', mime_type: 'x/y', sha256: '…', caption: 'Mira', filename: 'a.b' };
    expect(bodyOf({ type, [type]: file })).toEqual({
      type: 'media',
      media: { type, ref: '1003383421387256', mimeType: 'x/y', fileName: 'a.b' },
      caption: 'Mira',
    });
    expect(bodyOf({ type, [type]: { id: '1' } })).toEqual({
      type: 'media',
      media: { type, ref: '1', mimeType: null, fileName: null },
      caption: null,
    });
  });

  it('may be a place, with numbers as numbers or as texts', () => {
    const place = { latitude: 19.43, longitude: '-99.13', name: 'Zócalo', address: 'Centro' };
    expect(bodyOf({ type: 'location', location: place })).toEqual({
      ...place,
      type: 'location',
      longitude: -99.13,
    });
    expect(bodyOf({ type: 'location', location: { latitude: 0, longitude: 0 } })).toMatchObject({
      latitude: 0,
      name: null,
    });
  });

  it('may be contacts, even without names or numbers', () => {
    const contacts = [
      { name: { formatted_name: 'Lucía' }, phones: [{ phone: '+1 983' }, { wa_id: '1983' }] },
      { name: {} },
    ];
    expect(bodyOf({ type: 'contacts', contacts })).toEqual({
      type: 'contacts',
      contacts: [
        { name: 'Lucía', phones: ['+1 983'] },
        { name: '', phones: [] },
      ],
    });
  });

  it.each([
    [{ message_id: 'wamid.A', emoji: '👍' }, '👍'],
    [{ message_id: 'wamid.A', emoji: '' }, null],
    [{ message_id: 'wamid.A' }, null],
  ])('may be a reaction, given or taken back: %j', (reaction, emoji) => {
    expect(bodyOf({ type: 'reaction', reaction })).toEqual({
      type: 'reaction',
      toProviderId: 'wamid.A',
      emoji,
    });
  });

  it.each([
    [{ type: 'button', button: { text: 'Baja', payload: 'STOP' } }, 'button', 'Baja', 'STOP'],
    [
      { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'si', title: 'Sí' } } },
      'button',
      'Sí',
      'si',
    ],
    [
      { type: 'interactive', interactive: { type: 'list_reply', list_reply: { id: '7', title: 'Siete' } } },
      'list',
      'Siete',
      '7',
    ],
    [
      {
        type: 'interactive',
        interactive: {
          type: 'nfm_reply',
          nfm_reply: { name: 'flow', body: 'Sent', response_json: '{"a":1}' },
        },
      },
      'flow',
      'Sent',
      '{"a":1}',
    ],
  ])('may answer what was offered: %j', (message, source, text, payload) => {
    expect(bodyOf(message)).toEqual({ type: 'reply', source, text, payload });
  });

  it.each([
    [{ type: 'order', order: { catalog_id: '1' } }, 'order'],
    [
      { type: 'system', system: { type: 'user_changed_number', wa_id: '52155' } },
      'system:user_changed_number',
    ],
    [{ type: 'unsupported', errors: [{ code: 131051 }] }, 'unsupported'],
    [{ type: 'revoke', revoke: {} }, 'revoke'],
    [
      { type: 'interactive', interactive: { type: 'call_permission_reply' } },
      'interactive:call_permission_reply',
    ],
    [{ type: 'a type of tomorrow' }, 'unknown'],
    [{}, 'unknown'],
    [{ type: 'text' }, 'text'],
    [{ type: 'image', image: {} }, 'image'],
    [{ type: '__proto__' }, '__proto__'],
  ])('is kept as it came where it has no form of ours: %j', (message, what) => {
    const raw = { ...HEAD, ...message };
    expect(bodyOf(message)).toEqual({ type: 'unknown', what, raw });
  });

  it('says what it answers, whether it was passed on, and what advertisement it came from', () => {
    const text = { type: 'text', text: { body: 'Hola' } };
    expect(read({ ...text, context: { from: '1555', id: 'wamid.Q' } })).toMatchObject({
      replyTo: 'wamid.Q',
      isForwarded: false,
    });
    expect(read({ ...text, context: { frequently_forwarded: true } })).toMatchObject({
      replyTo: null,
      isForwarded: true,
    });
    const referral = {
      source_type: 'ad',
      source_id: '120',
      headline: 'Chat',
      ctwa_clid: 'Aff',
      media_type: 'image',
    };
    expect(read({ ...text, referral }).referral).toEqual({
      sourceType: 'ad',
      sourceId: '120',
      sourceUrl: null,
      headline: 'Chat',
      clickId: 'Aff',
    });
  });
});

describe('the sender of a message', () => {
  const text = { type: 'text', text: { body: 'Hola' } };
  const userId = 'MX.13491208655302741918';

  it('may hide their number behind an id', () => {
    const contacts = [{ user_id: userId, profile: { name: 'Ana', username: 'ana' } }];
    const hidden = read({ ...text, from: undefined, from_user_id: userId }, { contacts });
    expect(hidden).toMatchObject({ phone: null, userId, alias: null, profileName: 'Ana' });
  });

  it('may be said by the contact alone, or have both', () => {
    const contacts = [{ wa_id: '5215512345678', user_id: userId, profile: { name: 'Ana' } }];
    expect(read({ ...text, from: undefined }, { contacts })).toMatchObject({
      phone: '+525512345678',
      userId,
    });
    expect(read({ ...text, from_user_id: userId }, { contacts })).toMatchObject({
      phone: '+525512345678',
      userId,
    });
  });

  it('is not another sender of the same webhook', () => {
    const contacts = [{ wa_id: '5215500000000', profile: { name: 'Luis' } }, ANA];
    expect(read(text, { contacts }).profileName).toBe('Ana');
    const strangers = [{ wa_id: '1' }, { wa_id: '2' }];
    expect(read(text, { contacts: strangers })).toMatchObject({ phone: '+525512345678', profileName: null });
    expect(read(text, {})).toMatchObject({ phone: '+525512345678', profileName: null });
  });

  it('is canonical as everywhere, and taken as it is where no plan knows the number', () => {
    expect(read({ ...text, from: '551187654321' }).phone).toBe('+5511987654321');
    expect(read({ ...text, from: '16505551234' })).toMatchObject({ phone: '+16505551234', alias: null });
    expect(read({ ...text, from: '999123456789' })).toMatchObject({ phone: '+999123456789', alias: null });
  });

  it.each([
    [{ ...HEAD, ...text, from: undefined }, 'holds no sender'],
    [{ ...HEAD, ...text, from: 'ana@example.com' }, 'holds no sender'],
    [{ ...HEAD, ...text, timestamp: undefined }, 'timestamp'],
    [{ ...HEAD, ...text, id: '' }, 'id'],
  ])('or the message is unreadable: %j', (message, reason) => {
    const element = elementOf(message, {});
    expect(element).toMatchObject({ kind: 'unreadable', reason: expect.stringContaining(reason) });
    expect(JSON.stringify(element)).not.toContain('ana@');
  });

  it('in a group is left alone', () => {
    expect(elementOf({ ...HEAD, ...text, group_id: 'Y2' })).toMatchObject({
      kind: 'ignored',
      what: 'message:group',
    });
  });

  it('cannot be told whom they wrote to without the number', () => {
    expect(elementOf({ ...HEAD, ...text }, { metadata: {} })).toMatchObject({ kind: 'unreadable' });
  });
});
