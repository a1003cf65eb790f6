import { describe, expect, it } from 'vitest';
import { DEADLINE_AFTER_SENDING, DEADLINE_BEFORE_SENDING } from '../http/call-faults.js';
import type { HttpAnswer } from '../http/http-result.js';
import { healthOfState, readKeptState, readLinkCode, readRestart, readState } from './evolution-session.js';

function answer(body: unknown, status = 200): HttpAnswer {
  return {
    kind: 'answer',
    status,
    headers: {},
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

function refusal(status: number, message: unknown): HttpAnswer {
  return answer({ status, error: 'An error', response: { message } }, status);
}

const UNANSWERED = { kind: 'failure', fault: DEADLINE_BEFORE_SENDING } as const;

describe('the state of an instance', () => {
  it('is read wherever it stands, and may be missing', () => {
    expect(readState(answer({ instance: { instanceName: 'a', state: 'open' } }))).toEqual({
      kind: 'state',
      state: 'open',
    });
    expect(readState(answer({ instance: { instanceName: 'a', status: 'close' } }))).toMatchObject({
      state: 'close',
    });
    expect(readState(answer({ instance: { instanceName: 'a' } }))).toEqual({
      kind: 'state',
      state: undefined,
    });
  });

  it.each([
    [refusal(401, 'Unauthorized'), { connection: 'disconnected', needsPerson: true }, 'apiKey'],
    [
      refusal(404, ['The "a" instance does not exist']),
      { connection: 'disconnected', needsPerson: true },
      'instance',
    ],
    [refusal(404, ['Cannot GET /api/x']), { connection: 'disconnected', needsPerson: true }, 'baseUrl'],
    [
      answer({ code: 'LICENSE_REQUIRED' }, 503),
      { connection: 'disconnected', needsPerson: true },
      'activate',
    ],
    [answer('<html>', 200), { connection: 'disconnected', needsPerson: true }, 'baseUrl'],
    [answer('<html>', 302), { connection: 'disconnected', needsPerson: true }, 'baseUrl'],
    [answer('<html>', 502), { connection: 'unknown' }, 'again later'],
    [refusal(500, 'x'), { connection: 'unknown' }, 'again later'],
    [answer('', 429), { connection: 'unknown' }, 'again later'],
    [UNANSWERED, { connection: 'disconnected' }, 'free in time'],
    [{ kind: 'failure', fault: DEADLINE_AFTER_SENDING } as const, { connection: 'unknown' }, 'in time'],
  ])('is not known, and the reason says which setting to look at (%#)', (result, expected, word) => {
    const read = readState(result);
    expect(read).toMatchObject({
      kind: 'trouble',
      health: { ...expected, reason: expect.stringContaining(word) },
    });
    if (!('needsPerson' in expected)) expect(read).not.toHaveProperty('health.needsPerson');
  });

  it.each([
    ['open', undefined, { connection: 'connected' }],
    ['connecting', undefined, { connection: 'connecting' }],
    ['connecting', { status: 'open' }, { connection: 'connecting' }],
    ['connecting', { status: 'connecting' }, { connection: 'connecting', needsPerson: true }],
    ['close', { status: 'open' }, { connection: 'disconnected' }],
    ['close', { status: 'open', wasLinked: false }, { connection: 'disconnected', needsPerson: true }],
    ['close', { status: 'close' }, { connection: 'disconnected', needsPerson: true }],
    ['close', undefined, { connection: 'disconnected', needsPerson: true }],
    ['refused', undefined, { connection: 'disconnected', needsPerson: true }],
    [undefined, { status: 'open' }, { connection: 'disconnected' }],
    ['dancing', undefined, { connection: 'unknown' }],
  ])('%s, with %j in the database, is %j', (state, kept, expected) => {
    const health = healthOfState(state, kept && { reasonCode: undefined, wasLinked: true, ...kept });
    expect({ connection: health.connection, ...(health.needsPerson && { needsPerson: true }) }).toEqual(
      expected,
    );
    expect(health.reason === undefined).toBe(state === 'open');
  });

  it.each([
    [401, 'unlinked'],
    [402, 'suspended'],
    [403, 'banned'],
    [406, 'not accept'],
    [999, 'link it with the code'],
    [undefined, 'link it with the code'],
  ])('that ended with %s says what to do', (reasonCode, words) => {
    expect(healthOfState('close', { status: 'close', reasonCode, wasLinked: true }).reason).toContain(words);
  });

  it('is kept in the database under the name of the instance', () => {
    const rows = [
      { name: 'b', connectionStatus: 'open' },
      { name: 'a', connectionStatus: 'close', disconnectionReasonCode: 401, ownerJid: '5255@s.whatsapp.net' },
    ];
    expect(readKeptState(answer(rows), 'a')).toEqual({ status: 'close', reasonCode: 401, wasLinked: true });
    expect(readKeptState(answer(rows), 'b')).toMatchObject({ wasLinked: false });
    for (const other of [answer([]), answer({}), answer('x'), refusal(401, 'x'), UNANSWERED]) {
      expect(readKeptState(other, 'a')).toBeUndefined();
    }
  });
});

describe('a restart', () => {
  it.each([
    [answer({ instance: { instanceName: 'a', state: 'connecting' } }), { kind: 'restarting' }],
    [answer({ count: 0 }), { kind: 'restarting' }],
    [
      answer({ code: '2@x', base64: 'data:image/png;base64,x', count: 1 }),
      { kind: 'needs_person', code: 'qr_wanted' },
    ],
    [answer({ error: true, message: '[object Object]' }), undefined],
    [answer(''), { kind: 'failed', code: 'bad_answer' }],
    [answer('null'), { kind: 'failed', code: 'bad_answer' }],
    [refusal(401, 'Unauthorized'), { kind: 'needs_person', code: 'http_401' }],
    [refusal(404, ['The "a" instance does not exist']), { kind: 'needs_person', code: 'http_404' }],
    [answer('<html>', 502), { kind: 'failed', code: 'http_502' }],
    [UNANSWERED, { kind: 'failed', code: 'deadline_before_sending' }],
  ])('that was answered so (%#) is %j', (result, expected) => {
    if (expected === undefined) expect(readRestart(result)).toBeUndefined();
    else expect(readRestart(result)).toMatchObject(expected);
  });
});

describe('the code to scan', () => {
  it('is given as a text, a picture, or digits to type', () => {
    const body = { pairingCode: 'WZYEH1YY', code: '2@x', base64: 'data:image/png;base64,x', count: 1 };
    expect(readLinkCode(answer(body))).toEqual({
      code: '2@x',
      imageDataUrl: 'data:image/png;base64,x',
      pairingCode: 'WZYEH1YY',
    });
    expect(readLinkCode(answer({ qrcode: { code: '2@x' } }))).toMatchObject({
      code: '2@x',
      imageDataUrl: null,
    });
    expect(readLinkCode(answer({ code: '2@x', base64: 'javascript:x' }))).toMatchObject({
      imageDataUrl: null,
    });
  });

  it('is not needed by a session that is open', () => {
    expect(readLinkCode(answer({ instance: { instanceName: 'a', state: 'open' } }))).toBeNull();
  });

  it.each([
    answer({ count: 0 }),
    answer({ error: true, message: 'x' }),
    refusal(401, 'x'),
    answer('', 502),
    UNANSWERED,
  ])('is missing, and somebody is told why (%#)', (result) => {
    expect(() => readLinkCode(result)).toThrow(/[^.]$/);
  });
});
