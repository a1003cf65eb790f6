import { describe, expect, it } from 'vitest';
import type { CommonContent } from '../message-content.js';
import { evolutionMessage } from './evolution-message.js';

function bodyOf(content: CommonContent, messageId?: string): unknown {
  return JSON.parse(evolutionMessage('525512345678', content, messageId));
}

describe('the body of a call', () => {
  it('of a text, with the id that it is to have and the message that it answers', () => {
    const content = { type: 'text', text: 'Hola', replyTo: '3EB0BB' } as const;
    expect(bodyOf(content, '3EB0AA')).toEqual({
      number: '525512345678',
      messageId: '3EB0AA',
      text: 'Hola',
      quoted: { key: { id: '3EB0BB' } },
    });
    expect(bodyOf({ type: 'text', text: 'Hola' })).toEqual({ number: '525512345678', text: 'Hola' });
  });

  it('of a picture and a video', () => {
    const image = { type: 'image', url: 'https://x.test/a.jpg', caption: 'Mira' } as const;
    expect(bodyOf(image)).toEqual({
      number: '525512345678',
      mediatype: 'image',
      media: 'https://x.test/a.jpg',
      caption: 'Mira',
    });
    expect(bodyOf({ type: 'video', url: 'https://x.test/a.mp4' })).toMatchObject({ mediatype: 'video' });
  });

  it('of a voice message has nothing but the link', () => {
    expect(bodyOf({ type: 'audio', url: 'https://x.test/a.ogg', caption: 'no' })).toEqual({
      number: '525512345678',
      audio: 'https://x.test/a.ogg',
    });
  });

  it('of a template leaves out what there is not', () => {
    expect(bodyOf({ type: 'template', name: 'hello', language: 'es_MX' })).toEqual({
      number: '525512345678',
      name: 'hello',
      language: 'es_MX',
    });
    const components = [{ type: 'body', parameters: [{ type: 'text', text: 'Ana' }] }];
    expect(bodyOf({ type: 'template', name: 'hello', language: 'es_MX', components })).toMatchObject({
      components,
    });
  });

  it.each([
    ['https://x.test/files/boleto.pdf', undefined, 'boleto.pdf'],
    ['https://x.test/files/boleto.pdf?sig=a/b.c#d', undefined, 'boleto.pdf'],
    ['https://x.test/mi%20boleto.pdf', undefined, 'mi boleto.pdf'],
    ['https://x.test/100%.pdf', undefined, '100%.pdf'],
    ['https://x.test/download', undefined, 'download'],
    ['https://x.test', undefined, 'document'],
    ['https://x.test/', undefined, 'document'],
    ['https://x.test/files/', undefined, 'document'],
    ['https://x.test/a.pdf', 'factura.pdf', 'factura.pdf'],
  ])('of a document always has a name: %s named %s is %s', (url, fileName, expected) => {
    const content = fileName === undefined ? { type: 'document', url } : { type: 'document', url, fileName };
    expect(bodyOf(content as CommonContent)).toMatchObject({ mediatype: 'document', fileName: expected });
  });
});
