import { describe, expect, it } from 'vitest';
import type { HttpResult } from '../http/http-result.js';
import { wahaLookUp } from './waha-look-up.js';

const ID = '3EB0AAAAAAAAAAAAAAAAAA';
const begunAt = new Date('2026-11-22T10:00:00.000Z');
const MESSAGE = { id: `true_5215512345678@c.us_${ID}`, timestamp: 1_795_341_601, fromMe: true, ack: 1 };

function answer(status: number, body: unknown): HttpResult {
  return { kind: 'answer', status, headers: {}, body: JSON.stringify(body) };
}

function ask(body: unknown, status = 200) {
  return wahaLookUp(answer(status, body), ID, { begunAt });
}

describe('a look-up', () => {
  it.each([
    [0, 'accepted'],
    [1, 'sent'],
    [2, 'delivered'],
    [3, 'read'],
    [4, 'read'],
    [undefined, 'accepted'],
  ])('that shows the message with ack %s has found it as %s', (ack, status) => {
    expect(ask({ ...MESSAGE, ack })).toEqual({
      kind: 'found',
      status,
      providerId: ID,
      at: new Date('2026-11-22T10:00:01.000Z'),
    });
  });

  it('that shows it as failed says so with a sentence', () => {
    expect(ask({ ...MESSAGE, ack: -1 })).toMatchObject({
      kind: 'found',
      status: 'failed',
      code: 'ack_error',
      reason: expect.stringMatching(/\.$/),
    });
  });

  it('finds it in a chat of another name', () => {
    expect(ask({ ...MESSAGE, id: `true_99988877766655@lid_${ID}` })).toMatchObject({ kind: 'found' });
  });

  it.each([
    ['of somebody else', { ...MESSAGE, fromMe: false }],
    ['with another id', { ...MESSAGE, id: 'true_5215512345678@c.us_3EB0B1' }],
    ['from long before the call', { ...MESSAGE, timestamp: MESSAGE.timestamp - 3600 }],
    ['that is none', null],
  ])('that shows a message %s is not sure', (_what, body) => {
    expect(ask(body)).toMatchObject({ kind: 'unsure' });
  });

  it('that shows nothing never proves that nothing was sent', () => {
    const body = { message: 'Message not found', error: 'Not Found', statusCode: 404 };
    expect(ask(body, 404)).toMatchObject({ kind: 'unsure', code: 'not_found' });
  });
});
