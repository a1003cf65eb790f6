import { readdirSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  workbookOf,
  workbookOfRows,
  workbookParts,
  zipOf,
} from '../../../../test/integration/import-workbook.js';
import type { TableOptions } from '../table.js';
import { openWorkbook, refuseForeignArchive } from './workbook-table.js';

const OPTIONS: TableOptions = { maxRowBytes: 2000, maxColumns: 50, defaultCountry: 'MX' };

describe('a workbook of contacts', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'caudal-xlsx-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  async function stored(file: Buffer): Promise<string> {
    const path = join(directory, 'a.xlsx');
    await writeFile(path, file);
    return path;
  }

  async function read(file: Buffer, options: Partial<TableOptions> = {}) {
    const table = await openWorkbook(await stored(file), { ...OPTIONS, ...options });
    const rows: [number, ...string[]][] = [];
    const rejects: string[] = [];
    for await (const batch of table.batches) {
      for (const row of batch.rows) rows.push([row.number, ...row.cells]);
      for (const { row, reason } of batch.rejects) rejects.push(`${row} ${reason}`);
    }
    return { table, rows, rejects };
  }

  const oneColumn = (cells: string) => `<row r="1"><c r="A1" t="str"><v>telefono</v></c></row>${cells}`;

  it('shows texts of every kind, by reference or by position, and leaves gaps empty', async () => {
    const { table, rows } = await read(
      workbookOf({
        sharedStrings: [
          'telefono',
          'nombre',
          'Zoë & Ñandú',
          '<r><t>An</t></r><r><t>a</t></r><rPh><t>x</t></rPh>',
        ],
        rows:
          '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="D1" t="inlineStr"><is><t>nota</t></is></c></row>' +
          '<row r="2"/>' +
          '<row r="3"><c r="A3" t="str"><f>CONCAT("55",1)</f><v>5512345678</v></c><c r="B3" t="s"><v>2</v></c>' +
          '<c r="D3" t="inlineStr"><is><t>a_x000D_b_x0000__xD800_</t></is></c></row>' +
          '<row><c><v>5512345679</v></c><c t="s"><v>3</v></c><c/><c t="b"><v>1</v></c></row>' +
          '<row r="9"><c r="A9" t="e"><v>#N/A</v></c><c r="B9" s="1"/></row>',
      }),
    );
    expect(table).toMatchObject({ hasHeader: true, columns: ['telefono', 'nombre', 'column 3', 'nota'] });
    expect(rows).toEqual([
      [3, '5512345678', 'Zoë & Ñandú', '', 'a\rb\ufffd'],
      [4, '5512345679', 'Ana', '', 'TRUE'],
      [9, '#N/A'],
    ]);
  });

  it.each([
    ['a phone number without a format', undefined, '5215512345678', '5215512345678'],
    ['a phone number as XML may write it', undefined, '5.215512345678E12', '5215512345678'],
    ['a phone number that shows as 5.22E+12', '0.00E+00', '5215512345678', '5215512345678'],
    ['a phone number with commas', '#,##0', '5215512345678', '5215512345678'],
    ['a phone number in the form of a country', '(##) #### ####', '5512345678', '5512345678'],
    ['leading zeros', '00000', '123', '00123'],
    ['money', '"$"#,##0.00', '1234.5', '$1,234.50'],
    ['a large amount of money', '[$COP] #,##0', '12345678901', 'COP 12,345,678,901'],
    ['a share', '0%', '0.25', '25%'],
    ['a date', 'dd/mm/yyyy', '45731', '15/03/2025'],
    ['a date in Spanish', '[$-80A]d "de" mmmm', '45731', '15 de marzo'],
    ['a time', 'h:mm AM/PM', '0.5', '12:00 PM'],
    ['what a sum leaves over', undefined, '0.30000000000000004', '0.3'],
    ['a format that is none', '[nonsense', '7.5', '7.5'],
  ])('shows %s as people see it', async (_what, format, value, text) => {
    const style = format === undefined ? '' : ' s="1"';
    const { rows } = await read(
      workbookOf({
        formats: format === undefined ? [] : [format],
        rows: oneColumn(`<row r="2"><c r="A2"${style}><v>${value}</v></c></row>`),
      }),
    );
    expect(rows).toEqual([[2, text]]);
  });

  it('shows a short date, which has no form of its own, as year, month and day, from 1904 where it says so', async () => {
    const rows = oneColumn('<row><c s="1"><v>45731</v></c></row>');
    expect((await read(workbookOf({ rows }))).rows).toEqual([[2, '2025-03-15']]);
    const old = oneColumn('<row><c s="1"><v>44269</v></c></row>');
    expect((await read(workbookOf({ rows: old, is1904: true }))).rows).toEqual([[2, '2025-03-15']]);
  });

  it('is read from its first sheet that is not hidden, also where every name has a prefix', async () => {
    const sheets = '<sheet name="a" state="hidden" r:id="rId1"/><sheet name="b" r:id="rId2"/>';
    const { table, rows } = await read(
      workbookOf({ sheets, rows: '<x:row><x:c><x:v>5512345678</x:v></x:c></x:row>' }),
    );
    expect([table.columns, rows]).toEqual([['2'], []]);
    const prefixed = await read(workbookOf({ rows: '<x:row><x:c><x:v>5512345678</x:v></x:c></x:row>' }));
    expect(prefixed.rows).toEqual([[1, '5512345678']]);
    const none = workbookOf({ sheets: '<sheet name="a" state="veryHidden" r:id="rId1"/>', rows: '' });
    await expect(read(none)).rejects.toThrow('no sheet that is to be seen');
    await expect(read(workbookOf({ rows: '' }))).rejects.toThrow('the sheet "Hoja1" has no rows');
  });

  it('rejects a row that is too wide or too long and goes on, and refuses such a header', async () => {
    const { rows, rejects } = await read(
      workbookOf({
        rows: oneColumn(
          '<row r="2"><c r="XFD2"><v>1</v></c></row>' +
            `<row r="3"><c r="A3" t="str"><v>${'x'.repeat(2001)}</v></c></row>` +
            '<row r="4"><c r="A4"><v>5512345678</v></c><c r="B4"><v>7</v></c></row>' +
            '<row r="5"><c r="A5"><v>5512345679</v></c></row>',
        ),
      }),
    );
    expect(rows).toEqual([[5, '5512345679']]);
    expect(rejects.toSorted()).toEqual([
      '2 the row has a value in column 16384; the most is 50 columns',
      '3 the row is longer than 2000 bytes',
      expect.stringContaining('4 the row has 2 cells and the file 1 columns'),
    ]);
    const wide = workbookOfRows([Array.from({ length: 10_000 }, (_, i) => `c${i}`), [5512345678]]);
    await expect(read(wide)).rejects.toThrow('the most is 50 columns');
    await expect(read(workbookOfRows([['telefono', '__proto__'], [5512345678]]))).rejects.toThrow(
      '"__proto__"',
    );
  });

  it.each([
    ['an archive of something else', zipOf([{ name: 'a.txt', content: 'x' }]), 'unpack it first'],
    ['a Word document', zipOf([{ name: 'word/document.xml', content: 'x' }]), 'a Word document'],
    ['a binary workbook', zipOf([{ name: 'xl/workbook.bin', content: 'x' }]), '.xlsb'],
    ['an OpenDocument sheet', zipOf([{ name: 'content.xml', content: 'x' }]), 'OpenDocument'],
    ['a path that leads out', zipOf([{ name: '../../etc/passwd', content: 'x' }]), 'damaged'],
    ['half a workbook', workbookOfRows([['telefono']]).subarray(0, 900), 'damaged'],
    ['nothing but the first bytes', Buffer.from('PK\x03\x04'), 'damaged'],
  ])('is refused at once when it is %s', async (_what, file, reason) => {
    const path = await stored(file);
    await expect(refuseForeignArchive(path)).rejects.toMatchObject({ code: 'file_refused' });
    await expect(openWorkbook(path, OPTIONS)).rejects.toThrow(reason);
  });

  it.each([
    ['a text that is missing', '<row><c t="s"><v>7</v></c></row>', 'names text 7'],
    ['rows out of order', '<row r="5"><c><v>1</v></c></row><row r="5"/>', 'row 5 comes after row 5'],
    ['a row beyond the last', '<row r="1048577"/>', 'row 1048577'],
    ['a cell that is nowhere', '<row><c r="ZZZ1"><v>1</v></c></row>', 'no cell ZZZ1'],
    ['XML that breaks off', '<row><c><v>1</v>', 'damaged'],
    ['an entity of its own', '<row><c t="str"><v>&lol;</v></c></row>', 'damaged'],
    ['a text without end', `<row><c t="str"><v>${'x'.repeat(2_200_000)}</v></c></row>`, 'without an end'],
    ['depth without end', '<a>'.repeat(100), 'too deep'],
  ])('is refused for %s', async (_what, rows, reason) => {
    await expect(read(workbookOf({ rows }))).rejects.toThrow(reason);
  });

  it('ends with its rows: what a form control has after them is none', async () => {
    const after =
      '</sheetData><controls><anchor><from><row>3</row></from></anchor></controls>' +
      '<sheetData><row r="3"><c><v>5512345679</v></c></row>';
    const { rows } = await read(
      workbookOf({ rows: `${oneColumn('<row r="2"><c><v>5512345678</v></c></row>')}${after}` }),
    );
    expect(rows).toEqual([[2, '5512345678']]);
  });

  it('comes in batches of bounded text, however often its cells name one long text', async () => {
    const named = '<c t="s"><v>0</v></c>'.repeat(8);
    const table = await openWorkbook(
      await stored(
        workbookOf({
          sharedStrings: ['x'.repeat(32_000)],
          rows: `${oneColumn('')}${`<row>${named}</row>`.repeat(2000)}`,
        }),
      ),
      { ...OPTIONS, maxRowBytes: 262_144 },
    );
    let rejects = 0;
    for await (const batch of table.batches) {
      expect(batch.rejects.length).toBeLessThan(200);
      rejects += batch.rejects.length;
    }
    expect(rejects).toBe(2000);
  });

  it('does not gather a text that goes on in runs without end', async () => {
    const runs = `<r><t>${'x'.repeat(1000)}</t></r>`.repeat(10_000);
    const limits = { maxRowBytes: 262_144 };
    const inline = oneColumn(`<row><c t="inlineStr"><is>${runs}</is></c></row>`);
    expect((await read(workbookOf({ rows: inline }), limits)).rows).toEqual([[2, 'x'.repeat(32_767)]]);
    const shared = oneColumn('<row><c t="s"><v>0</v></c></row>');
    const file = workbookOf({ rows: shared, sharedStrings: [runs] });
    expect((await read(file, limits)).rows).toEqual([[2, 'x'.repeat(32_767)]]);
  });

  it('is refused for a DOCTYPE, where entities that multiply would be', async () => {
    const parts = workbookParts({ rows: '' }).map((part) =>
      part.name.endsWith('sheet1.xml')
        ? { ...part, content: '<!DOCTYPE a [<!ENTITY b "x">]><worksheet>&b;</worksheet>' }
        : part,
    );
    await expect(read(zipOf(parts))).rejects.toThrow('DOCTYPE');
  });

  it('is refused as a bomb before a byte of it is inflated, and when its directory lies', async () => {
    const bomb = (declaredBytes?: number) =>
      zipOf(
        workbookParts({ rows: '' }).map((part) =>
          part.name.endsWith('sheet1.xml')
            ? {
                name: part.name,
                content: Buffer.concat([Buffer.from('<worksheet>'), Buffer.alloc(40_000_000, ' ')]),
                ...(declaredBytes === undefined ? {} : { declaredBytes }),
              }
            : part,
        ),
      );
    await expect(read(bomb())).rejects.toThrow(/inflates from \d+ to 40000011 bytes/);
    await expect(read(bomb(1000))).rejects.toThrow('damaged');
  });

  it('leaves no file and no descriptor behind, read to its end, broken off, or refused', async () => {
    const many = workbookOfRows(Array.from({ length: 20_000 }, (_, i) => [5_510_000_000 + i, `n${i}`]));
    const manyColumns = workbookOfRows([
      ['telefono', '__proto__'],
      ...Array.from({ length: 20_000 }, () => [Math.random(), Math.random()]),
    ]);
    const before = readdirSync('/dev/fd').length;
    for (let i = 0; i < 10; i += 1) {
      expect((await read(many)).rows).toHaveLength(20_000);
      const table = await openWorkbook(await stored(many), OPTIONS);
      for await (const batch of table.batches) if (batch.rows.length > 0) break;
      await (await openWorkbook(await stored(many), OPTIONS)).close();
      await expect(read(workbookOf({ rows: '<row r="9"/><row r="1"/>' }))).rejects.toThrow('damaged');
      await expect(read(manyColumns)).rejects.toThrow('"__proto__"');
    }
    await expect.poll(() => readdirSync('/dev/fd').length).toBeLessThanOrEqual(before);
    expect(await readdir(directory)).toEqual(['a.xlsx']);
  });
});
