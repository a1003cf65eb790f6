import { describe, expect, it } from 'vitest';
import type { HttpResult } from '../http/http-result.js';
import { AnswerReader } from './gateway-answer.js';
import { GatewayHealth } from './gateway-health.js';
import { COMMON } from './gateway-presets.js';
import { qrCodeIn, restartAnswer } from './gateway-session.js';
import { OwnWords } from './own-words.js';

const WORDS = new OwnWords([]);
const health = new GatewayHealth(COMMON.status, WORDS);

function answer(status: number, body: unknown): HttpResult {
  return {
    kind: 'answer',
    status,
    headers: {},
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

function failure(kind: 'lost' | 'not_sent'): HttpResult {
  return { kind: 'failure', fault: { kind, code: 'a_fault', what: 'It broke', speaksOfHealth: true } };
}

describe('the status of a gateway', () => {
  it.each([
    [{ ready: true, phone: '521', hasQR: false, error: null }, 'connected'],
    [{ connected: true, status: 'connected', phoneNumber: '521', hasQrCode: false }, 'connected'],
    [{ status: 'connected' }, 'connected'],
    [{ status: 'healthy', whatsapp_connected: true }, 'connected'],
    [{ status: 'healthy', whatsapp_connected: false }, 'disconnected'],
    [{ ok: true, status: 'disconnected' }, 'disconnected'],
    [{ status: 'starting', connected: false, has_qr: false }, 'connecting'],
    [{ status: 'ok' }, 'disconnected'],
    [{ uptime: 12 }, 'unknown'],
    ['OK', 'unknown'],
  ])('reads %j as %s', (body, connection) => {
    expect(health.of(answer(200, body))).toMatchObject({ connection });
  });

  it.each([
    { sessionId: 'a', qr_needed: true, connected: false },
    { ready: false, hasQR: true },
    { status: 'qr', connected: false },
    { status: 'disconnected', error: 'Logged out by the phone' },
  ])('knows when only a person can go on: %j', (body) => {
    expect(health.of(answer(200, body))).toMatchObject({ connection: 'disconnected', needsPerson: true });
  });

  it('says what is wrong, and with which setting', () => {
    expect(health.of(answer(401, ''))).toMatchObject({ connection: 'disconnected', reason: /headers/ });
    expect(health.of(answer(404, ''))).toMatchObject({ connection: 'unknown', reason: /status\.path/ });
    expect(health.of(answer(200, { up: 1 }))).toMatchObject({
      connection: 'unknown',
      reason: /status\.ready/,
    });
    expect(health.of(answer(503, { ready: false, error: 'auth +52 55 1234 5678' })).reason).toMatch(
      /"auth …"/,
    );
    expect(health.of(answer(503, '<html>'))).toMatchObject({ connection: 'unknown' });
    expect(health.of(failure('not_sent'))).toEqual({ connection: 'disconnected', reason: 'It broke.' });
  });
});

describe('the restart of a gateway', () => {
  const reader = new AnswerReader(COMMON.answer);

  it.each([
    [answer(200, { success: true, message: 'x' })],
    [answer(202, '')],
    [answer(200, { status: 'restarting' })],
    [failure('lost')],
  ])('has begun: %#', (result) => {
    expect(restartAnswer(result, reader, WORDS)).toEqual({ kind: 'restarting' });
  });

  it.each([[answer(200, { success: false, error: 'busy' })], [answer(404, '')], [failure('not_sent')]])(
    'has failed, with a reason: %#',
    (result) => {
      expect(restartAnswer(result, reader, WORDS)).toMatchObject({
        kind: 'failed',
        reason: expect.stringMatching(/\.$/),
      });
    },
  );
});

describe('the code of a gateway', () => {
  const image = 'data:image/png;base64,iVBORw0KGgo=';

  it.each([
    [{ qr: '2@abc' }, { code: '2@abc', imageDataUrl: null, pairingCode: null }],
    [{ qrCode: image }, { code: null, imageDataUrl: image, pairingCode: null }],
    [`<html><img src="${image}"></html>`, { code: null, imageDataUrl: image, pairingCode: null }],
    [{ pairingCode: 'ABCD-1234' }, { code: null, imageDataUrl: null, pairingCode: 'ABCD-1234' }],
    [{ qr: null, message: 'already connected' }, null],
    ['<html>connected</html>', null],
  ])('is found in %j', (body, expected) => {
    expect(qrCodeIn(answer(200, body), COMMON.qr)).toEqual(expected);
  });

  it('is none where the service has none', () => {
    expect(qrCodeIn(answer(404, { qr: '2@abc' }), COMMON.qr)).toBeNull();
  });
});
