import { describe, expect, it } from 'vitest';
import { parseWahaWebhook } from './waha-webhook.js';

const RECEIVED_AT = new Date('2026-11-22T10:00:00Z');
const FILE = {
  url: 'http://localhost:3000/api/files/ventas/AAAA.jpg',
  mimetype: 'image/jpeg',
  filename: null,
};

function parse(payload: object, event = 'message') {
  const message = {
    id: 'false_5215512345678@c.us_AAAA',
    timestamp: 1_795_341_600.25,
    from: '5215512345678@c.us',
    fromMe: false,
    to: '5215500000000@c.us',
    body: 'Hola',
    hasMedia: false,
    vCards: [],
    _data: { pushName: 'Ana' },
    ...payload,
  };
  const body = { event, session: 'ventas', timestamp: 1_795_341_600_900, payload: message };
  return parseWahaWebhook(body, { session: 'ventas', accountRef: null }, RECEIVED_AT)[0]!;
}

function messageOf(payload: object, event?: string) {
  const element = parse(payload, event);
  if (element.kind !== 'inbound') throw new Error(JSON.stringify(element));
  return element.message;
}

describe('a message that came in', () => {
  it('is of a person by the one form of the number, with the alias that WhatsApp has', () => {
    expect(messageOf({ replyTo: { id: 'BBBB' } })).toEqual({
      providerId: 'AAAA',
      phone: '+525512345678',
      userId: null,
      alias: '5215512345678',
      profileName: 'Ana',
      at: new Date(1_795_341_600_250),
      body: { type: 'text', text: 'Hola' },
      replyTo: 'BBBB',
      isForwarded: false,
    });
  });

  it('is of a hidden person, whose number may be told beside it', () => {
    const from = '99988877766655@lid';
    expect(messageOf({ from })).toMatchObject({ phone: null, userId: from, alias: null });
    const noweb = { key: { remoteJidAlt: '34600111222@s.whatsapp.net' }, pushName: 'Ana' };
    expect(messageOf({ from, _data: noweb })).toMatchObject({ phone: '+34600111222', userId: from });
    const gows = { Info: { SenderAlt: '34600111222:7@s.whatsapp.net', PushName: 'Ana' } };
    expect(messageOf({ from, _data: gows })).toMatchObject({ phone: '+34600111222', profileName: 'Ana' });
    const webjs = { notifyName: 'Ana', isForwarded: true };
    expect(messageOf({ _data: webjs })).toMatchObject({ profileName: 'Ana', isForwarded: true });
  });

  it('may hold a file', () => {
    expect(messageOf({ hasMedia: true, media: FILE, body: 'Mira' }).body).toEqual({
      type: 'media',
      media: { type: 'image', ref: FILE.url, mimeType: 'image/jpeg', fileName: null },
      caption: 'Mira',
    });
    const bodyWith = (media: object, raw: object = {}) =>
      messageOf({ hasMedia: true, media: { ...FILE, ...media }, body: null, _data: raw }).body;
    expect(bodyWith({ mimetype: 'audio/ogg; codecs=opus' })).toMatchObject({ media: { type: 'audio' } });
    expect(bodyWith({ mimetype: 'video/mp4' })).toMatchObject({ media: { type: 'video' }, caption: null });
    expect(bodyWith({ mimetype: 'application/pdf', filename: 'a.pdf' })).toMatchObject({
      media: { type: 'document', fileName: 'a.pdf' },
    });
    for (const raw of [
      { type: 'sticker' },
      { message: { stickerMessage: {} } },
      { Info: { MediaType: 'sticker' } },
    ]) {
      expect(bodyWith({ mimetype: 'image/webp' }, raw)).toMatchObject({ media: { type: 'sticker' } });
    }
  });

  it('with a file that WAHA did not keep is told without it, and without the raw message', () => {
    const { body } = messageOf({ hasMedia: true, media: null, body: null, _data: { secret: 1 } });
    expect(body).toMatchObject({ type: 'unknown', what: 'media_not_kept', raw: { hasMedia: true } });
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it('may hold a place, whose numbers are texts', () => {
    const location = { latitude: '19.4326', longitude: '-99.1332', live: false, description: 'Zócalo' };
    expect(messageOf({ location, body: null }).body).toEqual({
      type: 'location',
      latitude: 19.4326,
      longitude: -99.1332,
      name: 'Zócalo',
      address: null,
    });
  });

  it('may hold contacts', () => {
    const card =
      'BEGIN:VCARD\nVERSION:3.0\nFN:Lucía\\, Gómez\nitem1.TEL;type=CELL;waid=5215587654321:+52 1 55 8765\n' +
      ' 4321\nTEL:+34 600 11 12 22\nEND:VCARD';
    expect(messageOf({ vCards: [card], body: null }).body).toEqual({
      type: 'contacts',
      contacts: [{ name: 'Lucía, Gómez', phones: ['+5215587654321', '+34 600 11 12 22'] }],
    });
  });

  it('may be a reaction, or one taken back', () => {
    const reaction = { text: '🙏', messageId: 'true_5215512345678@c.us_3EB0A1' };
    expect(messageOf({ reaction }, 'message.reaction').body).toEqual({
      type: 'reaction',
      emoji: '🙏',
      toProviderId: '3EB0A1',
    });
    const back = { ...reaction, text: '' };
    expect(messageOf({ reaction: back }, 'message.reaction').body).toMatchObject({ emoji: null });
    expect(parse({ reaction: {} }, 'message.reaction')).toMatchObject({ kind: 'unreadable' });
  });

  it('that says nothing is kept as it is', () => {
    expect(messageOf({ body: null }).body).toMatchObject({ type: 'unknown', what: 'empty' });
  });

  it.each([
    ['an echo of our own', { fromMe: true }, 'message:own'],
    ['of a group', { from: '120363402931855007@g.us' }, 'message:not_a_person'],
    ['a status', { from: 'status@broadcast' }, 'message:not_a_person'],
    ['of a channel', { from: '120363402931855007@newsletter' }, 'message:not_a_person'],
  ])('%s is ignored', (_what, payload, what) => {
    expect(parse(payload, 'message.any')).toMatchObject({ kind: 'ignored', what });
  });

  it.each([
    ['no id', { id: undefined }],
    ['no sender', { from: 'me' }],
  ])('with %s cannot be read', (_what, payload) => {
    expect(parse(payload)).toMatchObject({ kind: 'unreadable' });
  });
});
