import { describe, expect, it } from 'vitest';
import { callFault, DEADLINE_AFTER_SENDING, DEADLINE_BEFORE_SENDING } from '../http/call-faults.js';
import type { HttpAnswer, HttpHeaders } from '../http/http-result.js';
import { cloudOutcome } from './cloud-outcome.js';

const RECIPIENT = '+5215512345678';

function answer(status: number, body: unknown, headers: HttpHeaders = {}): HttpAnswer {
  return { kind: 'answer', status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

function refusal(
  status: number,
  code: number | string,
  more: object = {},
  headers: HttpHeaders = {},
): HttpAnswer {
  return answer(
    status,
    { error: { message: `(#${code}) +5215512345678`, type: 'OAuthException', code, ...more } },
    headers,
  );
}

function outcomeOf(result: HttpAnswer) {
  return cloudOutcome(result, RECIPIENT);
}

describe('a whole answer', () => {
  it('that holds a message id is an acceptance', () => {
    const body = { contacts: [{ input: RECIPIENT, wa_id: '5215512345678' }], messages: [{ id: 'wamid.A' }] };
    expect(outcomeOf(answer(200, body))).toEqual({ kind: 'accepted', providerId: 'wamid.A' });
  });

  it('gives the name by which WhatsApp knows the person, where it is another', () => {
    const body = {
      contacts: [{ wa_id: '525512345678' }],
      messages: [{ id: 'wamid.A', message_status: 'accepted' }],
    };
    expect(outcomeOf(answer(200, body))).toEqual({
      kind: 'accepted',
      providerId: 'wamid.A',
      alias: '525512345678',
    });
  });

  it.each([
    '',
    '{',
    '[]',
    'null',
    '{"messages":[]}',
    '{"messages":[{"id":""}]}',
    '{"messages":[{"id":7}]}',
    '<html>',
    '{"error":{"code":131026}}',
  ])('of status 200 without a message id (%s) is unknown', (body) => {
    expect(outcomeOf(answer(200, body))).toMatchObject({
      kind: 'unknown',
      code: 'bad_answer',
      speaksOfHealth: true,
    });
  });

  it.each([301, 302, 307, 308])(
    'of status %i is unknown: nothing was followed, and nothing proves a refusal',
    (status) => {
      expect(outcomeOf(answer(status, ''))).toMatchObject({ kind: 'unknown', code: 'redirect' });
    },
  );

  it.each([500, 502, 503, 504])('of status %i is unknown whatever its body says', (status) => {
    expect(outcomeOf(answer(status, '<html>bad gateway</html>'))).toMatchObject({
      kind: 'unknown',
      code: `http_${status}`,
      speaksOfHealth: true,
    });
    expect(outcomeOf(refusal(status, 131026))).toMatchObject({ kind: 'unknown', code: '131026' });
    expect(outcomeOf(refusal(status, 130429))).toMatchObject({ kind: 'unknown' });
    expect(outcomeOf(refusal(status, 131057))).toMatchObject({ kind: 'unknown' });
  });
});

describe('a refusal', () => {
  it.each([1, 2, 131000, 131016])('with code %i cannot be told from a fault after the acceptance', (code) => {
    expect(outcomeOf(refusal(400, code))).toMatchObject({ kind: 'unknown', speaksOfHealth: true });
  });

  it('with a code that is not known but called transient is unknown', () => {
    expect(outcomeOf(refusal(400, 999_999, { is_transient: true }))).toMatchObject({ kind: 'unknown' });
  });

  it('with a code that is not known is final, and keeps the code', () => {
    expect(outcomeOf(refusal(400, 999_999))).toMatchObject({
      kind: 'rejected',
      failureClass: 'permanent_message',
      code: '999999',
    });
  });

  it.each([
    [131026, 'permanent_recipient'],
    [131047, 'window_closed'],
    [131049, 'deferred_recipient'],
    [132001, 'permanent_config'],
    [131009, 'permanent_message'],
  ])('with code %i fails the message as %s', (code, failureClass) => {
    expect(outcomeOf(refusal(400, code))).toMatchObject({
      kind: 'rejected',
      failureClass,
      code: String(code),
    });
  });

  it('of a person who stopped marketing asks to suppress them', () => {
    expect(outcomeOf(refusal(400, 131050))).toMatchObject({ kind: 'rejected', suppress: true });
    expect(outcomeOf(refusal(400, 131026))).not.toHaveProperty('suppress');
  });

  it.each([
    [190, 'auth_stop'],
    [10, 'auth_stop'],
    [200, 'auth_stop'],
    [368, 'account_stop'],
    [131042, 'account_stop'],
  ])('with code %i blocks the channel as %s', (code, failureClass) => {
    expect(outcomeOf(refusal(400, code))).toMatchObject({ kind: 'blocked', failureClass });
  });

  it('of the sending number itself blocks the channel instead of failing everybody', () => {
    expect(outcomeOf(refusal(400, 100, { error_subcode: 33 }))).toMatchObject({
      kind: 'blocked',
      code: '100/33',
    });
    expect(outcomeOf(refusal(400, 100))).toMatchObject({
      kind: 'rejected',
      failureClass: 'permanent_message',
    });
  });

  it.each([
    [131057, 'transient'],
    [134101, 'transient'],
    [131053, 'transient_media'],
  ])('with code %i may be tried again, as documented', (code, failureClass) => {
    expect(outcomeOf(refusal(400, code))).toMatchObject({ kind: 'retryable', failureClass });
  });

  it.each([
    [400, 130429, 'number'],
    [403, 130429, 'number'],
    [429, 130429, 'number'],
    [400, 131048, 'number'],
    [400, 131056, 'pair'],
    [400, 80007, 'app'],
    [400, 4, 'app'],
  ])('of HTTP %i with code %i throttles the %s', (status, code, scope) => {
    expect(outcomeOf(refusal(status, code))).toMatchObject({ kind: 'throttled', scope, code: String(code) });
  });

  it('reads codes that are written as text', () => {
    expect(outcomeOf(refusal(400, '131026'))).toMatchObject({ kind: 'rejected', code: '131026' });
  });

  it('without an envelope is unknown, but for the statuses that are refusals by definition', () => {
    expect(outcomeOf(answer(400, '<html>'))).toMatchObject({ kind: 'unknown', code: 'http_400' });
    expect(outcomeOf(answer(404, 'not here'))).toMatchObject({ kind: 'unknown', speaksOfHealth: true });
    expect(outcomeOf(answer(429, ''))).toMatchObject({
      kind: 'throttled',
      scope: 'number',
      retryAfterMs: 2000,
    });
    expect(outcomeOf(answer(401, ''))).toMatchObject({ kind: 'blocked', failureClass: 'auth_stop' });
  });

  it('never repeats what Meta wrote, which may hold the number', () => {
    for (const code of [100, 190, 130429, 131026, 999_999]) {
      expect(JSON.stringify(outcomeOf(refusal(400, code)))).not.toContain('5512345678');
    }
  });
});

describe('how long to wait', () => {
  it('is what Retry-After says', () => {
    expect(outcomeOf(refusal(429, 130429, {}, { 'retry-after': '30' }))).toMatchObject({
      retryAfterMs: 30_000,
    });
  });

  it('is else what the usage of the account estimates', () => {
    const usage = JSON.stringify({
      '102290129340398': [{ type: 'whatsapp', estimated_time_to_regain_access: 7 }],
    });
    expect(outcomeOf(refusal(400, 80007, {}, { 'x-business-use-case-usage': usage }))).toMatchObject({
      retryAfterMs: 420_000,
    });
  });

  it('is else the default of the code, and never more than a day', () => {
    expect(outcomeOf(refusal(400, 80007))).toMatchObject({ retryAfterMs: 60_000 });
    expect(outcomeOf(refusal(429, 130429, {}, { 'retry-after': '999999999' }))).toMatchObject({
      retryAfterMs: 86_400_000,
    });
    expect(outcomeOf(refusal(429, 130429, {}, { 'retry-after': 'soon' }))).toMatchObject({
      retryAfterMs: 2000,
    });
  });
});

describe('no whole answer', () => {
  it('before the first byte proves that nothing was sent', () => {
    const refused = callFault(
      Object.assign(new Error(), { code: 'ECONNREFUSED', syscall: 'connect' }),
      false,
    );
    expect(cloudOutcome({ kind: 'failure', fault: refused }, RECIPIENT)).toEqual({
      kind: 'unavailable',
      code: 'connect_refused',
      reason: 'The provider refused the connection; nothing was sent.',
      speaksOfHealth: true,
    });
    expect(cloudOutcome({ kind: 'failure', fault: DEADLINE_BEFORE_SENDING }, RECIPIENT).kind).toBe(
      'unavailable',
    );
  });

  it('after the first byte proves nothing', () => {
    const reset = callFault(Object.assign(new Error(), { code: 'ECONNRESET', syscall: 'read' }), true);
    expect(cloudOutcome({ kind: 'failure', fault: reset }, RECIPIENT)).toMatchObject({ kind: 'unknown' });
    expect(cloudOutcome({ kind: 'failure', fault: DEADLINE_AFTER_SENDING }, RECIPIENT)).toMatchObject({
      kind: 'unknown',
      code: 'timeout',
      speaksOfHealth: true,
    });
  });

  it('for a wrong certificate holds the channel: nothing mends itself there, and nothing was sent', () => {
    const expired = callFault(Object.assign(new Error(), { code: 'CERT_HAS_EXPIRED' }), false);
    expect(cloudOutcome({ kind: 'failure', fault: expired }, RECIPIENT)).toMatchObject({
      kind: 'blocked',
      failureClass: 'permanent_config',
    });
  });
});
