import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MessageContent } from './providers/message-content.js';
import { compileContent, variableKey, variablesOf } from './render-content.js';

const text = (body: string): MessageContent => ({ type: 'text', text: body });
const rendered = (body: string, variables: Record<string, string>): unknown =>
  (compileContent(text(body))(variables) as { text: string }).text;

describe('the variables of a content', () => {
  it('are found once each, with their default and as they were written', () => {
    expect(
      variablesOf(text('Hola {{Nombre|cliente}}, debes {{ Saldo Total }} desde {{saldo_total}}')),
    ).toEqual([
      { key: 'name', name: 'Nombre', fallback: 'cliente' },
      { key: 'saldototal', name: 'Saldo Total', fallback: null },
    ]);
  });

  it('need a value when one of their places has no default', () => {
    expect(variablesOf(text('{{name|cliente}} … {{name}}'))[0]?.fallback).toBeNull();
    expect(variablesOf(text('{{name}} … {{name|cliente}}'))[0]?.fallback).toBeNull();
  });

  it('are found in the components of a template, however deep', () => {
    const content: MessageContent = {
      type: 'template',
      name: 'aviso',
      language: 'es_MX',
      components: [
        { type: 'body', parameters: [{ type: 'text', text: '{{nombre}}' }] },
        { type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: '{{folio|0}}' }] },
      ],
    };
    expect(variablesOf(content).map((variable) => variable.key)).toEqual(['name', 'folio']);
  });

  it('are found in the address and the file name of a document', () => {
    const content: MessageContent = {
      type: 'document',
      url: '{{ticket_url}}',
      fileName: 'boleto-{{folio}}.pdf',
    };
    expect(variablesOf(content).map((variable) => variable.name)).toEqual(['ticket_url', 'folio']);
  });

  it('are not what other braces hold', () => {
    expect(variablesOf(text('{{}} {{ }} {{%}} {name} {{a{b}} }}{{ {{{'))).toEqual([]);
  });
});

describe('rendering', () => {
  it('matches names without case, accents, spaces and language', () => {
    const variables = { name: 'Ana', phone: '+525512345678', fechadecorte: '3 de mayo' };
    expect(rendered('{{nombre}} {{NAME}} {{Teléfono}} {{Fecha de Corte}}', variables)).toBe(
      'Ana Ana +525512345678 3 de mayo',
    );
  });

  it('gives the default for what is missing or empty', () => {
    expect(rendered('Hola {{name|cliente}}', {})).toBe('Hola cliente');
    expect(rendered('Hola {{name|cliente}}', { name: '' })).toBe('Hola cliente');
    expect(rendered('Hola{{name|}}', {})).toBe('Hola');
  });

  it('leaves braces that form no variable as they are', () => {
    expect(rendered('{"a": {{b', { b: '1' })).toBe('{"a": {{b');
    expect(rendered('{{{name}}}', { name: 'Ana' })).toBe('{Ana}');
  });

  it('does not render what a value holds', () => {
    expect(rendered('{{a}}', { a: '{{b}}', b: 'secret' })).toBe('{{b}}');
  });

  it('does not find what every object has', () => {
    expect(rendered('{{constructor|none}} {{toString|none}} {{__proto__|none}}', {})).toBe('none none none');
  });

  it('fills a template of Meta and leaves the rest of it alone', () => {
    const content: MessageContent = {
      type: 'template',
      name: 'aviso',
      language: 'es_MX',
      components: [
        { type: 'header', parameters: [{ type: 'image', image: { link: 'https://example.com/a.png' } }] },
        { type: 'body', parameters: [{ type: 'text', text: '{{name}}' }] },
      ],
    };
    const compiled = compileContent(content);
    expect(compiled({ name: 'Ana' })).toEqual({
      ...content,
      components: [content.components![0], { type: 'body', parameters: [{ type: 'text', text: 'Ana' }] }],
    });
    expect((compiled({ name: 'Luis' }) as typeof content).components?.[1]).toEqual({
      type: 'body',
      parameters: [{ type: 'text', text: 'Luis' }],
    });
  });

  it('shares one object where nothing varies', () => {
    const compiled = compileContent(text('the same for all'));
    expect(compiled({})).toBe(compiled({ name: 'Ana' }));
  });

  it('gives any text without double braces back unchanged', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((body) => !body.includes('{{')),
        (body) => rendered(body, {}) === body,
      ),
    );
  });

  it('puts any value where its variable stands', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), fc.string(), (before, value, after) => {
        fc.pre(!before.includes('{') && !after.includes('}'));
        expect(rendered(`${before}{{x}}${after}`, { x: value })).toBe(`${before}${value}${after}`);
      }),
    );
  });

  it('reads hostile texts in one pass', () => {
    const hostile = [
      '{{'.repeat(100_000),
      '{{a'.repeat(100_000),
      `{{${'a|'.repeat(100_000)}`,
      '{{a|b'.repeat(100_000),
    ];
    const start = performance.now();
    for (const body of hostile) expect(rendered(body, {})).toBe(body);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe('the key of a variable', () => {
  it('is itself a key of the same variable', () => {
    fc.assert(fc.property(fc.string(), (name) => variableKey(variableKey(name)) === variableKey(name)));
  });
});
