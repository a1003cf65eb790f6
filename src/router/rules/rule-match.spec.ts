import { describe, expect, it } from 'vitest';
import { matcherOf, patternFault } from './rule-match.js';
import type { RuleMatch } from './rule.js';

const matches = (match: RuleMatch, text: string): boolean => matcherOf(match)(text);
const keyword = (where: 'whole' | 'anywhere', ...words: string[]): RuleMatch => ({
  type: 'keyword',
  words,
  where,
});

describe('what a rule looks for', () => {
  it.each<[string, RuleMatch, string, boolean]>([
    ['anything', { type: 'any' }, '', true],
    ['a whole message, whatever its accents and case', keyword('whole', 'Información'), 'INFORMACION!', true],
    ['a whole message and no more', keyword('whole', 'info'), 'info please', false],
    ['a word within a text', keyword('anywhere', 'horario'), '¿Cuál es su HORARIO?', true],
    ['whole words, not parts of them', keyword('anywhere', 'ora'), '¿Cuál es su horario?', false],
    ['several words in a row', keyword('anywhere', 'puntos de venta'), 'Tienen puntos   de venta?', true],
    ['any of its words', keyword('anywhere', 'precio', 'costo'), 'que costo tiene', true],
    ['a pattern', { type: 'regex', pattern: String.raw`\bpedido\s+#?\d{4}\b` }, 'Mi PEDIDO #1234', true],
    ['a pattern that is not there', { type: 'regex', pattern: '^hola$' }, 'hola, qué tal', false],
  ])('%s', (_title, match, text, expected) => {
    expect(matches(match, text)).toBe(expected);
  });

  it('takes time in proportion to the text, for patterns on which others never end', () => {
    const evil: RuleMatch = { type: 'regex', pattern: '^(a+)+$' };
    const lookAt = matcherOf(evil);
    const attack = `${'a'.repeat(4000)}!`;
    expect(lookAt(attack)).toBe(false);
    expect(lookAt('a'.repeat(4000))).toBe(true);
  });

  it('says what is wrong with a pattern', () => {
    expect(patternFault('(')).toMatch(/missing/);
    expect(patternFault('(?=a)')).not.toBeNull();
    expect(patternFault('a|b')).toBeNull();
  });
});
