import { describe, expect, it } from 'vitest';
import { csvLine } from './csv-line.js';

describe('a line of a CSV that a spreadsheet opens', () => {
  it('quotes what has to be quoted and leaves empty what is not there', () => {
    expect(csvLine(['a', 'b,c', 'd"e', 'f\ng', 'h;i', null, undefined, 5, -1, true])).toBe(
      'a,"b,c","d""e","f\ng","h;i",,,5,-1,true\r\n',
    );
  });

  it.each([
    '=1+1',
    '+52',
    '-1',
    '@x',
    '\tx',
    '\rx',
    ' =1',
    '\u00a0=1',
    '\u200b=1',
    'ok\n=1',
    'ok\r\n @x',
    '＝1',
  ])('starts no formula with %j', (value) => {
    expect(csvLine([value])).toMatch(/^"?'/);
  });

  it('leaves ordinary text alone', () => {
    expect(csvLine(['Ana-María', 'a=b', '5 @ 3'])).toBe('Ana-María,a=b,5 @ 3\r\n');
  });
});
