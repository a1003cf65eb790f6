import { describe, expect, it } from 'vitest';
import { parseWahaWebhook } from './waha-webhook.js';

const RECEIVED_AT = new Date('2026-11-22T10:00:00Z');
const CHANNEL = { session: 'ventas', accountRef: 'ventas@waha.example.com' };
const PLACED = { element: 0, accountRef: CHANNEL.accountRef };
const AT = 1_795_341_600_500;

function parse(event: string, payload: object, more: object = {}) {
  const body = {
    id: 'evt_1',
    timestamp: AT,
    event,
    session: 'ventas',
    metadata: {},
    payload,
    engine: 'GOWS',
    ...more,
  };
  const elements = parseWahaWebhook(body, CHANNEL, RECEIVED_AT);
  expect(elements).toHaveLength(1);
  return elements[0]!;
}

function ack(payload: object) {
  return parse('message.ack', { id: 'true_5215512345678@c.us_3EB0A1', fromMe: true, ...payload });
}

describe('an ack', () => {
  it.each([
    [1, 'sent'],
    [2, 'delivered'],
    [3, 'read'],
    [4, 'read'],
  ])('of %i is %s, in the time of the event', (value, status) => {
    expect(ack({ ack: value })).toEqual({
      ...PLACED,
      kind: 'status',
      providerId: '3EB0A1',
      correlationId: null,
      status,
      at: new Date(AT),
    });
  });

  it('is known by its name alone', () => {
    expect(ack({ ackName: 'DEVICE' })).toMatchObject({ kind: 'status', status: 'delivered' });
  });

  it('is of the same message whatever its chat is called', () => {
    expect(ack({ id: 'true_99988877766655@lid_3EB0A1', ack: 2 })).toMatchObject({ providerId: '3EB0A1' });
  });

  it("of -1 is a failure, with WhatsApp's code where it is given", () => {
    expect(ack({ ack: -1, ackName: 'ERROR' })).toMatchObject({ status: 'failed', code: 'ack_error' });
    const error = { code: '463', blocked: true, reason: 'account_restricted', until: null };
    expect(ack({ ack: -1, error })).toMatchObject({
      status: 'failed',
      code: '463',
      reason: expect.stringMatching(/new chats.*\.$/),
    });
  });

  it.each([
    ['of a call that came in', { fromMe: false, ack: -1 }, 'ack:not_ours'],
    ['that says nothing of whose it is', { fromMe: undefined, ack: -1 }, 'ack:not_ours'],
    ['of a group', { from: '120363402931855007@g.us', ack: 2 }, 'ack:not_a_person'],
    ['of a status', { to: 'status@broadcast', ack: 2 }, 'ack:not_a_person'],
    ['that the message waits', { ack: 0, ackName: 'PENDING' }, 'ack:PENDING'],
    ['of a word that is new', { ack: 9, ackName: 'NEW' }, 'ack:NEW'],
  ])('%s is ignored', (_what, payload, what) => {
    expect(ack(payload)).toEqual({ kind: 'ignored', element: 0, what });
  });

  it('without an id cannot be read', () => {
    expect(ack({ id: null, ack: 2 })).toMatchObject({ kind: 'unreadable' });
  });

  it('of an older WAHA, which names no time, is of when it came', () => {
    const element = parse('message.ack', { id: 'a', fromMe: true, ack: 3 }, { timestamp: undefined });
    expect(element).toMatchObject({ kind: 'status', at: RECEIVED_AT });
  });
});

describe('a status of the session', () => {
  it.each([
    ['WORKING', 'connected', false],
    ['STARTING', 'connecting', false],
    ['STOPPED', 'disconnected', false],
    ['FAILED', 'disconnected', false],
    ['SCAN_QR_CODE', 'disconnected', true],
    ['PASSKEY_REQUIRED', 'disconnected', true],
    ['PASSKEY_CONFIRMATION_REQUIRED', 'disconnected', true],
  ])('%s is %s, needs a person: %s', (status, connection, needsPerson) => {
    const statuses = [
      { status: 'STARTING', timestamp: 1 },
      { status, timestamp: AT - 7 },
    ];
    expect(parse('session.status', { status, statuses, data: null })).toMatchObject({
      ...PLACED,
      kind: 'session',
      connection,
      needsPerson,
      code: status,
      at: new Date(AT - 7),
    });
  });

  it('without a list has the time of the event, and without that none', () => {
    const payload = { status: 'WORKING', statuses: [] };
    expect(parse('session.status', payload)).toMatchObject({ at: new Date(AT) });
    expect(parse('session.status', payload, { timestamp: undefined })).toMatchObject({ at: null });
  });

  it('that is new is ignored', () => {
    expect(parse('session.status', { status: 'DREAMING' })).toMatchObject({ what: 'session:DREAMING' });
  });
});

describe('what else comes', () => {
  it.each([
    'message.ack.group',
    'message.revoked',
    'message.edited',
    'message.waiting',
    'poll.vote',
    'call.received',
  ])('%s is ignored', (event) => {
    expect(parse(event, {})).toEqual({ kind: 'ignored', element: 0, what: `event:${event}` });
  });

  it('of another session of the same WAHA is ignored', () => {
    expect(parse('message', { from: '1@c.us' }, { session: 'soporte' })).toMatchObject({
      what: 'session:other',
    });
  });

  it('is placed by its address where the settings are not known', () => {
    const body = { event: 'session.status', session: 'any', payload: { status: 'WORKING' } };
    expect(parseWahaWebhook(body, { session: undefined, accountRef: null }, RECEIVED_AT)).toMatchObject([
      { kind: 'session', accountRef: null },
    ]);
  });

  it.each([[null], [{}], [[]], ['x'], [{ event: 7 }]])('%j cannot be read', (body) => {
    expect(parseWahaWebhook(body, CHANNEL, RECEIVED_AT)).toMatchObject([{ kind: 'unreadable', element: 0 }]);
  });
});
