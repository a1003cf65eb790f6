import { describe, expect, it } from 'vitest';
import type { HttpAnswer, HttpHeaders } from '../http/http-result.js';
import { evolutionOutcome } from './evolution-outcome.js';

function answer(status: number, body: unknown, headers: HttpHeaders = {}): HttpAnswer {
  return { kind: 'answer', status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

/** In the envelope of Evolution. */
function refusal(status: number, message: unknown): HttpAnswer {
  return answer(status, { status, error: 'An error', response: { message } });
}

function outcomeOf(result: HttpAnswer) {
  return evolutionOutcome(result, '+525512345678');
}

describe('a refusal that proves that nothing was sent', () => {
  const NOBODY = { exists: false, jid: '525512345678@s.whatsapp.net', number: '525512345678' };

  it.each([
    ['a number without an account', 400, [NOBODY], 'rejected', 'permanent_recipient', 'not_on_whatsapp'],
    ['the same, one level deeper', 400, [[NOBODY]], 'unknown', undefined, 'http_400'],
    [
      'a body that lacks a field',
      400,
      [['instance requires property "text"']],
      'rejected',
      'permanent_message',
      'bad_message',
    ],
    ['several faults of a body', 400, [['a', 'b']], 'rejected', 'permanent_message', 'bad_message'],
    ['an empty text', 400, ['Text is required'], 'rejected', 'permanent_message', 'bad_message'],
    [
      'a link that is none',
      400,
      ['Owned media must be a url or base64'],
      'rejected',
      'permanent_message',
      'bad_message',
    ],
    [
      'a session without connection, thrown while sending',
      400,
      ['Error: Connection Closed'],
      'blocked',
      'session_down',
      'session_down',
    ],
    [
      'a session without connection, while the number was looked for',
      500,
      'Connection Closed',
      'blocked',
      'session_down',
      'session_down',
    ],
    [
      'a session without connection, while a file was uploaded',
      500,
      ['Error: Connection Closed'],
      'blocked',
      'session_down',
      'session_down',
    ],
    [
      'an instance that was not started',
      500,
      "Cannot read properties of undefined (reading 'textMessage')",
      'blocked',
      'session_down',
      'instance_not_started',
    ],
    [
      'an instance without a client',
      500,
      "Cannot read properties of undefined (reading 'onWhatsApp')",
      'blocked',
      'session_down',
      'instance_not_started',
    ],
    [
      'an instance that lost its client',
      400,
      ["TypeError: Cannot read properties of null (reading 'sendMessage')"],
      'blocked',
      'session_down',
      'instance_not_started',
    ],
    ['lost keys', 400, ['SessionError: No sessions'], 'retryable', 'session_down', 'session_error'],
    [
      'lost keys, in other words',
      500,
      ['SessionError: No session record'],
      'retryable',
      'session_down',
      'session_error',
    ],
    [
      'an upload that failed, thrown while sending',
      400,
      ['Error: Media upload failed on all hosts'],
      'retryable',
      'transient_media',
      'media_upload',
    ],
    [
      'an upload that failed before',
      500,
      ['Error: Media upload failed on all hosts'],
      'retryable',
      'transient_media',
      'media_upload',
    ],
    [
      'a file that could not be fetched',
      500,
      ['Error: Failed to fetch stream from https://x'],
      'retryable',
      'transient_media',
      'media_fetch',
    ],
    [
      'a file that its host refused',
      500,
      ['AxiosError: Request failed with status code 403'],
      'retryable',
      'transient_media',
      'media_fetch',
    ],
    [
      'a voice message that its host refused',
      500,
      'Request failed with status code 404',
      'retryable',
      'transient_media',
      'media_fetch',
    ],
    [
      'a file that is no sound',
      500,
      ['Failed to convert audio'],
      'rejected',
      'permanent_message',
      'media_convert',
    ],
    [
      'a template for a phone',
      500,
      'Method not available in the Baileys service',
      'rejected',
      'permanent_config',
      'no_templates',
    ],
    [
      'an instance that is not there',
      404,
      ['The "ventas" instance does not exist'],
      'blocked',
      'permanent_config',
      'instance_missing',
    ],
    [
      'a call that is not there',
      404,
      ['Cannot POST /message/sendText/ventas'],
      'blocked',
      'permanent_config',
      'no_such_path',
    ],
    ['a wrong key', 401, 'Unauthorized', 'blocked', 'auth_stop', 'http_401'],
    ['too many questions', 500, 'rate-overlimit', 'throttled', undefined, 'rate_overlimit'],
    [
      'too many questions, while sending',
      400,
      ['Error: rate-overlimit'],
      'throttled',
      undefined,
      'rate_overlimit',
    ],
  ])('%s', (_title, status, message, kind, failureClass, code) => {
    const outcome = outcomeOf(refusal(status, message));
    expect(outcome).toMatchObject({ kind, code, ...(failureClass === undefined ? {} : { failureClass }) });
    expect(JSON.stringify(outcome)).not.toContain('5512345678');
  });

  it('a key that a proxy refuses, or a proxy that finds us too fast', () => {
    expect(outcomeOf(answer(401, '<html>'))).toMatchObject({ kind: 'blocked', failureClass: 'auth_stop' });
    expect(outcomeOf(answer(429, '', { 'retry-after': '7' }))).toMatchObject({
      kind: 'throttled',
      retryAfterMs: 7000,
    });
    expect(outcomeOf(answer(429, ''))).toMatchObject({
      kind: 'throttled',
      scope: 'number',
      retryAfterMs: 60_000,
    });
  });

  it('a server that is not activated', () => {
    const body = { error: 'service not activated', code: 'LICENSE_REQUIRED', message: 'Open …' };
    expect(outcomeOf(answer(503, body))).toMatchObject({ kind: 'blocked', failureClass: 'account_stop' });
  });
});

describe('an error that proves nothing', () => {
  it.each([
    ['its database, behind the sending', 400, ['PrismaClientKnownRequestError: Unique constraint failed']],
    [
      'a message that was sent and not returned',
      400,
      ["TypeError: Cannot read properties of undefined (reading 'message')"],
    ],
    ['any other member', 500, "Cannot read properties of undefined (reading 'id')"],
    ['an answer that could not be written', 500, 'Do not know how to serialize a BigInt'],
    ['a socket that did not take the message in time', 400, ['Error: Timed Out']],
    ['a connection that went in the middle', 400, ['Error: Connection Terminated']],
    ['words around the proof', 400, ['Error: Connection Closed by something else']],
    ['a service that was asked behind the sending', 400, ['AxiosError: Request failed with status code 401']],
    ['a missing instance under another status', 400, ['The "ventas" instance does not exist']],
    ['an account under another status', 500, [{ exists: false }]],
    ['a text where a list is expected', 400, 'instance requires property "text"'],
    ['a list with nothing in it', 400, [[]]],
    ['no message', 400, undefined],
    ['words that are new', 403, ['Forbidden']],
    ['words that are new, too', 404, ['Group not found']],
  ])('%s', (_title, status, message) => {
    expect(outcomeOf(refusal(status, message))).toMatchObject({
      kind: 'unknown',
      code: `http_${status}`,
      speaksOfHealth: true,
    });
  });

  it.each([400, 403, 404, 500, 502, 503, 504])('status %i without the envelope of Evolution', (status) => {
    expect(outcomeOf(answer(status, '<html>Connection Closed</html>'))).toMatchObject({ kind: 'unknown' });
    const foreign = { status: 418, response: { message: ['Error: Connection Closed'] } };
    expect(outcomeOf(answer(status, foreign))).toMatchObject({ kind: 'unknown' });
  });

  it.each([301, 302, 307, 308])('a redirect (%i), which is not followed', (status) => {
    expect(outcomeOf(answer(status, ''))).toMatchObject({ kind: 'unknown', code: 'redirect' });
  });
});
