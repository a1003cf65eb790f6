import { describe, expect, it } from 'vitest';
import { callFault } from '../http/call-faults.js';
import type { HttpResult } from '../http/http-result.js';
import { wahaHealth, wahaQrCode, wahaRestart } from './waha-health.js';
import { mediaUrl } from './waha-media.js';

function answer(status: number, body: unknown): HttpResult {
  return {
    kind: 'answer',
    status,
    headers: {},
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

const REFUSED: HttpResult = {
  kind: 'failure',
  fault: callFault(Object.assign(new Error(), { code: 'ECONNREFUSED' }), false),
};

describe('the health of a WAHA channel', () => {
  it('is that of its session', () => {
    expect(wahaHealth(answer(200, { name: 'ventas', status: 'WORKING' }))).toEqual({
      connection: 'connected',
    });
    expect(wahaHealth(answer(200, { status: 'STARTING' }))).toMatchObject({ connection: 'connecting' });
    expect(wahaHealth(answer(200, { status: 'SCAN_QR_CODE' }))).toMatchObject({
      connection: 'disconnected',
      needsPerson: true,
      reason: expect.stringContaining('QR'),
    });
    expect(wahaHealth(answer(200, { status: 'FAILED' }))).not.toHaveProperty('needsPerson');
    expect(wahaHealth(answer(200, { status: 'DREAMING' }))).toMatchObject({ connection: 'unknown' });
  });

  it.each([
    [401, { message: 'Unauthorized', statusCode: 401 }, 'apiKey'],
    [403, { message: 'Forbidden resource', statusCode: 403 }, 'apiKey'],
    [404, { message: 'Session not found', statusCode: 404 }, 'session'],
    [404, '<html>', 'baseUrl'],
    [200, '<html>', 'baseUrl'],
  ])('by HTTP %i %j names what is wrong: %s', (status, body, setting) => {
    expect(wahaHealth(answer(status, body))).toMatchObject({
      connection: 'disconnected',
      reason: expect.stringContaining(setting),
    });
  });

  it('is not known while WAHA has trouble, and none where nothing answers', () => {
    expect(wahaHealth(answer(503, '<html>'))).toMatchObject({ connection: 'unknown' });
    expect(wahaHealth(REFUSED)).toMatchObject({ connection: 'disconnected' });
  });
});

describe('a restart', () => {
  it('is under way, needs a person, or failed and says why', () => {
    expect(wahaRestart(answer(201, { status: 'STARTING' }))).toEqual({ kind: 'restarting' });
    expect(wahaRestart(answer(201, ''))).toEqual({ kind: 'restarting' });
    expect(wahaRestart(answer(201, { status: 'SCAN_QR_CODE' }))).toMatchObject({ kind: 'needs_person' });
    expect(wahaRestart(answer(401, { message: 'Unauthorized', statusCode: 401 }))).toMatchObject({
      kind: 'failed',
      code: 'http_401',
      reason: expect.stringContaining('apiKey'),
    });
    expect(wahaRestart(REFUSED)).toMatchObject({ kind: 'failed', code: 'connect_refused' });
  });
});

describe('the code of a session', () => {
  const text = answer(200, { value: '2@abc' });
  const image = answer(200, { mimetype: 'image/png', data: 'iVBORw0KGgo=' });
  const none = answer(422, { status: 'WORKING', expected: ['SCAN_QR_CODE'] });

  it('is there in the forms that came', () => {
    const both = { code: '2@abc', imageDataUrl: 'data:image/png;base64,iVBORw0KGgo=', pairingCode: null };
    expect(wahaQrCode(text, image)).toEqual(both);
    expect(wahaQrCode(text, REFUSED)).toEqual({ ...both, imageDataUrl: null });
    expect(wahaQrCode(none, none)).toBeNull();
  });

  it('is no image where it could be anything else', () => {
    const page = answer(200, { mimetype: 'text/html', data: 'PGh0bWw+' });
    expect(wahaQrCode(none, page)).toBeNull();
    expect(wahaQrCode(none, answer(200, { mimetype: 'image/png', data: '"><script>' }))).toBeNull();
  });
});

describe('the file of a message', () => {
  it('is fetched from the address of the channel, whatever WAHA calls itself', () => {
    expect(mediaUrl('http://localhost:3000/api/files/ventas/A_1.jpg?x=1', 'https://waha.example.com/w')).toBe(
      'https://waha.example.com/w/api/files/ventas/A_1.jpg?x=1',
    );
  });

  it.each(['https://bucket.s3.amazonaws.com/A.jpg', 'no address', 'http://x/api/files/../../api/sessions'])(
    'is not fetched from %s',
    (ref) => {
      expect(mediaUrl(ref, 'https://waha.example.com')).toBeUndefined();
    },
  );
});
