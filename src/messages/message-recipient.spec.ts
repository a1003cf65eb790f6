import { describe, expect, it } from 'vitest';
import { messageRecipient } from './message-recipient.js';

describe('messageRecipient', () => {
  it.each([
    ['+52 1 55 1234 5678', '+525512345678'],
    ['55 1234 5678', '+525512345678'],
  ])('takes %s for %s, as everywhere', (phone, recipient) => {
    expect(messageRecipient(phone, 'MX')).toMatchObject({ ok: true, recipient });
  });

  it.each([
    ['+52123456789', '+52123456789'],
    ['+52 (123) 456-789', '+52123456789'],
    ['0052123456789', '+52123456789'],
  ])('leaves %s, which has a digit less than its country, to the provider', (phone, recipient) => {
    expect(messageRecipient(phone, 'MX')).toEqual({ ok: true, recipient });
  });

  it.each(['123', '123456789', '+1234567', '+0123456789', '+1234567890123456', 'Ana', ''])(
    'refuses %j, with the reason that it has everywhere',
    (phone) => {
      expect(messageRecipient(phone, 'MX')).toMatchObject({
        ok: false,
        reason: expect.any(String) as string,
      });
    },
  );
});
