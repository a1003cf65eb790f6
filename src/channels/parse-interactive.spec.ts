import { describe, expect, it } from 'vitest';
import { DomainError } from '../common/domain-error.js';
import { parseContent } from './parse-content.js';

const body = { text: 'Hola {{nombre}}' };
const reply = (id: string, title = id): object => ({ type: 'reply', reply: { id, title } });
const buttons = (...list: object[]): object => ({ type: 'button', body, action: { buttons: list } });
const list = (...sections: object[]): object => ({ type: 'list', body, action: { button: 'Ver', sections } });
const link = (url: string): object => ({
  type: 'cta_url',
  body,
  action: { name: 'cta_url', parameters: { display_text: 'Ver', url } },
});
const row = (id: string, more: object = {}): object => ({ id, title: `Fila ${id}`, ...more });

function faultsOf(interactive: unknown): Record<string, string> {
  try {
    parseContent({ type: 'interactive', interactive });
    return {};
  } catch (error) {
    const faults = (error as DomainError).details.errors ?? [];
    return Object.fromEntries(
      faults.map(({ pointer, detail }) => [pointer.replace('/content/interactive', ''), detail]),
    );
  }
}

describe('an interactive content', () => {
  it.each([
    [buttons(reply('si', 'Sí'), reply('no', 'No'))],
    [{ ...buttons(reply('si')), header: { type: 'image', image: { id: '1003' } }, footer: { text: 'x' } }],
    [buttons(reply('{{folio_de_su_pedido}}', '{{nombre_del_producto}}'))],
    [list({ rows: [row('1'), row('2', { description: 'dos' })] })],
    [list({ title: 'A', rows: [row('1')] }, { title: 'B', rows: [row('2')] })],
    [{ ...link('{{ticket_url}}'), header: { type: 'text', text: 'Tu boleto' } }],
  ])('is taken in the shapes of Meta: %j', (interactive) => {
    expect(parseContent({ type: 'interactive', interactive, replyTo: 'wamid.A' })).toEqual({
      type: 'interactive',
      interactive,
      replyTo: 'wamid.A',
    });
  });

  it.each([
    ['no object', undefined, ['']],
    ['a type that is not known', { type: 'flow', body, action: {} }, ['/type']],
    ['no body', { ...buttons(reply('1')), body: undefined }, ['/body']],
    ['a body that is too long', { ...buttons(reply('1')), body: { text: 'x'.repeat(1025) } }, ['/body/text']],
    ['no action', { type: 'button', body }, ['/action']],
    ['a field that is not known', { ...buttons(reply('1')), boton: 1 }, ['/boton']],
    ['four buttons', buttons(reply('1'), reply('2'), reply('3'), reply('4')), ['/action/buttons']],
    ['two buttons of one id', buttons(reply('1', 'a'), reply('1', 'b')), ['/action/buttons/1/reply/id']],
    ['a title of 21 characters', buttons(reply('1', 'x'.repeat(21))), ['/action/buttons/0/reply/title']],
    ['a picture over a list', { ...list({ rows: [row('1')] }), header: { type: 'image' } }, ['/header/type']],
    ['a list without rows', list({ rows: [] }), ['/action/sections/0/rows']],
    [
      'two sections without titles',
      list({ rows: [row('1')] }, { rows: [row('2')] }),
      ['/action/sections/0/title', '/action/sections/1/title'],
    ],
    [
      'eleven rows in all',
      list(
        { title: 'A', rows: '12345'.split('').map((id) => row(id)) },
        { title: 'B', rows: 'abcdef'.split('').map((id) => row(id)) },
      ),
      ['/action/sections'],
    ],
    [
      'a description of 73 characters',
      list({ rows: [row('1', { description: 'x'.repeat(73) })] }),
      ['/action/sections/0/rows/0/description'],
    ],
    ['a link that is none', link('example.com'), ['/action/parameters/url']],
    ['no link', { ...link('https://a'), action: { name: 'cta_url' } }, ['/action/parameters']],
  ])('is refused for %s', (_what, interactive, pointers) => {
    expect(Object.keys(faultsOf(interactive))).toEqual(pointers);
  });
});
