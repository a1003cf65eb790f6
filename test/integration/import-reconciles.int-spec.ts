import fc from 'fast-check';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { importRoutes, type ImportRoutes } from './import-routes.js';
import { workbookOfRows } from './import-workbook.js';

const PHONE = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 25 }).map((n) => `55 1234 ${5600 + n}`) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 25 }).map((n) => `+52155123456${String(n).padStart(2, '0')}`),
  },
  fc.constantFrom(
    '',
    'abc',
    '123',
    '5.2155E+12',
    '５５１２３４５６００',
    '1'.repeat(40),
    '="5512345601"',
    '"',
    '\0',
  ),
);
const TEXT = fc.oneof(
  fc.constantFrom(
    '',
    'Ana',
    'Ñandú',
    'a"b',
    '"a""b"',
    '"dos\nlíneas"',
    '"abierta',
    'x,y',
    ';',
    '\t',
    "'=1+1",
    'x'.repeat(400),
  ),
  fc.string({ maxLength: 8 }),
);
const ROW = fc.tuple(PHONE, TEXT, TEXT);
const ROWS = fc.array(ROW, { minLength: 1, maxLength: 25 });
const ENCODED = fc.constantFrom<(text: string) => Buffer>(
  (text) => Buffer.from(text),
  (text) => Buffer.from(text, 'latin1'),
  (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
);

const CSV = fc
  .tuple(ROWS, fc.constantFrom(',', ';', '\t'), fc.constantFrom('\n', '\r\n', '\n\n'), ENCODED)
  .map(([rows, delimiter, lineEnd, encode]) => {
    const lines = [['telefono', 'nombre', 'nota'], ...rows].map((cells) => cells.join(delimiter));
    return encode(lines.join(lineEnd));
  });
const WORKBOOK = fc
  .array(fc.tuple(fc.oneof(PHONE, fc.integer({ min: 5512345600, max: 5512345630 })), TEXT), { maxLength: 25 })
  .map((rows) =>
    workbookOfRows([['telefono', 'nombre'], ...rows.map((cells) => cells.map(withoutControls))]),
  );

/** XML has no place for most of them. */
function withoutControls(cell: string | number): string | number {
  return typeof cell === 'number' ? cell : cell.replace(/[^\t\n\r\x20-\ud7ff]/g, '?');
}

describe('whatever a file holds', () => {
  let routes: ImportRoutes;

  beforeAll(async () => {
    routes = await importRoutes();
  });
  beforeEach(() => void routes.newWorkspace());
  afterAll(() => routes.close());

  async function expectReconciled(file: Buffer): Promise<void> {
    routes.newWorkspace();
    const dry = await routes.imported(file, { dryRun: 'true' });
    expect(dry.contacts).toEqual([]);
    const first = await routes.imported(file);
    const second = await routes.imported(file);
    for (const { job, errors } of [dry, first, second]) {
      const { read, created, updated, unchanged, failed } = job.rows;
      expect(read).toBe(created + updated + unchanged + failed);
      const [, ...lines] = parse(errors) as string[][];
      expect(lines).toHaveLength(failed);
      expect(lines.every(([row, , , reason]) => Number(row) > 0 && reason !== '')).toBe(true);
      expect(job.rows.failed).toBe(first.job.rows.failed);
      expect(job.rows.read).toBe(first.job.rows.read);
    }
    expect(first.contacts).toHaveLength(first.job.rows.created);
    expect(dry.job.rows).toEqual(first.job.rows);
    expect(second.job.rows).toMatchObject({ created: 0, updated: 0, unchanged: first.job.rows.created });
  }

  it('every row of a text file is counted once and every failed one is listed', async () => {
    await fc.assert(fc.asyncProperty(CSV, expectReconciled), { numRuns: 60 });
  }, 120_000);

  it('every row of a workbook is counted once and every failed one is listed', async () => {
    await fc.assert(fc.asyncProperty(WORKBOOK, expectReconciled), { numRuns: 40 });
  }, 120_000);
});
