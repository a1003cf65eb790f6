import { describe, expect, it } from 'vitest';
import { callFault } from '../http/call-faults.js';
import type { HttpResult } from '../http/http-result.js';
import { wahaOutcome, type WahaSend } from './waha-outcome.js';

const SEND: WahaSend = {
  recipient: '+5215512345678',
  presetId: '3EB0AAAAAAAAAAAAAAAAAA',
  keepsPresetIds: true,
  isMedia: false,
};

function answer(status: number, body: unknown): HttpResult {
  return {
    kind: 'answer',
    status,
    headers: {},
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

function thrown(details: string, name = 'Error'): HttpResult {
  return answer(500, { statusCode: 500, exception: { message: `2 UNKNOWN: ${details}`, details, name } });
}

describe('an answer of success', () => {
  const id = 'true_5215512345678@c.us_3EB0B1';

  it.each([
    ['GOWS', { id, _data: {} }],
    ['WEBJS', { _data: {}, id: { fromMe: true, id: '3EB0B1', _serialized: id } }],
    ['NOWEB', { key: { remoteJid: '5215512345678@s.whatsapp.net', fromMe: true, id: '3EB0B1' }, status: 1 }],
  ])('names the message as %s does', (_engine, body) => {
    expect(wahaOutcome(answer(201, body), SEND)).toEqual({ kind: 'accepted', providerId: '3EB0B1' });
  });

  it('tells the number under which WhatsApp knows the person, where it is another', () => {
    const body = { key: { remoteJid: '525512345678:4@s.whatsapp.net', id: '3EB0B1' } };
    expect(wahaOutcome(answer(201, body), SEND)).toEqual({
      kind: 'accepted',
      providerId: '3EB0B1',
      alias: '525512345678',
    });
    const hidden = answer(201, { id: 'true_99988877766655@lid_3EB0B1' });
    expect(wahaOutcome(hidden, SEND)).toEqual({ kind: 'accepted', providerId: '3EB0B1' });
  });

  it('without a body is one under the id that was set, or under none where the engine gives its own', () => {
    expect(wahaOutcome(answer(201, ''), SEND)).toEqual({ kind: 'accepted', providerId: SEND.presetId });
    expect(wahaOutcome(answer(201, ''), { ...SEND, keepsPresetIds: false })).toEqual({
      kind: 'accepted',
      providerId: null,
    });
  });

  it.each([
    [200, ''],
    [201, '{'],
    [201, { ok: true }],
    [201, { id: '' }],
    [201, null],
  ])('that is none of WAHA is not known for one: %i %j', (status, body) => {
    expect(wahaOutcome(answer(status, body), SEND)).toMatchObject({ kind: 'unknown', code: 'bad_answer' });
  });
});

describe('an answer of failure', () => {
  it('of a proxy proves nothing, whatever its status', () => {
    for (const status of [400, 403, 404, 408, 409, 422, 500, 502, 503, 504, 302]) {
      expect(wahaOutcome(answer(status, '<html>'), SEND)).toMatchObject({ kind: 'unknown' });
    }
  });

  it('of an engine says what WhatsApp said, in the form without details too', () => {
    const body = { statusCode: 500, exception: { message: 'server returned error 463', name: 'Error' } };
    expect(wahaOutcome(answer(500, body), SEND)).toMatchObject({
      kind: 'blocked',
      failureClass: 'account_stop',
    });
  });

  it.each([
    'batch 1: server returned error 400',
    'failed to get device list: server returned error 463',
    'server returned error 500',
    'server returned error 4630',
    'Evaluation failed: a',
  ])('of an engine that is not WhatsApp refusing this message proves nothing: %s', (details) => {
    expect(wahaOutcome(thrown(details), SEND)).toMatchObject({ kind: 'unknown', code: 'http_500' });
  });

  it('to fetch the file proves that nothing was sent, of a message with a file alone', () => {
    const result = thrown('Request failed with status code 403', 'AxiosError');
    expect(wahaOutcome(result, { ...SEND, isMedia: true })).toMatchObject({
      kind: 'retryable',
      failureClass: 'transient_media',
    });
    expect(wahaOutcome(result, SEND)).toMatchObject({ kind: 'unknown' });
  });

  it('with a session that is not there in an older version is one of the set-up', () => {
    const message = "WAHA Core support only 'default' session.";
    expect(wahaOutcome(answer(422, { statusCode: 422, message }), SEND)).toMatchObject({
      kind: 'blocked',
      failureClass: 'permanent_config',
    });
  });

  it('with a message that cannot be sent so fails this message', () => {
    const message = 'Either "file.url" or "file.data" must be specified.';
    expect(wahaOutcome(answer(422, { statusCode: 422, message }), SEND)).toMatchObject({
      kind: 'rejected',
      failureClass: 'permanent_message',
    });
  });

  it('never repeats what WAHA wrote: it holds the whole request', () => {
    for (const details of [
      'no LID found for 5215512345678@s.whatsapp.net from server',
      'jid 5215512345678',
    ]) {
      expect(JSON.stringify(wahaOutcome(thrown(details), SEND))).not.toContain('5512345678');
    }
  });
});

describe('a call without an answer', () => {
  it.each([
    [false, 'ECONNREFUSED', 'unavailable'],
    [false, 'CERT_HAS_EXPIRED', 'blocked'],
    [true, 'ECONNRESET', 'unknown'],
  ])('begun %s with %s is %s', (began, code, kind) => {
    const fault = callFault(Object.assign(new Error(), { code }), began);
    expect(wahaOutcome({ kind: 'failure', fault }, SEND)).toMatchObject({ kind });
  });
});
