import { describe, expect, it } from 'vitest';
import { readInbound } from './evolution-inbound.js';

const KEY = { remoteJid: '5215512345678@s.whatsapp.net', fromMe: false, id: '3A0011' };
const AT = new Date('2026-11-22T10:00:00Z');

function raw(message: object | null, more: object = {}): object {
  return {
    key: KEY,
    pushName: 'Ana',
    status: 'DELIVERY_ACK',
    message,
    messageType: Object.keys(message ?? {})[0] ?? 'unknown',
    messageTimestamp: AT.getTime() / 1000,
    instanceId: 'i',
    source: 'ios',
    ...more,
  };
}

function read(data: unknown) {
  return readInbound({ name: 'messages.upsert', data, at: AT, isBusiness: false }, 3);
}

function bodyOf(message: object): unknown {
  const element = read(raw(message));
  return element.kind === 'inbound' ? element.message.body : element;
}

describe('a message that somebody wrote', () => {
  it('is passed on with who, when and what', () => {
    expect(read(raw({ conversation: 'Hola' }))).toEqual({
      kind: 'inbound',
      element: 3,
      accountRef: null,
      message: {
        providerId: '3A0011',
        phone: '+525512345678',
        userId: null,
        alias: '5215512345678',
        profileName: 'Ana',
        at: AT,
        body: { type: 'text', text: 'Hola' },
        replyTo: null,
        isForwarded: false,
      },
    });
  });

  it('comes from a person whose number is hidden', () => {
    const key = { ...KEY, remoteJid: '99887766@lid' };
    expect(read(raw({ conversation: 'Hola' }, { key }))).toMatchObject({
      message: { phone: null, userId: '99887766@lid' },
    });
    const known = { ...key, remoteJidAlt: KEY.remoteJid };
    expect(read(raw({ conversation: 'Hola' }, { key: known }))).toMatchObject({
      message: { phone: '+525512345678', userId: '99887766@lid' },
    });
  });

  it.each([
    [{ contextInfo: { stanzaId: '3EB0AA', isForwarded: true } }, { conversation: 'Sí' }],
    [{}, { extendedTextMessage: { text: 'Sí', contextInfo: { stanzaId: '3EB0AA', isForwarded: true } } }],
  ])('answers another one, in version 2 and in version 1 (%#)', (more, message) => {
    expect(read(raw(message, more))).toMatchObject({
      message: { replyTo: '3EB0AA', isForwarded: true, body: { type: 'text', text: 'Sí' } },
    });
  });

  it.each([
    [AT.getTime() / 1000],
    [String(AT.getTime() / 1000)],
    [{ low: AT.getTime() / 1000, high: 0, unsigned: true }],
  ])('has its time as %j', (messageTimestamp) => {
    expect(read(raw({ conversation: 'Hola' }, { messageTimestamp }))).toMatchObject({ message: { at: AT } });
  });

  it.each([
    [{ extendedTextMessage: { text: 'Hola' } }, { type: 'text', text: 'Hola' }],
    [
      { ephemeralMessage: { message: { extendedTextMessage: { text: 'Hola' } } } },
      { type: 'text', text: 'Hola' },
    ],
    [
      { imageMessage: { mimetype: 'image/jpeg', caption: 'Mira', url: 'https://mmg' } },
      {
        type: 'media',
        media: { type: 'image', ref: '3A0011', mimeType: 'image/jpeg', fileName: null },
        caption: 'Mira',
      },
    ],
    [
      { viewOnceMessageV2: { message: { videoMessage: { mimetype: 'video/mp4' } } } },
      {
        type: 'media',
        media: { type: 'video', ref: '3A0011', mimeType: 'video/mp4', fileName: null },
        caption: null,
      },
    ],
    [
      {
        documentWithCaptionMessage: { message: { documentMessage: { fileName: 'a.pdf', caption: 'Aquí' } } },
      },
      {
        type: 'media',
        media: { type: 'document', ref: '3A0011', mimeType: null, fileName: 'a.pdf' },
        caption: 'Aquí',
      },
    ],
    [
      { audioMessage: { mimetype: 'audio/ogg; codecs=opus', ptt: true } },
      {
        type: 'media',
        media: { type: 'audio', ref: '3A0011', mimeType: 'audio/ogg; codecs=opus', fileName: null },
        caption: null,
      },
    ],
    [
      { stickerMessage: { mimetype: 'image/webp' } },
      {
        type: 'media',
        media: { type: 'sticker', ref: '3A0011', mimeType: 'image/webp', fileName: null },
        caption: null,
      },
    ],
    [
      { locationMessage: { degreesLatitude: 19.4, degreesLongitude: -99.1, name: 'Zócalo' } },
      { type: 'location', latitude: 19.4, longitude: -99.1, name: 'Zócalo', address: null },
    ],
    [
      {
        contactMessage: {
          displayName: 'Luis',
          vcard:
            'BEGIN:VCARD\nFN:Luis\nitem1.TEL;waid=5215587654321:+52 1 55 8765 4321\nTEL;type=CELL:5551234567\nEND:VCARD',
        },
      },
      { type: 'contacts', contacts: [{ name: 'Luis', phones: ['+52 1 55 8765 4321', '5551234567'] }] },
    ],
    [
      { contactsArrayMessage: { contacts: [{ displayName: 'A', vcard: '' }, { displayName: 'B' }] } },
      {
        type: 'contacts',
        contacts: [
          { name: 'A', phones: [] },
          { name: 'B', phones: [] },
        ],
      },
    ],
    [
      { reactionMessage: { key: { id: '3EB0AA' }, text: '👍' } },
      { type: 'reaction', emoji: '👍', toProviderId: '3EB0AA' },
    ],
    [
      { reactionMessage: { key: { id: '3EB0AA' }, text: '' } },
      { type: 'reaction', emoji: null, toProviderId: '3EB0AA' },
    ],
    [
      { buttonsResponseMessage: { selectedButtonId: 'yes', selectedDisplayText: 'Sí' } },
      { type: 'reply', source: 'button', text: 'Sí', payload: 'yes' },
    ],
    [
      { templateButtonReplyMessage: { selectedId: 'yes', selectedDisplayText: 'Sí' } },
      { type: 'reply', source: 'button', text: 'Sí', payload: 'yes' },
    ],
    [
      { listResponseMessage: { title: 'Uno', singleSelectReply: { selectedRowId: '1' } } },
      { type: 'reply', source: 'list', text: 'Uno', payload: '1' },
    ],
    [
      {
        interactiveResponseMessage: {
          body: { text: 'Listo' },
          nativeFlowResponseMessage: { paramsJson: '{}' },
        },
      },
      { type: 'reply', source: 'flow', text: 'Listo', payload: '{}' },
    ],
  ])('says %j', (message, body) => {
    expect(bodyOf(message)).toEqual(body);
  });

  it('of a kind that is not known is kept as it came', () => {
    const data = raw({ pollCreationMessage: { name: '¿Cuándo?' } });
    expect(read(data)).toMatchObject({
      message: { body: { type: 'unknown', what: 'pollCreationMessage', raw: data } },
    });
  });
});

describe('what nobody wrote to us', () => {
  it.each([
    [{ key: { ...KEY, fromMe: true } }, 'echo'],
    [{ key: { ...KEY, remoteJid: '120363000000000000@g.us', participant: KEY.remoteJid } }, 'group'],
    [{ key: { ...KEY, remoteJid: 'status@broadcast' } }, 'broadcast'],
    [{ key: { ...KEY, remoteJid: '1203@newsletter' } }, 'newsletter'],
    [{ message: null }, 'message without content'],
    [{ message: {} }, 'message without content'],
    [{ message: { protocolMessage: { type: 'REVOKE' } } }, 'message:protocol'],
  ])('is ignored: %j', (more, what) => {
    expect(read({ ...raw({ conversation: 'Hola' }), ...more })).toEqual({
      kind: 'ignored',
      element: 3,
      what,
    });
  });

  it.each([
    { key: { ...KEY, id: '' } },
    { key: { ...KEY, remoteJid: 'x' } },
    { key: { ...KEY, remoteJid: undefined } },
    { messageTimestamp: 'soon' },
    { messageTimestamp: undefined },
  ])('is reported where it cannot be read: %j', (more) => {
    expect(read({ ...raw({ conversation: 'Hola' }), ...more })).toMatchObject({
      kind: 'unreadable',
      element: 3,
    });
  });

  it.each([null, 7, 'x', []])('is nothing at all: %j', (data) => {
    expect(read(data)).toMatchObject({ kind: 'ignored' });
  });
});
