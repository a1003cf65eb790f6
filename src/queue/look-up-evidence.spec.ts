import { describe, expect, it } from 'vitest';
import { evidenceOf } from './look-up-evidence.js';

const MESSAGE = { dispatchId: '7', seq: 3, attempt: 2 };
const AT = new Date('2026-03-01T10:00:00Z');

describe('what an answer about an unknown message settles', () => {
  it('is where the message is, and the id by which its statuses will name it', () => {
    const answer = { kind: 'found', status: 'delivered', providerId: 'wamid.A', at: AT } as const;
    expect(evidenceOf(answer, MESSAGE, 'channel', 0)).toEqual({
      ...MESSAGE,
      channelId: 'channel',
      state: 'delivered',
      at: AT,
      providerId: 'wamid.A',
      code: null,
      reason: null,
    });
  });

  it('is a failure with the code that the provider gives it', () => {
    const answer = { kind: 'found', status: 'failed', providerId: 'A', at: AT, code: '131026' } as const;
    expect(evidenceOf(answer, MESSAGE, 'channel', 0)).toMatchObject({ state: 'failed', code: '131026' });
  });

  it('is a failure, and never pending, where the provider proves that it did not take it', () => {
    expect(evidenceOf({ kind: 'absent' }, MESSAGE, 'channel', AT.getTime())).toMatchObject({
      state: 'failed',
      code: 'not_taken',
      providerId: null,
      at: AT,
    });
  });

  it('is nothing where the provider is not sure', () => {
    expect(evidenceOf({ kind: 'unsure', code: 'x', reason: 'y' }, MESSAGE, 'channel', 0)).toBeNull();
  });
});
