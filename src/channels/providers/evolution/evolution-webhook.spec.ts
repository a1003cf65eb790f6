import { describe, expect, it } from 'vitest';
import { eventInstant } from './event-instant.js';
import { parseEvolutionWebhook } from './evolution-webhook.js';

const SETTINGS = { instance: 'ventas', integration: 'WHATSAPP-BAILEYS' };
const NOW_MS = Date.parse('2026-11-22T16:00:10Z');
const DATE_TIME = '2026-11-22T10:00:09.500Z';
const AT = new Date('2026-11-22T16:00:09.500Z');

function parse(event: string, data: unknown, settings: object = SETTINGS) {
  const body = { event, instance: 'ventas', data, date_time: DATE_TIME, apikey: null };
  return parseEvolutionWebhook(body, settings as Record<string, unknown>, NOW_MS);
}

function one(event: string, data: unknown, settings: object = SETTINGS) {
  const elements = parse(event, data, settings);
  expect(elements).toHaveLength(1);
  return elements[0]!;
}

const UPDATE = {
  keyId: '3EB0AA',
  remoteJid: '525512345678@s.whatsapp.net',
  fromMe: true,
  status: 'DELIVERY_ACK',
  instanceId: 'i',
  messageId: 'cmh',
};

describe('a status', () => {
  it.each(['messages.update', 'MESSAGES_UPDATE', 'messages-update', 'Messages.Update'])(
    'comes as %s',
    (event) => {
      expect(one(event, UPDATE)).toEqual({
        kind: 'status',
        element: 0,
        accountRef: null,
        providerId: '3EB0AA',
        correlationId: null,
        status: 'delivered',
        at: AT,
      });
    },
  );

  it.each([
    ['SERVER_ACK', 'sent'],
    ['DELIVERY_ACK', 'delivered'],
    ['READ', 'read'],
    ['PLAYED', 'read'],
    ['ERROR', 'failed'],
  ])('%s is %s', (word, status) => {
    expect(one('messages.update', { ...UPDATE, status: word })).toMatchObject({ kind: 'status', status });
  });

  it('of a message that WhatsApp did not take has a code and a sentence', () => {
    expect(one('messages.update', { ...UPDATE, status: 'ERROR' })).toMatchObject({
      code: 'whatsapp_error',
      reason: expect.stringMatching(/\.$/),
    });
  });

  it('of version 1 has its id and its time elsewhere', () => {
    const update = {
      id: '3EB0BB',
      remoteJid: UPDATE.remoteJid,
      fromMe: true,
      status: 'READ',
      datetime: 1_763_000_000_000,
      owner: 'ventas',
    };
    expect(one('messages.update', update)).toMatchObject({
      providerId: '3EB0BB',
      status: 'read',
      at: new Date(1_763_000_000_000),
    });
  });

  it('may come in a list, each under its place', () => {
    const elements = parse('messages.update', [
      UPDATE,
      { ...UPDATE, keyId: '' },
      null,
      { ...UPDATE, keyId: 'B' },
    ]);
    expect(elements.map(({ kind, element }) => [kind, element])).toEqual([
      ['status', 0],
      ['unreadable', 1],
      ['ignored', 2],
      ['status', 3],
    ]);
  });

  it.each(['PENDING', 'DELETED', 'EDITED', 'SOMETHING_NEW', 'constructor', undefined, 7])(
    '%s says nothing',
    (status) => {
      expect(one('messages.update', { ...UPDATE, status })).toMatchObject({ kind: 'ignored' });
    },
  );

  it.each([
    { fromMe: false },
    { fromMe: undefined },
    { remoteJid: '120363000000000000@g.us' },
    { remoteJid: 'status@broadcast' },
  ])('of what is not ours to one person is ignored: %j', (more) => {
    expect(one('messages.update', { ...UPDATE, ...more })).toMatchObject({ kind: 'ignored' });
  });

  it('of an instance of the Cloud API comes in Meta’s words and without the mark that it is ours', () => {
    const business = { ...SETTINGS, integration: 'WHATSAPP-BUSINESS' };
    for (const [word, status] of Object.entries({
      SENT: 'sent',
      DELIVERED: 'delivered',
      READ: 'read',
      FAILED: 'failed',
    })) {
      const update = { ...UPDATE, keyId: 'wamid.A', fromMe: false, status: word };
      expect(one('messages.update', update, business)).toMatchObject({
        kind: 'status',
        providerId: 'wamid.A',
        status,
      });
    }
  });
});

describe('an event', () => {
  it('of another instance of the same server is left alone', () => {
    const body = { event: 'messages.update', instance: 'cobranza', data: UPDATE };
    expect(parseEvolutionWebhook(body, SETTINGS, NOW_MS)).toEqual([
      { kind: 'ignored', element: 0, what: 'event of another instance' },
    ]);
    expect(parseEvolutionWebhook(body, {}, NOW_MS)[0]).toMatchObject({ kind: 'status' });
  });

  it.each(['send.message', 'chats.upsert', 'contacts.update', 'presence.update', 'call', 'new.thing', 'a b'])(
    'called %s is ignored',
    (event) => {
      expect(one(event, { key: { fromMe: true, id: 'A' } })).toMatchObject({ kind: 'ignored' });
    },
  );

  it.each([null, 7, 'x', [], {}, { event: 7 }, { event: '' }])('that is none is reported: %j', (body) => {
    expect(parseEvolutionWebhook(body, SETTINGS, NOW_MS)).toEqual([
      { kind: 'unreadable', element: 0, reason: 'the body names no event' },
    ]);
  });
});

describe('what becomes of the session', () => {
  it.each([
    ['connection.update', { state: 'open', statusReason: 200 }, 'connected', false, 'open'],
    ['connection.update', { state: 'connecting', statusReason: 200 }, 'connecting', false, 'connecting'],
    ['connection.update', { state: 'close', statusReason: 401 }, 'disconnected', true, '401'],
    ['connection.update', { state: 'close', statusReason: 402 }, 'disconnected', true, '402'],
    ['connection.update', { state: 'close', statusReason: 403 }, 'disconnected', true, '403'],
    ['connection.update', { state: 'close', statusReason: 406 }, 'disconnected', true, '406'],
    ['connection.update', { state: 'close', statusReason: 440 }, 'disconnected', false, '440'],
    ['connection.update', { state: 'close', statusReason: 515 }, 'disconnected', false, '515'],
    ['connection.update', { state: 'close' }, 'disconnected', false, 'closed'],
    ['CONNECTION_UPDATE', { state: 'refused', statusReason: 428 }, 'disconnected', true, 'qr_limit'],
    ['qrcode.updated', { qrcode: { code: '2@x', base64: 'data:…' } }, 'disconnected', true, 'qr_wanted'],
    [
      'QRCODE_UPDATED',
      { message: 'QR code limit reached', statusCode: 500 },
      'disconnected',
      true,
      'qr_limit',
    ],
    ['status.instance', { status: 'closed', disconnectionReasonCode: 408 }, 'disconnected', true, '408'],
    ['logout.instance', null, 'disconnected', true, 'logged_out'],
    ['remove.instance', null, 'disconnected', true, 'instance_removed'],
  ])('%s %j is %s', (event, data, connection, needsPerson, code) => {
    expect(one(event, data)).toMatchObject({
      kind: 'session',
      accountRef: null,
      connection,
      needsPerson,
      code,
      at: AT,
    });
  });

  it('never passes the code to scan on', () => {
    expect(JSON.stringify(one('qrcode.updated', { qrcode: { code: '2@secret' } }))).not.toContain('2@secret');
  });

  it.each([{}, { state: 'dancing' }, null])('is ignored where it does not say: %j', (data) => {
    expect(one('connection.update', data)).toMatchObject({ kind: 'ignored' });
  });
});

describe('the time of an event', () => {
  it.each([
    ['2026-11-22T16:00:09.500Z', '2026-11-22T16:00:09.500Z'],
    ['2026-11-22T13:00:09.500Z', '2026-11-22T16:00:09.500Z'],
    ['2026-11-22T21:45:09.500Z', '2026-11-22T16:00:09.500Z'],
    ['2026-11-22T10:00:11.000Z', '2026-11-22T16:00:10.000Z'],
    ['2026-11-22T09:55:10.000Z', '2026-11-22T15:55:10.000Z'],
    ['soon', '2026-11-22T16:00:10.000Z'],
    [undefined, '2026-11-22T16:00:10.000Z'],
  ])('%s, written in the time of its own zone, is %s', (said, meant) => {
    expect(eventInstant(said, NOW_MS)).toEqual(new Date(meant));
  });
});
