import { describe, expect, it } from 'vitest';
import type { MessageContent } from '../message-content.js';
import { cloudMessage } from './cloud-message.js';

function bodyOf(content: MessageContent): Record<string, unknown> {
  const message = { recipient: '+5215512345678', content, correlationId: '12:7:1' };
  return JSON.parse(cloudMessage(message)) as Record<string, unknown>;
}

describe('the body of a send', () => {
  it('of a text keeps the plus and carries the correlation id', () => {
    expect(bodyOf({ type: 'text', text: 'Hola "Ñ"\n👋' })).toEqual({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: '+5215512345678',
      type: 'text',
      text: { body: 'Hola "Ñ"\n👋' },
      biz_opaque_callback_data: '12:7:1',
    });
  });

  it('of a template passes its components through', () => {
    const components = [{ type: 'body', parameters: [{ type: 'text', text: 'Ana' }] }];
    const content = { type: 'template', name: 'aviso', language: 'es_MX', components } as const;
    expect(bodyOf(content)['template']).toEqual({ name: 'aviso', language: { code: 'es_MX' }, components });
    expect(bodyOf({ type: 'template', name: 'aviso', language: 'es_MX' })['template']).toEqual({
      name: 'aviso',
      language: { code: 'es_MX' },
    });
  });

  it('of media gives a caption and a file name only where WhatsApp takes them', () => {
    const media = { url: 'https://cdn.example.com/t.pdf', caption: 'Tu boleto', fileName: 't.pdf' };
    const { url: link, caption, fileName: filename } = media;
    expect(bodyOf({ type: 'document', ...media })['document']).toEqual({ link, caption, filename });
    expect(bodyOf({ type: 'image', ...media })['image']).toEqual({ link, caption });
    expect(bodyOf({ type: 'video', ...media })['video']).toEqual({ link, caption });
    expect(bodyOf({ type: 'audio', ...media })['audio']).toEqual({ link });
  });
});
