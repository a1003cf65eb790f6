import { describe, expect, it } from 'vitest';
import { callFault } from '../http/call-faults.js';
import type { HttpAnswer } from '../http/http-result.js';
import { twilioHealth } from './twilio-health.js';

function answer(status: number, body: unknown): HttpAnswer {
  return {
    kind: 'answer',
    status,
    headers: {},
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

describe('the health of a Twilio channel', () => {
  it('is connected when Twilio describes what was asked for', () => {
    expect(twilioHealth(answer(200, { sid: 'AC1', status: 'active' }), 'account')).toEqual({
      connection: 'connected',
    });
    expect(twilioHealth(answer(200, { messages: [] }), 'messages')).toEqual({ connection: 'connected' });
    expect(twilioHealth(answer(200, { sid: 'MG1' }), 'service')).toEqual({ connection: 'connected' });
  });

  it.each(['suspended', 'closed'])('says that the account is %s', (status) => {
    expect(twilioHealth(answer(200, { sid: 'AC1', status }), 'account')).toEqual({
      connection: 'disconnected',
      reason: `The Twilio account is ${status}; see the Twilio Console.`,
    });
  });

  it.each([
    [answer(401, { code: 20003, status: 401 }), 'account', 'authToken'],
    [answer(401, ''), 'account', 'authToken'],
    [answer(404, { code: 20404, status: 404 }), 'account', 'accountSid'],
    [answer(404, { code: 20404, status: 404 }), 'service', 'messagingServiceSid'],
    [answer(200, '<html>'), 'account', 'baseUrl'],
    [answer(200, '<html>'), 'service', 'messagingBaseUrl'],
    [answer(403, { code: 99_999, status: 403 }), 'account', '99999'],
  ] as const)('names what is wrong: %j', (given, question, word) => {
    expect(twilioHealth(given, question)).toMatchObject({
      connection: 'disconnected',
      reason: expect.stringContaining(word) as string,
    });
  });

  it('is not known while Twilio has trouble or asks to wait', () => {
    expect(twilioHealth(answer(503, ''), 'account')).toMatchObject({ connection: 'unknown' });
    expect(twilioHealth(answer(429, { code: 20429, status: 429 }), 'account')).toMatchObject({
      connection: 'unknown',
    });
  });

  it('says that nobody answered', () => {
    const fault = callFault(Object.assign(new Error(), { code: 'ENOTFOUND' }), false);
    expect(twilioHealth({ kind: 'failure', fault }, 'account')).toEqual({
      connection: 'disconnected',
      reason: "The provider's host name could not be resolved.",
    });
  });
});
