import { describe, expect, it } from 'vitest';
import { chatIdOf, hiddenIdOfChat, messageIdPart, phoneOfChat, presetMessageId } from './waha-ids.js';

describe('the id of a message', () => {
  it.each([
    ['true_5215512345678@c.us_3EB0A1', '3EB0A1'],
    ['true_99988877766655@lid_3EB0A1', '3EB0A1'],
    ['false_120363402931855007@g.us_3EB0A1_5215512345678@c.us', '3EB0A1'],
    ['3EB0A1', '3EB0A1'],
  ])('of %s is the part that all of them share', (id, part) => {
    expect(messageIdPart(id)).toBe(part);
  });

  it.each([[''], ['true_5215512345678@c.us_'], ['a b'], [undefined], [7], ['x'.repeat(600)]])(
    'is not read from %j',
    (id) => {
      expect(messageIdPart(id)).toBeUndefined();
    },
  );

  it('that we set has the form of WhatsApp Web, and is the same after a crash', () => {
    const id = presetMessageId('c-1', '12:7:1', '+5215512345678');
    expect(id).toMatch(/^3EB0[0-9A-F]{18}$/);
    expect(presetMessageId('c-1', '12:7:1', '+5215512345678')).toBe(id);
  });

  it('that we set is another for each channel, attempt and person', () => {
    const ids = [
      presetMessageId('c-1', '12:7:1', '+5215512345678'),
      presetMessageId('c-2', '12:7:1', '+5215512345678'),
      presetMessageId('c-1', '12:7:2', '+5215512345678'),
      presetMessageId('c-1', '12:7:1', '+5215512345679'),
    ];
    expect(new Set(ids).size).toBe(4);
  });
});

describe('a chat', () => {
  it.each([
    ['+5215512345678', '5215512345678@c.us'],
    ['99988877766655@lid', '99988877766655@lid'],
    ['ana', undefined],
    ['US.1234', undefined],
    ['+52', undefined],
  ])('for the recipient %s is %s', (recipient, chatId) => {
    expect(chatIdOf(recipient)).toBe(chatId);
  });

  it.each([
    ['5215512345678@c.us', '5215512345678', undefined],
    ['5215512345678:12@s.whatsapp.net', '5215512345678', undefined],
    ['99988877766655:3@lid', undefined, '99988877766655@lid'],
    ['120363402931855007@g.us', undefined, undefined],
    [null, undefined, undefined],
  ])('%s is of a number, of a hidden person, or of neither', (chat, phone, hidden) => {
    expect([phoneOfChat(chat), hiddenIdOfChat(chat)]).toEqual([phone, hidden]);
  });
});
