import { describe, expect, it } from 'vitest';
import type { CommonContent } from '../message-content.js';
import { bodyWriter } from './gateway-body.js';
import type { SendMapping } from './gateway-mapping.js';

const TEXT: CommonContent = { type: 'text', text: 'Hola {recipient}, "¿qué tal?" & 1+1 👋' };

function written(
  body: SendMapping['body'],
  content = TEXT,
  { encoding = 'json', recipient = 'digits' }: Partial<SendMapping> = {},
  added = {},
): string {
  const write = bodyWriter(body, { encoding, recipient }, added);
  return write({ recipient: '+5215512345678', content, correlationId: '7:9:1' }, content);
}

describe('the body of a gateway', () => {
  it('holds what the template names, and leaves a person’s braces alone', () => {
    const body = {
      phone: '{recipient}',
      message: '{text}',
      ref: 'caudal-{correlationId}',
      n: 1,
      deep: [{ on: true }],
    };
    expect(JSON.parse(written(body))).toEqual({
      phone: '5215512345678',
      message: 'Hola {recipient}, "¿qué tal?" & 1+1 👋',
      ref: 'caudal-7:9:1',
      n: 1,
      deep: [{ on: true }],
    });
  });

  it.each([
    ['digits', '5215512345678'],
    ['plus', '+5215512345678'],
    ['c.us', '5215512345678@c.us'],
    ['s.whatsapp.net', '5215512345678@s.whatsapp.net'],
  ] as const)('writes the recipient as %s', (recipient, expected) => {
    expect(JSON.parse(written({ to: '{recipient}' }, TEXT, { recipient }))).toEqual({ to: expected });
  });

  it('leaves out what a message does not have', () => {
    const body = {
      to: '{recipient}',
      url: '{url}',
      caption: '{caption}',
      name: '{fileName}',
      type: '{type}',
    };
    const image = { type: 'image', url: 'https://cdn.example.com/a.jpg' } as const;
    expect(JSON.parse(written(body, image))).toEqual({
      to: '5215512345678',
      url: 'https://cdn.example.com/a.jpg',
      type: 'image',
    });
  });

  it('is a form where the service wants one', () => {
    const form = new URLSearchParams(
      written({ number: '{recipient}', message: '{text}' }, TEXT, { encoding: 'form' }),
    );
    expect(Object.fromEntries(form)).toEqual({ number: '5215512345678', message: TEXT.text });
  });

  it('gets the members of every body as they are', () => {
    const added = { sessionId: 'ventas', password: '{text}' };
    expect(JSON.parse(written({ to: '{recipient}' }, TEXT, {}, added))).toEqual({
      to: '5215512345678',
      ...added,
    });
  });
});
