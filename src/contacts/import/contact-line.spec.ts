import { describe, expect, it } from 'vitest';
import { ContactLines } from './contact-line.js';

const COLUMNS = ['telefono', 'nombre', 'tags', 'idioma', 'zona', 'nota'];
const PLAN = { phone: 0, name: 1, tags: 2, locale: 3, timezone: 4, attributes: [{ index: 5, key: 'no"ta' }] };

function line(...cells: string[]) {
  return new ContactLines(PLAN, COLUMNS, ['feria'], 'MX').of({ number: 7, cells });
}

describe('a row on its way into the database', () => {
  it('becomes one line for COPY with everything escaped', () => {
    const made = line(
      '55 1234 5678',
      'Ana\tB\\',
      'vip; "x"|vip',
      'es_MX',
      'America/Mexico_City',
      'dos\nlíneas "y"',
    );
    expect(made).toEqual({
      ok: true,
      recipient: '+525512345678',
      line:
        '7\t525512345678\t+525512345678\tAna\\tB\\\\\t' +
        '{"no\\\\"ta":"dos\\\\nlíneas \\\\"y\\\\""}\t{"vip","\\\\"x\\\\"","feria"}\tes_MX\tAmerica/Mexico_City\n',
    });
  });

  it('keeps empty cells empty: they change nothing about a contact', () => {
    expect(line('5512345678')).toMatchObject({
      line: '7\t525512345678\t+525512345678\t\\N\t{}\t{"feria"}\t\\N\t\\N\n',
    });
  });

  it.each([
    [['abc'], 'telefono', 'letters'],
    [['5512345678', 'x'.repeat(301)], 'nombre', 'longer than 300'],
    [['5512345678', 'Ana', '', 'español'], 'idioma', 'not a language'],
    [['5512345678', 'Ana', '', '', 'GMT-6 CDMX'], 'zona', 'not an IANA time zone'],
    [['5512345678', 'Ana', 't'.repeat(101)], 'tags', 'tags'],
    [['5512345678', 'Ana', '', '', '', 'x'.repeat(10_001)], 'nota', 'longer than 10000'],
  ])('is rejected with its column, a part of the value and the reason: %#', (cells, column, reason) => {
    const made = line(...cells);
    expect(made).toMatchObject({ ok: false, row: 7, column, reason: expect.stringContaining(reason) });
    expect(made.ok ? '' : made.value.length).toBeLessThanOrEqual(200);
  });

  it('takes off the apostrophe that an export has put before a formula', () => {
    expect(line("'+525512345678", "'=SUM(A1)")).toMatchObject({
      line: expect.stringContaining('\t=SUM(A1)\t'),
    });
  });
});
