import { describe, expect, it } from 'vitest';
import { MESSAGE_STATES, type MessageState } from '../ledger/message-state.js';
import { taskResult, taskStatus, type TaskMessage } from './task.js';

const MESSAGE: TaskMessage = {
  state: 'pending',
  tries: 0,
  recipient: '+525512345678',
  code: null,
  trail: null,
  providerId: null,
};

describe('the status of a task', () => {
  it('has a word for every state of a message', () => {
    const words = Object.fromEntries(MESSAGE_STATES.map((state) => [state, taskStatus(state, 0)]));
    expect(words).toEqual({
      pending: 'PENDING',
      inflight: 'STARTED',
      accepted: 'SUCCESS',
      sent: 'SUCCESS',
      delivered: 'SUCCESS',
      read: 'SUCCESS',
      failed: 'FAILURE',
      skipped: 'FAILURE',
      cancelled: 'FAILURE',
      unknown: 'UNKNOWN',
      unconfirmed: 'UNKNOWN',
    });
  });

  it('tells one that waits for another try from one that was never tried', () => {
    expect(taskStatus('pending', 1)).toBe('RETRY');
    expect(taskStatus('inflight', 1)).toBe('STARTED');
  });
});

describe('the result of a task', () => {
  it.each(['pending', 'inflight'] satisfies MessageState[])('is not there while it is %s', (state) => {
    expect(taskResult({ ...MESSAGE, state })).toBeNull();
  });

  it("has the provider's id once the message was taken", () => {
    expect(taskResult({ ...MESSAGE, state: 'delivered', providerId: 'wamid.1' })).toEqual({
      success: true,
      phone: '+525512345678',
      providerMessageId: 'wamid.1',
      error: null,
    });
  });

  it('says what the provider said of a refusal', () => {
    const refused = { ...MESSAGE, state: 'failed', code: '131026', trail: 'Not on WhatsApp.' } as const;
    expect(taskResult(refused)).toMatchObject({
      success: false,
      error: { code: '131026', text: 'Not on WhatsApp.' },
    });
  });

  it('says in words why one was not sent at all', () => {
    const skipped = taskResult({ ...MESSAGE, state: 'skipped', code: 'suppressed' });
    expect(skipped).toMatchObject({ success: false, error: { code: 'suppressed' } });
    expect(skipped?.error?.text).toContain('opted out');
  });

  it('claims neither success nor failure of what nobody can tell', () => {
    const lost = { ...MESSAGE, state: 'unknown', code: 'timeout', trail: 'No answer came.' } as const;
    expect(taskResult(lost)).toMatchObject({ success: null, error: { code: 'timeout' } });
  });
});
