import type { CountryCode } from 'libphonenumber-js';
import { columnNames } from './column-names.js';
import { declaredDelimiter, detectDelimiter, type Delimiter } from './delimiter.js';
import { refuseForeignFile } from './file-kind.js';
import { FileRefused } from './file-refused.js';
import { isHeader, phoneColumnOf } from './header.js';
import { RecordParser, type RowReject, type TableRow } from './record-parser.js';
import { Utf8Stream, type FileEncoding } from './text-decoder.js';

export interface TableOptions {
  readonly maxRowBytes: number;
  readonly maxColumns: number;
  /** Helps to tell a file without a header from one with: `5512345678` is a number in MX. */
  readonly defaultCountry?: CountryCode;
}

export interface RowBatch {
  readonly rows: readonly TableRow[];
  readonly rejects: readonly RowReject[];
  /** Bytes of the file read so far, for progress. */
  readonly bytesRead: number;
}

/** A file whose first lines were looked at; `batches` reads the rest, once, in constant memory. */
export interface Table {
  readonly delimiter: Delimiter;
  readonly hasHeader: boolean;
  /** Where the first row holds what could be a phone number; -1 where it holds none, as a header does. */
  readonly phoneColumn: number;
  /** Unique names, as written in the header row; `column 3` where there is none. */
  readonly columns: readonly string[];
  /** What the bytes seen so far were found to be. */
  encoding(): FileEncoding;
  /** Every record once, as a row or as a reject, never as both. Cells may be fewer than columns, never more. */
  readonly batches: AsyncIterable<RowBatch>;
}

const SAMPLE_BYTES = 65_536;

/** Decodes and looks at the start of a CSV or TSV file. Throws FileRefused for what cannot be one. */
export async function openTable(source: AsyncIterable<Buffer>, options: TableOptions): Promise<Table> {
  const chunks = source[Symbol.asyncIterator]();
  const head = await readHead(chunks);
  if (head.length === 0) throw new FileRefused('the file is empty');
  refuseForeignFile(head);

  const decoder = new Utf8Stream();
  const text = decoder.push(head.subarray(decoder.start(head)));
  const sample = text.subarray(0, SAMPLE_BYTES).toString('utf8');
  const declared = declaredDelimiter(sample.slice(0, 20).split(/[\r\n]/, 1)[0] ?? '');
  const delimiter = declared ?? detectDelimiter(sample);

  const parser = new RecordParser({ delimiter, maxRowBytes: options.maxRowBytes });
  await parser.push(text);
  let bytesRead = head.length;
  let first = parser.take();
  // The first record may be longer than the sample.
  while (first.rows.length === 0) {
    const next = await chunks.next();
    if (next.done === true) {
      await parser.push(decoder.end());
      await parser.end();
    } else {
      bytesRead += next.value.length;
      await parser.push(decoder.push(next.value));
    }
    const more = parser.take();
    first = { rows: more.rows, rejects: [...first.rejects, ...more.rejects] };
    if (next.done === true) break;
  }
  const rows = declared === undefined ? first.rows : first.rows.filter((row) => row.number > 1);
  const [top] = rows;
  if (top === undefined) {
    throw new FileRefused(first.rejects[0]?.reason ?? 'the file has no rows', '/file');
  }
  if (top.cells.length > options.maxColumns) {
    throw new FileRefused(`the file has ${top.cells.length} columns; the most is ${options.maxColumns}`);
  }
  const hasHeader = isHeader(top.cells, options.defaultCountry);
  const columns = columnNames(hasHeader ? top.cells : top.cells.map(() => ''));

  const body: { rows: TableRow[]; rejects: RowReject[] } = {
    rows: hasHeader ? rows.slice(1) : rows,
    rejects: first.rejects,
  };
  return {
    delimiter,
    hasHeader,
    phoneColumn: hasHeader ? -1 : phoneColumnOf(top.cells, options.defaultCountry),
    columns,
    encoding: () => decoder.detected,
    batches: readBatches(body, chunks, decoder, parser, columns, bytesRead),
  };
}

async function* readBatches(
  first: { rows: TableRow[]; rejects: RowReject[] },
  chunks: AsyncIterator<Buffer>,
  decoder: Utf8Stream,
  parser: RecordParser,
  columns: readonly string[],
  bytesAlready: number,
): AsyncGenerator<RowBatch> {
  let bytesRead = bytesAlready;
  try {
    yield { ...fitted(first, columns), bytesRead };
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
      bytesRead += next.value.length;
      await parser.push(decoder.push(next.value));
      yield { ...fitted(parser.take(), columns), bytesRead };
    }
    await parser.push(decoder.end());
    await parser.end();
    yield { ...fitted(parser.take(), columns), bytesRead };
  } finally {
    await chunks.return?.();
  }
}

async function readHead(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  while (length < SAMPLE_BYTES) {
    const next = await chunks.next();
    if (next.done === true) break;
    parts.push(next.value);
    length += next.value.length;
  }
  return Buffer.concat(parts);
}

/** More cells than columns mean that a delimiter stands inside a value without quotes: every cell after it is wrong. */
function fitted(
  taken: { rows: TableRow[]; rejects: RowReject[] },
  columns: readonly string[],
): { rows: TableRow[]; rejects: RowReject[] } {
  if (!taken.rows.some((row) => row.cells.length > columns.length)) return taken;
  const rows: TableRow[] = [];
  const rejects = [...taken.rejects];
  for (const row of taken.rows) {
    const extra = row.cells.slice(columns.length);
    if (extra.every((cell) => cell === '')) {
      rows.push({ number: row.number, cells: row.cells.slice(0, columns.length) });
    } else {
      rejects.push({
        row: row.number,
        column: '',
        value: extra.join(' ').slice(0, 80),
        reason: `the row has ${row.cells.length} cells and the file ${columns.length} columns; is a quote missing?`,
      });
    }
  }
  return { rows, rejects };
}
