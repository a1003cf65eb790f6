import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainWords } from '../../common/opt-out-words.js';
import { ConsentWords } from './consent-words.js';

const words = new ConsentWords([], []);

describe('words of consent', () => {
  it.each([
    ['BAJA', 'stop', 'es'],
    ['  baja. ', 'stop', 'es'],
    ['¡Baja!', 'stop', 'es'],
    ['No me escriban más', 'stop', 'es'],
    ['Não enviar mais', 'stop', 'pt'],
    ['Sair 🙏', 'stop', 'pt'],
    ['PARE', 'stop', 'pt'],
    ['Stop', 'stop', 'en'],
    ['STOP ALL', 'stop', 'en'],
    ['"unsubscribe"', 'stop', 'en'],
    ['opt-out', 'stop', 'en'],
    ['Alta', 'resume', 'es'],
    ['Voltar', 'resume', 'pt'],
    ['START', 'resume', 'en'],
  ])('%s means %s', (text, wants, language) => {
    expect(words.find(text)).toEqual({ wants, language });
  });

  it.each([
    'no me des de baja',
    'la marea está baja',
    'stop by the shop tomorrow',
    'can you stop?',
    'altavoz',
    '',
    '👍',
    'baja baja',
  ])('"%s" is no word of consent: a word counts only as the whole message', (text) => {
    expect(words.find(text)).toBeNull();
  });

  it('takes the place of the built-in words with a list of the deployment', () => {
    const own = new ConsentWords(['Ya Basta!'], []);
    expect(own.find('ya basta')).toEqual({ wants: 'stop', language: null });
    expect(own.find('STOP')).toBeNull();
    expect(own.find('ALTA')).toEqual({ wants: 'resume', language: 'es' });
  });

  it('finds a word however it is written', () => {
    const shape = fc.record({
      word: fc.constantFrom('baja', 'stop', 'nao enviar mais'),
      before: fc.constantFrom('', ' ', '¡', '"', '🙏 '),
      after: fc.constantFrom('', '.', '!!', ' 👍', '\n'),
      isUpper: fc.boolean(),
    });
    fc.assert(
      fc.property(shape, ({ word, before, after, isUpper }) => {
        expect(words.find(`${before}${isUpper ? word.toUpperCase() : word}${after}`)?.wants).toBe('stop');
      }),
    );
  });

  it('says the same of a plain form as of what it was made of', () => {
    fc.assert(fc.property(fc.string(), (text) => plainWords(plainWords(text)) === plainWords(text)));
  });
});
