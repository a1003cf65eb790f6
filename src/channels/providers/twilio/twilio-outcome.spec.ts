import { describe, expect, it } from 'vitest';
import { callFault, DEADLINE_AFTER_SENDING } from '../http/call-faults.js';
import type { HttpAnswer, HttpHeaders } from '../http/http-result.js';
import { twilioOutcome } from './twilio-outcome.js';

const SM = 'SM0123456789abcdef0123456789ABCDEF';

function answer(status: number, body: unknown, headers: HttpHeaders = {}): HttpAnswer {
  return { kind: 'answer', status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

function refusal(status: number, code: number | string, headers: HttpHeaders = {}): HttpAnswer {
  return answer(status, { code, message: 'to whatsapp:+5215512345678', more_info: '…', status }, headers);
}

function outcomeOf(result: HttpAnswer, correlationId = '12:7:1') {
  return twilioOutcome(result, correlationId);
}

describe('a whole answer', () => {
  it.each([SM, SM.replace('SM', 'MM')])('that holds the SID %s is an acceptance', (sid) => {
    expect(outcomeOf(answer(201, { sid, status: 'queued', code: null }))).toEqual({
      kind: 'accepted',
      providerId: sid,
    });
  });

  it.each([
    '',
    '{',
    '[]',
    'null',
    '{"sid":""}',
    '{"sid":7}',
    '{"sid":"SM1"}',
    '<html>',
    '{"code":21211,"status":400}',
  ])('of status 201 without one (%s) is unknown', (body) => {
    expect(outcomeOf(answer(201, body))).toMatchObject({
      kind: 'unknown',
      code: 'bad_answer',
      speaksOfHealth: true,
    });
  });

  it.each([301, 302, 307, 308])('of status %i is unknown: nothing was followed', (status) => {
    expect(outcomeOf(answer(status, ''))).toMatchObject({ kind: 'unknown', code: 'redirect' });
  });

  it.each([500, 502, 503, 504])('of status %i is unknown whatever its body says', (status) => {
    expect(outcomeOf(answer(status, '<html>'))).toMatchObject({ kind: 'unknown', code: `http_${status}` });
    for (const code of [20429, 21211, 20003]) {
      expect(outcomeOf(refusal(status, code))).toMatchObject({ kind: 'unknown', code: String(code) });
    }
  });
});

describe('a refusal whose code is not in the table', () => {
  it.each([
    [400, { kind: 'rejected', failureClass: 'permanent_message' }],
    [401, { kind: 'blocked', failureClass: 'auth_stop' }],
    [403, { kind: 'blocked', failureClass: 'account_stop' }],
    [404, { kind: 'rejected', failureClass: 'permanent_message' }],
    [409, { kind: 'rejected', failureClass: 'permanent_message' }],
    [429, { kind: 'throttled', scope: 'app', retryAfterMs: 2000 }],
  ])('goes by its status %i', (status, wanted) => {
    const outcome = outcomeOf(refusal(status, 99_999));
    expect(outcome).toMatchObject({ ...wanted, code: '99999' });
    expect(JSON.stringify(outcome)).not.toContain('5512345678');
  });

  it('is read from problem details as well, and from codes that are written as text', () => {
    const problem = { type: 'about:blank', title: 'Bad', status: 400, code: 21211, detail: 'x' };
    expect(outcomeOf(answer(400, problem))).toMatchObject({ kind: 'rejected', code: '21211' });
    expect(outcomeOf(refusal(400, '21211'))).toMatchObject({ failureClass: 'permanent_recipient' });
  });

  it('without an envelope is unknown, but for the statuses that are refusals by definition', () => {
    expect(outcomeOf(answer(400, '<html>'))).toMatchObject({ kind: 'unknown', code: 'http_400' });
    expect(outcomeOf(answer(404, 'x'))).toMatchObject({ kind: 'unknown', speaksOfHealth: true });
    expect(outcomeOf(answer(403, '{"code":1}'))).toMatchObject({ kind: 'unknown' });
    expect(outcomeOf(answer(429, ''))).toMatchObject({ kind: 'throttled', scope: 'app' });
    expect(outcomeOf(answer(401, ''))).toMatchObject({ kind: 'blocked', failureClass: 'auth_stop' });
  });
});

describe('how long to wait', () => {
  it('is what Retry-After says, and else the default of the code', () => {
    expect(outcomeOf(refusal(429, 20429, { 'retry-after': '30' }))).toMatchObject({ retryAfterMs: 30_000 });
    expect(outcomeOf(refusal(429, 20429))).toMatchObject({ retryAfterMs: 2_000 });
    expect(outcomeOf(refusal(400, 21611))).toMatchObject({ retryAfterMs: 60_000 });
    expect(outcomeOf(refusal(400, 63026))).toMatchObject({ retryAfterMs: 3_600_000 });
  });

  it('is the rest of the day where the messages of the day are spent', () => {
    const outcome = outcomeOf(refusal(429, 63038));
    const endsAtMs = outcome.kind === 'throttled' ? Date.now() + outcome.retryAfterMs : 0;
    const untilMidnight = endsAtMs % 86_400_000;
    expect(Math.min(untilMidnight, 86_400_000 - untilMidnight)).toBeLessThan(10_000);
  });
});

describe('a file that Twilio could not fetch', () => {
  it('is tried once more, and then is not there', () => {
    const refused = refusal(400, 63019);
    expect(outcomeOf(refused)).toMatchObject({
      kind: 'retryable',
      failureClass: 'transient_media',
      retryAfterMs: 60_000,
    });
    for (const correlationId of ['12:7:2', '12:1:11']) {
      expect(outcomeOf(refused, correlationId)).toMatchObject({
        kind: 'rejected',
        failureClass: 'permanent_message',
      });
    }
  });
});

describe('no whole answer', () => {
  it('before the first byte proves that nothing was sent', () => {
    const refused = callFault(
      Object.assign(new Error(), { code: 'ECONNREFUSED', syscall: 'connect' }),
      false,
    );
    expect(twilioOutcome({ kind: 'failure', fault: refused }, '1:1:1')).toMatchObject({
      kind: 'unavailable',
    });
  });

  it('after the first byte proves nothing', () => {
    const outcome = twilioOutcome({ kind: 'failure', fault: DEADLINE_AFTER_SENDING }, '1:1:1');
    expect(outcome).toMatchObject({ kind: 'unknown', code: 'timeout', speaksOfHealth: true });
  });

  it('for a wrong certificate holds the channel', () => {
    const expired = callFault(Object.assign(new Error(), { code: 'CERT_HAS_EXPIRED' }), false);
    expect(twilioOutcome({ kind: 'failure', fault: expired }, '1:1:1')).toMatchObject({
      kind: 'blocked',
      failureClass: 'permanent_config',
    });
  });
});
