import { describe, expect, it } from 'vitest';
import { checkMarketing, checkMessage } from './message-check.js';
import { checkTemplateExists } from './template-check.js';
import { DEFAULT_TEMPLATES } from './templates.js';

const TO = { messaging_product: 'whatsapp', to: '+5215550001111' };
const SENDER = '15550001111';

function refusal(
  body: Record<string, unknown>,
): { code: number; message: string; details?: string } | undefined {
  const error = checkMessage(body, SENDER);
  if (!error) return undefined;
  const { code, message, error_data: data } = JSON.parse(error.body).error;
  return { code, message, details: data?.details };
}

function template(template: object): Record<string, unknown> {
  return { ...TO, type: 'template', template };
}

describe('checkMessage', () => {
  it.each([
    ['text of 4096 characters', { ...TO, type: 'text', text: { body: 'a'.repeat(4096) } }],
    ['text without a type', { ...TO, text: { body: 'hola' } }],
    ['a template', template({ name: 'aviso_evento', language: { code: 'es_MX' } })],
    [
      'an image by link',
      { ...TO, type: 'image', image: { link: 'https://example.org/a.png', caption: 'hola' } },
    ],
    ['a document by id', { ...TO, type: 'document', document: { id: '123', filename: 'boleto.pdf' } }],
    [
      'an interactive message',
      { ...TO, type: 'interactive', interactive: { type: 'button', action: { buttons: [] } } },
    ],
    [
      "a person by Meta's id",
      { messaging_product: 'whatsapp', recipient: 'MX.13491208655302741918', text: { body: 'hola' } },
    ],
    ['a spelt-out number', { ...TO, to: '+52 (55) 1234-5678', text: { body: 'hola' } }],
  ])('lets through %s', (_what, body) => {
    expect(refusal(body)).toBeUndefined();
  });

  it.each([
    ['no messaging_product', { to: TO.to, text: { body: 'a' } }, 100, /messaging_product is required/],
    ['another product', { ...TO, messaging_product: 'sms', text: { body: 'a' } }, 100, /must be one of/],
    ['no recipient', { messaging_product: 'whatsapp', text: { body: 'a' } }, 100, /parameter to is required/],
    ['a type that does not exist', { ...TO, type: 'fax', fax: {} }, 100, /Param type must be one of.*fax/],
    ['text of 4097 characters', { ...TO, text: { body: 'a'.repeat(4097) } }, 100, /at most 4096/],
    [
      'callback data of 513 characters',
      { ...TO, text: { body: 'a' }, biz_opaque_callback_data: 'a'.repeat(513) },
      100,
      /biz_opaque_callback_data/,
    ],
    ['a template name in capitals', template({ name: 'Aviso', language: { code: 'es' } }), 100, /lower case/],
  ])('refuses %s as the Graph API itself', (_what, body, code, message) => {
    const refused = refusal(body);
    expect(refused).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(refused?.details).toBeUndefined();
  });

  it.each([
    ['no text', { ...TO, type: 'text' }, 131008],
    ['an empty text', { ...TO, type: 'text', text: { body: '' } }, 131008],
    ['a template without language', template({ name: 'aviso' }), 131008],
    ['a template without name', template({ language: { code: 'es' } }), 131008],
    [
      'a text parameter without text',
      template({
        name: 'a',
        language: { code: 'es' },
        components: [{ type: 'body', parameters: [{ type: 'text' }] }],
      }),
      131008,
    ],
    ['media without link or id', { ...TO, type: 'image', image: { caption: 'hola' } }, 131008],
    ['a link that is no URL', { ...TO, type: 'image', image: { link: 'boleto.png' } }, 131009],
    ['a recipient that is no number', { ...TO, to: 'ana@example.org', text: { body: 'a' } }, 131009],
    [
      'an interactive message without an action',
      { ...TO, type: 'interactive', interactive: { type: 'button' } },
      131008,
    ],
    ['the sender as recipient', { ...TO, to: `+${SENDER}`, text: { body: 'a' } }, 131021],
  ])('refuses %s with details', (_what, body, code) => {
    const refused = refusal(body);
    expect(refused?.code).toBe(code);
    expect(refused?.details).toBeTruthy();
  });
});

describe('checkMarketing', () => {
  const codeOf = (body: Record<string, unknown>) => checkMarketing(body)?.code;

  it('takes templates only, with a policy that it knows', () => {
    expect(codeOf({ type: 'template' })).toBeUndefined();
    expect(codeOf({ type: 'template', product_policy: 'STRICT' })).toBeUndefined();
    expect(codeOf({ type: 'template', product_policy: 'strict' })).toBe(100);
    expect(codeOf({ type: 'text' })).toBe(134100);
  });
});

describe('checkTemplateExists', () => {
  const codeOf = (body: Record<string, unknown>) => checkTemplateExists(body, DEFAULT_TEMPLATES)?.code;
  const withBody = (name: string, code: string, ...parameters: object[]) =>
    template({ name, language: { code }, components: [{ type: 'body', parameters }] });
  const text = { type: 'text', text: 'Ana' };

  it('wants the template in that language, approved, with its parameters', () => {
    expect(codeOf(withBody('aviso_evento', 'es_MX', text, text))).toBeUndefined();
    expect(codeOf(withBody('aviso_evento', 'es', text, text))).toBe(132001);
    expect(codeOf(withBody('promo_pausada', 'es', text))).toBe(132015);
    expect(codeOf(withBody('aviso_evento', 'es_MX', text))).toBe(132000);
    expect(codeOf(withBody('invitacion', 'es', text))).toBe(100);
    expect(codeOf(withBody('invitacion', 'es', { ...text, parameter_name: 'nombre' }))).toBeUndefined();
  });
});
