import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Table, TableOptions } from './table.js';
import { openTable } from './table-file.js';

const OPTIONS: TableOptions = { maxRowBytes: 2000, maxColumns: 50, defaultCountry: 'MX' };

/** The file in pieces of `pieceBytes`, so that every boundary falls into the middle of something. */
function inPieces(file: Buffer | string, pieceBytes: number): AsyncIterable<Buffer> {
  const bytes = Buffer.from(file as string);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) pieces.push(bytes.subarray(at, at + pieceBytes));
  return Readable.from(pieces);
}

async function read(file: Buffer | string, options: Partial<TableOptions> = {}, pieceBytes = 70_000) {
  const table = await openTable(inPieces(file, pieceBytes), { ...OPTIONS, ...options });
  return { table, ...(await drain(table)) };
}

async function drain(table: Table) {
  const rows: [number, ...string[]][] = [];
  const rejects: { row: number; reason: string }[] = [];
  for await (const batch of table.batches) {
    for (const row of batch.rows) rows.push([row.number, ...row.cells]);
    for (const { row, reason } of batch.rejects) rejects.push({ row, reason });
  }
  return { rows, rejects };
}

const utf16 = (text: string, mark = true) => Buffer.from(`${mark ? '\ufeff' : ''}${text}`, 'utf16le');

describe('a file of contacts', () => {
  it.each([
    ['comma', 'nombre,telefono\nAna,5512345678\n', ','],
    ['semicolon', 'nombre;telefono\n"López, Ana";5512345678\n', ';'],
    ['tab', 'nombre\ttelefono\nAna\t5512345678\n', '\t'],
    ['pipe', 'nombre|telefono\nAna|5512345678\n', '|'],
    ['declared by Excel', 'sep=;\nnombre;telefono\nAna;5512345678\n', ';'],
  ])('finds its delimiter: %s', async (_name, file, delimiter) => {
    const { table, rows } = await read(file);
    expect(table.delimiter).toBe(delimiter);
    expect(table.columns).toEqual(['nombre', 'telefono']);
    expect(rows.map((row) => row[2])).toEqual(['5512345678']);
  });

  it.each([
    ['UTF-8', Buffer.from('teléfono,nombre\n5512345678,Zoë Ñandú\n'), 'utf-8'],
    ['UTF-8 with a mark', Buffer.from('\ufeffteléfono,nombre\n5512345678,Zoë Ñandú\n'), 'utf-8'],
    ['UTF-16 LE', utf16('teléfono,nombre\n5512345678,Zoë Ñandú\n'), 'utf-16le'],
    ['UTF-16 LE without a mark', utf16('teléfono,nombre\n5512345678,Zoë Ñandú\n', false), 'utf-16le'],
    ['UTF-16 BE', utf16('teléfono,nombre\n5512345678,Zoë Ñandú\n').swap16(), 'utf-16be'],
    [
      'Windows-1252',
      Buffer.from('tel\xe9fono,nombre\n5512345678,Zo\xeb \xd1and\xfa \x93\x80\x94\n', 'latin1'),
      'windows-1252',
      ' “€”',
    ],
    ['Latin-1', Buffer.from('teléfono,nombre\n5512345678,Zoë Ñandú\n', 'latin1'), 'windows-1252'],
  ])('reads %s', async (_name, file, encoding, more = '') => {
    for (const pieceBytes of [1, 7, 70_000]) {
      const { table, rows } = await read(file, {}, pieceBytes);
      expect(table.columns).toEqual(['teléfono', 'nombre']);
      expect(rows).toEqual([[2, '5512345678', `Zoë Ñandú${more}`]]);
      expect(table.encoding()).toBe(encoding);
    }
  });

  it('finds its header behind the line of Excel, also where that is all that the first bytes hold', async () => {
    const long = 'x'.repeat(100_000);
    const { table, rows } = await read(
      `sep=;\ntelefono;${'n'.repeat(90)};"${'\n'.repeat(70_000)}"\n5512345678;${long}\n`,
      { maxRowBytes: 200_000 },
      1000,
    );
    expect(table.columns[0]).toBe('telefono');
    expect(rows).toEqual([[3, '5512345678', long]]);
  });

  it('is Windows-1252 when its first accent comes after a megabyte', async () => {
    const plain = 'telefono,nombre\n' + '5512345678,Ana\n'.repeat(80_000);
    const { rows } = await read(
      Buffer.concat([Buffer.from(plain), Buffer.from('5512345679,Ñañez\n', 'latin1')]),
    );
    expect(rows.at(-1)).toEqual([80_002, '5512345679', 'Ñañez']);
  });

  it('keeps a broken byte from spreading in a file that is UTF-8 otherwise', async () => {
    const broken = Buffer.concat([
      Buffer.from('telefono,nombre\n5512345678,Peña y Núñez '),
      Buffer.from([0xff]),
      Buffer.from('\n5512345679,Ñ\n'),
    ]);
    const { rows } = await read(broken);
    expect(rows).toEqual([
      [2, '5512345678', 'Peña y Núñez \ufffd'],
      [3, '5512345679', 'Ñ'],
    ]);
  });

  it('loses NUL bytes and replaces what is no character', async () => {
    const { rows } = await read(Buffer.from('telefono,nombre\n55123\x0045678,A\x00na\n'));
    expect(rows).toEqual([[2, '5512345678', 'Ana']]);
    const { rows: surrogate } = await read(utf16('telefono,nombre\n5512345678,x\ud800y\n'));
    expect(surrogate).toEqual([[2, '5512345678', 'x\ufffdy']]);
  });

  it('numbers rows as a spreadsheet does, through quoted line breaks, blank lines and mixed line ends', async () => {
    const file =
      'telefono,nota\r\n5512345671,"a\nb"\r\n\r\n5512345672,c\n5512345673,d\r5512345674,"say ""hi"""';
    for (const pieceBytes of [1, 3, 70_000]) {
      const { rows } = await read(file, {}, pieceBytes);
      expect(rows).toEqual([
        [2, '5512345671', 'a\nb'],
        [4, '5512345672', 'c'],
        [5, '5512345673', 'd'],
        [6, '5512345674', 'say "hi"'],
      ]);
    }
  });

  it('needs no header when its first row holds a number', async () => {
    const { table, rows } = await read('5512345671\n5512345672\n');
    expect(table).toMatchObject({ hasHeader: false, columns: ['column 1'], phoneColumn: 0 });
    expect(rows.map((row) => row[0])).toEqual([1, 2]);
    expect((await read('Ana;5512345671\nEva;5512345672\n')).table.phoneColumn).toBe(1);
  });

  it('gives every column a name of its own and refuses one that would be a prototype', async () => {
    const { table } = await read('telefono,,saldo,saldo,constructor\n5512345678,a,b,c,d\n');
    expect(table.columns).toEqual(['telefono', 'column 2', 'saldo', 'saldo (2)', 'constructor']);
    await expect(read('telefono,__proto__\n5512345678,x\n')).rejects.toThrow('"__proto__"');
  });
});

describe('a broken row', () => {
  const good = '5512345678,Ana\n';

  it.each([1, 50, 70_000])(
    'with a quote that is never closed costs itself alone (pieces of %i bytes)',
    async (size) => {
      const file = `telefono,nombre\n${good}5512345679,"Eva\n${good.repeat(500)}`;
      const { rows, rejects } = await read(file, {}, size);
      expect(rejects).toEqual([{ row: 3, reason: 'a quote is opened and never closed' }]);
      expect(rows).toHaveLength(501);
      expect(rows.at(-1)?.[0]).toBe(503);
    },
  );

  it('with a quote left open at the end of the file is rejected', async () => {
    const { rows, rejects } = await read(`telefono,nombre\n${good}5512345679,"Eva`);
    expect(rows).toHaveLength(1);
    expect(rejects).toEqual([{ row: 3, reason: 'a quote is opened and never closed' }]);
  });

  it('of a gigabyte is skipped in constant memory, and a file that is nothing else is refused', async () => {
    const piece = Buffer.alloc(65_536, 'x');
    const endless = async function* (before: string, after: string) {
      yield Buffer.from(before);
      for (let i = 0; i < 16_384; i += 1) yield piece;
      yield Buffer.from(after);
    };
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const table = await openTable(endless(`telefono,nombre\n${good}`, `\n${good}`), OPTIONS);
    const rows: number[] = [];
    const reasons: string[] = [];
    for await (const batch of table.batches) {
      rows.push(...batch.rows.map((row) => row.number));
      reasons.push(...batch.rejects.map(({ reason }) => reason));
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect(rows).toEqual([2, 4]);
    expect(reasons).toEqual(['the row is longer than 2000 bytes']);
    expect(most).toBeLessThan(100_000_000);
    await expect(openTable(endless('', ''), OPTIONS)).rejects.toThrow('the row is longer than 2000 bytes');
    await expect(openTable(endless('"', ''), OPTIONS)).rejects.toThrow('the row is longer than 2000 bytes');
  }, 30_000);

  it('in the first place makes the file be refused: the next one must not be taken for the header', async () => {
    await expect(read(`"telefono,nombre\n${good.repeat(500)}`)).rejects.toThrow(
      'the first row is broken: a quote',
    );
    await expect(read(`${'x'.repeat(3000)}\n${good}`)).rejects.toThrow(
      'the first row is broken: the row is longer',
    );
  });

  it('with more cells than columns is rejected, with empty ones it is not', async () => {
    const { rows, rejects } = await read(
      'telefono,nombre\n5512345678,López, Ana\n5512345679,Eva,,\n5512345670\n',
    );
    expect(rejects).toEqual([{ row: 2, reason: expect.stringContaining('3 cells and the file 2 columns') }]);
    expect(rows).toEqual([
      [3, '5512345679', 'Eva'],
      [4, '5512345670'],
    ]);
  });

  it('a thousand times over makes the file be refused', async () => {
    const file = `telefono,b\n${'a","""\n'.repeat(5000)}`;
    await expect(read(file, { maxRowBytes: 300 })).rejects.toThrow('rows are broken');
  });
});

describe('a file that is something else', () => {
  it.each([
    ['an old Excel workbook', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1])],
    ['a PDF', Buffer.from('%PDF-1.7')],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0])],
    ['a web page', Buffer.from('<!DOCTYPE html><html>')],
    ['JSON', Buffer.from('[{"phone":"+52"}]')],
    ['empty', Buffer.from('')],
    ['no rows', Buffer.from('\n\n\n')],
  ])('is refused, saying that it is %s', async (what, file) => {
    await expect(read(file)).rejects.toThrow(what);
  });

  it('is refused when it has too many columns', async () => {
    await expect(read(`telefono${',c'.repeat(50)}\n`)).rejects.toThrow('51 columns; the most is 50');
  });
});

describe('every record of every file', () => {
  it('comes out once, as a row or as a reject, however the bytes arrive', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'ñ', '5'),
      maxLength: 12,
    });
    const file = fc.array(cell, { maxLength: 40 }).map((cells) => `telefono,nombre\n${cells.join('\n')}\n`);
    await fc.assert(
      fc.asyncProperty(file, fc.integer({ min: 1, max: 50 }), async (text, pieceBytes) => {
        const whole = await read(text, { maxRowBytes: 300 });
        const pieces = await read(text, { maxRowBytes: 300 }, pieceBytes);
        expect(pieces.rows).toEqual(whole.rows);
        expect(pieces.rejects).toEqual(whole.rejects);
        const numbers = [...whole.rows.map(([number]) => number), ...whole.rejects.map(({ row }) => row)];
        expect(new Set(numbers).size).toBe(numbers.length);
      }),
    );
  });
});
