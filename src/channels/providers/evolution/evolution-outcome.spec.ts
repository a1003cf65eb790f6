import { describe, expect, it } from 'vitest';
import { callFault, DEADLINE_AFTER_SENDING, DEADLINE_BEFORE_SENDING } from '../http/call-faults.js';
import type { HttpAnswer } from '../http/http-result.js';
import { evolutionOutcome } from './evolution-outcome.js';

const RECIPIENT = '+525512345678';

function answer(status: number, body: unknown): HttpAnswer {
  return {
    kind: 'answer',
    status,
    headers: {},
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

function outcomeOf(result: HttpAnswer) {
  return evolutionOutcome(result, RECIPIENT);
}

function accepted(key: object): HttpAnswer {
  return answer(201, { key, pushName: 'Você', status: 'PENDING', messageTimestamp: 1_763_800_000 });
}

describe('an answer that says OK', () => {
  it('with the id of a message is an acceptance', () => {
    const key = { remoteJid: '525512345678@s.whatsapp.net', fromMe: true, id: '3EB0AA' };
    expect(outcomeOf(accepted(key))).toEqual({ kind: 'accepted', providerId: '3EB0AA' });
  });

  it('gives the number that Evolution made of ours', () => {
    const key = { remoteJid: '5215512345678@s.whatsapp.net', fromMe: true, id: '3EB0AA' };
    expect(outcomeOf(accepted(key))).toMatchObject({ kind: 'accepted', alias: '5215512345678' });
  });

  it('gives no alias where the chat is named by a hidden id', () => {
    expect(outcomeOf(accepted({ remoteJid: '123456789@lid', id: 'A' }))).toEqual({
      kind: 'accepted',
      providerId: 'A',
    });
  });

  it.each([
    '',
    '{',
    '[]',
    'null',
    '{"key":{}}',
    '{"key":{"id":""}}',
    '{"key":{"id":7}}',
    '<html>',
    '{"status":"x"}',
  ])('without one (%s) is unknown', (body) => {
    expect(outcomeOf(answer(201, body))).toMatchObject({ kind: 'unknown', code: 'bad_answer' });
  });

  it.each([
    [131026, { kind: 'rejected', failureClass: 'permanent_recipient' }],
    [131047, { kind: 'rejected', failureClass: 'window_closed' }],
    [132001, { kind: 'rejected', failureClass: 'permanent_config' }],
    [130429, { kind: 'throttled', scope: 'number' }],
    [131056, { kind: 'throttled', scope: 'pair' }],
    [368, { kind: 'blocked', failureClass: 'account_stop' }],
    [131000, { kind: 'unknown' }],
    [2, { kind: 'unknown' }],
  ])('and holds an error of Meta (%i) is what that means there', (code, expected) => {
    const body = { message: `(#${code}) 525512345678`, type: 'OAuthException', code, fbtrace_id: 'x' };
    expect(outcomeOf(answer(201, body))).toMatchObject({ ...expected, code: String(code) });
  });

  it('and holds an error of Meta about the token speaks of the instance, which has it', () => {
    expect(outcomeOf(answer(201, { message: 'expired', code: 190 }))).toMatchObject({
      kind: 'blocked',
      failureClass: 'auth_stop',
      reason: 'Meta did not accept the token of the instance (code 190); give the instance another one.',
    });
  });
});

describe('no whole answer', () => {
  it('before the first byte proves that nothing was sent', () => {
    expect(evolutionOutcome({ kind: 'failure', fault: DEADLINE_BEFORE_SENDING }, RECIPIENT).kind).toBe(
      'unavailable',
    );
    const expired = callFault(Object.assign(new Error(), { code: 'CERT_HAS_EXPIRED' }), false);
    expect(evolutionOutcome({ kind: 'failure', fault: expired }, RECIPIENT)).toMatchObject({
      kind: 'blocked',
      failureClass: 'permanent_config',
    });
  });

  it('after the first byte proves nothing', () => {
    expect(evolutionOutcome({ kind: 'failure', fault: DEADLINE_AFTER_SENDING }, RECIPIENT)).toMatchObject({
      kind: 'unknown',
      code: 'timeout',
    });
  });
});
