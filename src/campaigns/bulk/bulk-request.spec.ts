import { describe, expect, it } from 'vitest';
import { DomainError } from '../../common/domain-error.js';
import { bulkRequestOf } from './bulk-request.js';

const RIGHT = { phone: '+525512345678', message: 'Hola' };

function faultsOf(body: unknown): { pointer: string; detail: string }[] {
  try {
    bulkRequestOf(body, 'MX');
  } catch (error) {
    if (error instanceof DomainError) return [...error.details.errors!];
    throw error;
  }
  return [];
}

const detailOf = (body: unknown): string => {
  try {
    bulkRequestOf(body, 'MX');
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

describe('bulkRequestOf', () => {
  it('reads what is there, fills in what is not, and ignores what it does not know', () => {
    expect(
      bulkRequestOf({ messages: [{ ...RIGHT, id: 1 }], delay: 5, name: null, channelId: null }, 'MX'),
    ).toEqual({
      name: 'Bulk of 1',
      channelId: null,
      category: 'marketing',
      messages: [{ recipient: '+525512345678', content: { type: 'text', text: 'Hola' }, variables: {} }],
    });
  });

  it('keeps of the variables those that the content has, under the key that rendering looks for', () => {
    const message = { phone: RIGHT.phone, message: '{{Nombre}} {{saldo|0}} {{vip|no}} {{Teléfono}}' };
    const variables = { NOMBRE: ' Ana ', saldo: 12.5, vip: '', otro: 'x' };
    expect(bulkRequestOf({ messages: [{ ...message, variables }] }, 'MX').messages[0]?.variables).toEqual({
      name: 'Ana',
      saldo: '12.5',
      phone: '+525512345678',
    });
  });

  it.each([
    [undefined, ''],
    ['[]', ''],
    [{}, '/messages'],
    [{ messages: [] }, '/messages'],
    [{ messages: Array.from({ length: 10_001 }, () => RIGHT) }, '/messages'],
    [{ messages: { 0: RIGHT } }, '/messages'],
    [{ messages: [RIGHT], name: ' ' }, '/name'],
    [{ messages: [RIGHT], name: 'a\0b' }, '/name'],
    [{ messages: [RIGHT], channelId: 'ventas' }, '/channelId'],
    [{ messages: [RIGHT], category: 'spam' }, '/category'],
    [{ messages: [null] }, '/messages/0'],
    [{ messages: [RIGHT, { message: 'Hola' }] }, '/messages/1/phone'],
    [{ messages: [{ ...RIGHT, phone: 5512345678 }] }, '/messages/0/phone'],
    [{ messages: [{ phone: RIGHT.phone }] }, '/messages/0/message'],
    [{ messages: [{ ...RIGHT, content: { type: 'text', text: 'x' } }] }, '/messages/0/message'],
    [{ messages: [{ ...RIGHT, message: 'x'.repeat(4097) }] }, '/messages/0/message'],
    [{ messages: [{ ...RIGHT, message: 'a\0b' }] }, '/messages/0/message'],
    [{ messages: [{ ...RIGHT, message: 'half a \ud83d' }] }, '/messages/0/message'],
    [{ messages: [{ phone: RIGHT.phone, content: { type: 'fax' } }] }, '/messages/0/content/type'],
    [
      {
        messages: [
          {
            phone: RIGHT.phone,
            content: {
              type: 'template',
              name: 'a',
              language: 'es',
              components: [{ type: 'body', text: '\0' }],
            },
          },
        ],
      },
      '/messages/0/content',
    ],
    [{ messages: [{ ...RIGHT, variables: ['Ana'] }] }, '/messages/0/variables'],
    [{ messages: [{ ...RIGHT, variables: { a: {} } }] }, '/messages/0/variables/a'],
    [{ messages: [{ ...RIGHT, message: '{{a/b}}' }] }, '/messages/0/variables/a~1b'],
  ])('points at what is wrong with %j', (body, pointer) => {
    expect(faultsOf(body).map((fault) => fault.pointer)).toEqual([pointer]);
  });

  it('names the index, the field and the value of a single fault', () => {
    expect(detailOf({ messages: [RIGHT, { ...RIGHT, phone: '12' }] })).toBe(
      'messages[1]: phone "12" too short: 2 digits; write it with country code, as +525512345678. Nothing was stored.',
    );
  });

  it('lists fifty faults and says that there are more', () => {
    const body = { messages: Array.from({ length: 1000 }, () => ({ phone: '1' })) };
    expect(faultsOf(body)).toHaveLength(50);
    expect(detailOf(body)).toMatch(/^More than 50 faults/);
  });
});
