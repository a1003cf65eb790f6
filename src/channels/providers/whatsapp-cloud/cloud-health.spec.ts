import { describe, expect, it } from 'vitest';
import { callFault } from '../http/call-faults.js';
import type { HttpAnswer } from '../http/http-result.js';
import { cloudHealth } from './cloud-health.js';

function answer(status: number, body: unknown): HttpAnswer {
  return {
    kind: 'answer',
    status,
    headers: {},
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

describe('the health of a Cloud API channel', () => {
  it('is connected when Meta describes the number', () => {
    expect(cloudHealth(answer(200, { id: '1', quality_rating: 'GREEN' }))).toEqual({
      connection: 'connected',
    });
  });

  it.each([
    [190, 'accessToken'],
    [100, 'phoneNumberId'],
    [2500, 'apiVersion'],
    [10, 'permission'],
  ])('with code %i says that %s is wrong', (code, word) => {
    const health = cloudHealth(answer(400, { error: { code } }));
    expect(health).toMatchObject({ connection: 'disconnected' });
    expect(health.reason).toContain(word);
  });

  it.each(['PENDING', 'DISCONNECTED', 'MIGRATED', 'BANNED', 'RESTRICTED'])(
    'is disconnected while Meta calls the number %s, and says what to do',
    (status) => {
      const health = cloudHealth(answer(200, { id: '1', status }));
      expect(health).toMatchObject({ connection: 'disconnected' });
      expect(health.reason).toMatch(/WhatsApp Manager|Business Support Home|phoneNumberId/);
    },
  );

  it.each(['CONNECTED', 'FLAGGED', 'A_WORD_OF_TOMORROW', undefined])(
    'is connected while it calls it %s',
    (status) => {
      expect(cloudHealth(answer(200, { id: '1', status }))).toEqual({ connection: 'connected' });
    },
  );

  it('says why a token is not taken any more', () => {
    const expired = cloudHealth(answer(401, { error: { code: 190, error_subcode: 463 } }));
    expect(expired.reason).toMatch(/has expired.*System User.*accessToken/);
  });

  it('is not known while Meta has trouble or asks to wait', () => {
    expect(cloudHealth(answer(503, '<html>'))).toMatchObject({ connection: 'unknown' });
    expect(cloudHealth(answer(400, { error: { code: 80007 } }))).toMatchObject({ connection: 'unknown' });
  });

  it('says that something else answered, or nothing', () => {
    expect(cloudHealth(answer(404, '<html>')).reason).toContain('baseUrl');
    const fault = callFault(Object.assign(new Error(), { code: 'ENOTFOUND' }), false);
    expect(cloudHealth({ kind: 'failure', fault })).toEqual({
      connection: 'disconnected',
      reason: "The provider's host name could not be resolved.",
    });
  });
});
