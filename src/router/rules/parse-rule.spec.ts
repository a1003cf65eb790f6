import { describe, expect, it } from 'vitest';
import { DomainError } from '../../common/domain-error.js';
import { parseActions, parseMatch } from './parse-rule.js';

function faultsOf(parse: () => unknown): Record<string, string> {
  try {
    parse();
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'invalid')
      return Object.fromEntries((error.details.errors ?? []).map(({ pointer, detail }) => [pointer, detail]));
    throw error;
  }
  throw new Error('it was taken');
}

describe('a rule as somebody writes it', () => {
  it('is read as it is meant, with what may be left out', () => {
    expect(parseMatch({ type: 'keyword', words: [' horario ', 'horario'] })).toEqual({
      type: 'keyword',
      words: ['horario'],
      where: 'whole',
    });
    expect(
      parseActions([
        { type: 'reply', message: 'Hola {{name}}' },
        { type: 'tag', add: ['vip'] },
        { type: 'attribute', name: 'origen', value: null },
        { type: 'opt_out' },
        { type: 'forward' },
      ]),
    ).toEqual([
      { type: 'reply', content: { type: 'text', text: 'Hola {{name}}' } },
      { type: 'tag', add: ['vip'], remove: [] },
      { type: 'attribute', name: 'origen', value: null },
      { type: 'opt_out' },
      { type: 'forward' },
    ]);
  });

  it.each([
    [{ type: 'contains' }, '/match/type', 'keyword'],
    [{ type: 'any', words: ['a'] }, '/match/words', 'not known here'],
    [{ type: 'keyword', words: [] }, '/match/words', 'list'],
    [{ type: 'keyword', words: ['!!'] }, '/match/words', 'letter or digit'],
    [{ type: 'keyword', words: ['a'], where: 'start' }, '/match/where', 'anywhere'],
    [{ type: 'regex', pattern: '(a' }, '/match/pattern', 'RE2'],
    [{ type: 'regex', pattern: 'a\0' }, '/match', 'NUL'],
  ])('%j is refused at %s', (match, pointer, said) => {
    expect(faultsOf(() => parseMatch(match))[pointer]).toContain(said);
  });

  it.each([
    [[], '/actions', '1 to 10'],
    [[{ type: 'reply' }], '/actions/0', 'message'],
    [[{ type: 'reply', message: '' }], '/actions/0/message', 'text'],
    [[{ type: 'reply', content: { type: 'image' } }], '/actions/0/content/url', 'url'],
    [[{ type: 'forward' }, { type: 'tag' }], '/actions/1', 'tags'],
    [[{ type: 'attribute', name: 'a{b', value: 1 }], '/actions/0/name', 'without { }'],
    [[{ type: 'attribute', name: 'a', value: {} }], '/actions/0/value', 'null'],
    [[{ type: 'delete' }], '/actions/0/type', 'opt_out'],
  ])('%j is refused at %s', (actions, pointer, said) => {
    expect(faultsOf(() => parseActions(actions))[pointer]).toContain(said);
  });
});
