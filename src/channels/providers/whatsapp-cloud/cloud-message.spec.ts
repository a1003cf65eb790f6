import { describe, expect, it } from 'vitest';
import type { MessageContent } from '../message-content.js';
import { cloudMessage, marketingOf } from './cloud-message.js';

function bodyOf(content: MessageContent, recipient = '+5215512345678'): Record<string, unknown> {
  const message = { recipient, content, correlationId: '12:7:1' };
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

  it('of an uploaded file gives its id instead of a link', () => {
    const content = { type: 'document', mediaId: '1003383421387256', fileName: 't.pdf' } as const;
    expect(bodyOf(content)['document']).toEqual({ id: '1003383421387256', filename: 't.pdf' });
  });

  it('of an interactive message passes the object through, and says what it answers', () => {
    const interactive = {
      type: 'button',
      body: { text: '¿Vienes?' },
      action: { buttons: [{ type: 'reply', reply: { id: 'si', title: 'Sí' } }] },
    };
    expect(bodyOf({ type: 'interactive', interactive, replyTo: 'wamid.Q' })).toMatchObject({
      type: 'interactive',
      interactive,
      context: { message_id: 'wamid.Q' },
    });
    expect(bodyOf({ type: 'text', text: 'a', replyTo: 'wamid.Q' })['context']).toEqual({
      message_id: 'wamid.Q',
    });
    expect(bodyOf({ type: 'text', text: 'a' })).not.toHaveProperty('context');
  });

  it('to a person without a number names them by the id that Meta gave', () => {
    const body = bodyOf({ type: 'text', text: 'a' }, 'MX.13491208655302741918');
    expect(body).toMatchObject({ recipient: 'MX.13491208655302741918', recipient_type: 'individual' });
    expect(body).not.toHaveProperty('to');
    expect(bodyOf({ type: 'text', text: 'a' })).not.toHaveProperty('recipient');
  });

  it('of a marketing template carries the policy, and our id as ever', () => {
    const template = { type: 'template', name: 'promo', language: 'es' } as const;
    const marketing = { productPolicy: 'STRICT', activitySharing: false } as const;
    expect(bodyOf({ ...template, marketing })).toMatchObject({
      type: 'template',
      template: { name: 'promo', language: { code: 'es' } },
      product_policy: 'STRICT',
      message_activity_sharing: false,
      biz_opaque_callback_data: '12:7:1',
    });
    expect(marketingOf({ ...template, marketing: {} })).toEqual({});
    expect(marketingOf(template)).toBeUndefined();
  });
});
