import { describe, expect, it } from 'vitest';
import { DomainError } from '../common/domain-error.js';
import { parseContent } from './parse-content.js';

const TEMPLATE = { type: 'template', name: 'aviso', language: 'es_MX' };

function faultsOf(...components: unknown[]): Record<string, string> {
  try {
    parseContent({ ...TEMPLATE, components });
    return {};
  } catch (error) {
    const faults = (error as DomainError).details.errors ?? [];
    return Object.fromEntries(
      faults.map(({ pointer, detail }) => [pointer.replace('/content/components/', ''), detail]),
    );
  }
}

const text = { type: 'text', text: '{{nombre}}' };
const named = { ...text, parameter_name: 'first_name' };

describe('the components of a template', () => {
  it.each([
    [{ type: 'body', parameters: [text, text] }],
    [{ type: 'BODY', parameters: [named, { ...named, parameter_name: 'day_2' }] }],
    [{ type: 'header', parameters: [{ type: 'image', image: { link: 'https://example.com/a.png' } }] }],
    [{ type: 'header', parameters: [{ type: 'document', document: { id: '1003', filename: 'a.pdf' } }] }],
    [{ type: 'header', parameters: [{ type: 'video', video: { link: '{{video_url}}' } }] }],
    [{ type: 'header', parameters: [{ type: 'location', location: { latitude: 1, longitude: 2 } }] }],
    [{ type: 'body', parameters: [{ type: 'currency', currency: { code: 'MXN', amount_1000: 1000 } }] }],
    [{ type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: 'x/{{folio}}' }] }],
    [
      {
        type: 'button',
        sub_type: 'quick_reply',
        index: 1,
        parameters: [{ type: 'payload', payload: 'BAJA' }],
      },
    ],
    [
      {
        type: 'button',
        sub_type: 'COPY_CODE',
        index: '2',
        parameters: [{ type: 'coupon_code', coupon_code: '{{cupon_de_descuento}}' }],
      },
    ],
    [{ type: 'button', sub_type: 'flow', index: '0', parameters: [{ type: 'action', action: {} }] }],
    [{ type: 'carousel', cards: [] }],
  ])('are taken in the shapes of Meta: %j', (component) => {
    expect(faultsOf(component)).toEqual({});
  });

  it.each([
    ['an unknown type', { type: 'foot' }, '0/type', /header, body, button/],
    [
      'a text without text',
      { type: 'body', parameters: [{ type: 'text' }] },
      '0/parameters/0/text',
      /missing/,
    ],
    [
      'an empty text',
      { type: 'body', parameters: [{ type: 'text', text: ' ' }] },
      '0/parameters/0/text',
      /1 to/,
    ],
    [
      'names for some parameters only',
      { type: 'body', parameters: [named, text] },
      '0/parameters',
      /for all parameters .* or for none/,
    ],
    [
      'a name that no template can have',
      { type: 'body', parameters: [{ ...text, parameter_name: 'Nombre' }] },
      '0/parameters/0/parameter_name',
      /name in the template/,
    ],
    [
      'a picture in the body',
      { type: 'body', parameters: [{ type: 'image', image: { id: '1' } }] },
      '0/parameters/0/type',
      /text, currency, date_time/,
    ],
    [
      'a picture without a file',
      { type: 'header', parameters: [{ type: 'image' }] },
      '0/parameters/0/image',
      /link/,
    ],
    [
      'a picture with an id and a link',
      { type: 'header', parameters: [{ type: 'image', image: { id: '1', link: 'https://a' } }] },
      '0/parameters/0/image',
      /either link .* or id/,
    ],
    [
      'a picture by its name',
      { type: 'header', parameters: [{ type: 'image', image: { link: 'a.png' } }] },
      '0/parameters/0/image/link',
      /https/,
    ],
    ['parameters that are no list', { type: 'body', parameters: {} }, '0/parameters', /list/],
    ['a parameter that is no object', { type: 'body', parameters: ['Ana'] }, '0/parameters/0', /object/],
    [
      'a button of an unknown kind',
      { type: 'button', sub_type: 'link', index: '0' },
      '0/sub_type',
      /quick_reply/,
    ],
    ['a button without its position', { type: 'button', sub_type: 'url' }, '0/index', /from "0"/],
    [
      'a text on a quick reply',
      { type: 'button', sub_type: 'quick_reply', index: '0', parameters: [text] },
      '0/parameters/0/type',
      /must be payload/,
    ],
    [
      'a code that is too long to copy',
      {
        type: 'button',
        sub_type: 'copy_code',
        index: '0',
        parameters: [{ type: 'coupon_code', coupon_code: 'A-CODE-TOO-LONG-' }],
      },
      '0/parameters/0/coupon_code',
      /16 characters/,
    ],
  ])('are refused for %s', (_what, component, pointer, detail) => {
    const faults = faultsOf(component);
    expect(Object.keys(faults)).toEqual([pointer]);
    expect(faults[pointer]).toMatch(detail);
  });

  it('fill each place of the template once', () => {
    const button = { type: 'button', sub_type: 'url', index: '0', parameters: [text] };
    expect(faultsOf({ type: 'body' }, { type: 'BODY' })).toEqual({ '1': 'there is a body already' });
    expect(Object.keys(faultsOf(button, { ...button, index: '1' }, button))).toEqual(['2']);
  });
});
