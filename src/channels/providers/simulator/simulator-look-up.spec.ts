import { describe, expect, it } from 'vitest';
import type { HttpResult } from '../http/http-result.js';
import type { LookUpQuestion } from '../provider.js';
import { lookUpAnswer } from './simulator-look-up.js';

const QUESTION: LookUpQuestion = {
  recipient: '+5215512345678',
  correlationId: '1:1:1',
  attempt: 1,
  begunAt: new Date(1000),
  overBy: new Date(5000),
};

function answered(body: unknown, status = 200): HttpResult {
  return {
    kind: 'answer',
    status,
    headers: {},
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

function found(over: object) {
  const message = { id: 'wamid.A', status: 'accepted', accepted_at_ms: 2000, ...over };
  return answered({ complete_from_ms: 0, complete_until_ms: 3000, message });
}

describe('the answer to a look-up', () => {
  it.each(['accepted', 'sent', 'delivered', 'read'] as const)('finds what is %s', (status) => {
    expect(lookUpAnswer(found({ status }), QUESTION)).toEqual({
      kind: 'found',
      status,
      providerId: 'wamid.A',
      at: new Date(2000),
    });
  });

  it('brings the code of what failed', () => {
    const answer = lookUpAnswer(found({ status: 'failed', error_code: 131026 }), QUESTION);
    expect(answer).toMatchObject({ kind: 'found', status: 'failed', code: '131026' });
  });

  it('proves an absence only where the provider vouches for the whole time of the call', () => {
    const about = (from: number, until: number) =>
      lookUpAnswer(answered({ complete_from_ms: from, complete_until_ms: until, message: null }), QUESTION);
    expect(about(1000, 5000)).toEqual({ kind: 'absent' });
    expect(about(0, 4999)).toMatchObject({ kind: 'unsure', code: 'not_visible_yet' });
    expect(about(1001, 6000)).toMatchObject({ kind: 'unsure', code: 'forgotten' });
  });

  it.each<[string, HttpResult]>([
    ['another status', answered({}, 500)],
    ['no JSON', answered('<html>')],
    ['no word of completeness', answered({ message: null })],
    ['no message at all', answered({ complete_from_ms: 0, complete_until_ms: 9000 })],
    ['a status that nobody knows', found({ status: 'queued' })],
    ['an empty id', found({ id: '' })],
  ])('is not sure of %s', (_what, result) => {
    expect(lookUpAnswer(result, QUESTION).kind).toBe('unsure');
  });
});
