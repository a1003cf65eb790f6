import type { CountryCode } from 'libphonenumber-js';
import { columnNames } from './column-names.js';
import type { Delimiter } from './delimiter.js';
import { FileRefused } from './file-refused.js';
import { isHeader, phoneColumnOf } from './header.js';
import { excerpt, TableRow, type RowReject } from './table-row.js';
import type { FileEncoding } from './text-decoder.js';

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
  /** Of text files; a workbook has none. */
  readonly delimiter?: Delimiter;
  readonly hasHeader: boolean;
  /** Where the first row holds what could be a phone number; -1 where it holds none, as a header does. */
  readonly phoneColumn: number;
  /** Unique names, as written in the header row; `column 3` where there is none. */
  readonly columns: readonly string[];
  /** What the bytes seen so far were found to be. */
  encoding(): FileEncoding;
  /** Every record once, as a row or as a reject, never as both. Cells may be fewer than columns, never more. */
  readonly batches: AsyncIterable<RowBatch>;
  /** Lets go of the file. Needed where `batches` is not read to its end, and harmless where it is. */
  close(): Promise<void>;
}

/**
 * The row that says what all others are. Where it is the broken one, the next would be taken for it, and a contact for
 * the header.
 */
export function firstRow(
  rows: readonly TableRow[],
  [broken]: readonly RowReject[],
  whenNone: string,
): TableRow {
  const [first] = rows;
  if (broken !== undefined && (first === undefined || broken.row < first.number)) {
    throw new FileRefused(`the first row is broken: ${broken.reason}`);
  }
  if (first === undefined) throw new FileRefused(whenNone);
  return first;
}

/** What the first row says about all others. */
export function describeTable(
  { cells: top }: TableRow,
  { maxColumns, defaultCountry }: TableOptions,
): Pick<Table, 'hasHeader' | 'phoneColumn' | 'columns'> {
  if (top.length > maxColumns) {
    throw new FileRefused(`the file has ${top.length} columns; the most is ${maxColumns}`);
  }
  const hasHeader = isHeader(top, defaultCountry);
  return {
    hasHeader,
    phoneColumn: hasHeader ? -1 : phoneColumnOf(top, defaultCountry),
    columns: columnNames(hasHeader ? top : top.map(() => '')),
  };
}

const SHOWN_CHARACTERS = 80;

interface RawBatch {
  readonly rows: TableRow[];
  readonly rejects: RowReject[];
  readonly bytesRead: number;
}

/**
 * The batch, with rows that have more cells than there are columns as rejects: as a rule a delimiter stands inside a
 * value without quotes, and every cell after it is wrong.
 */
export function fitted(batch: RawBatch, columns: readonly string[]): RowBatch {
  const { rows, rejects, bytesRead } = batch;
  let kept = 0;
  for (const row of rows) {
    const fit = fittedRow(row, columns.length, rejects);
    if (fit !== undefined) rows[kept++] = fit;
  }
  rows.length = kept;
  return { rows, rejects, bytesRead };
}

function fittedRow(row: TableRow, columns: number, rejects: RowReject[]): TableRow | undefined {
  if (row.cells.length <= columns) return row;
  const extra = row.cells.slice(columns);
  if (extra.every((cell) => cell === '')) return TableRow.copy(row.number, row.cells.slice(0, columns));
  rejects.push({
    row: row.number,
    column: '',
    value: excerpt(extra.join(' '), SHOWN_CHARACTERS),
    reason: `the row has ${row.cells.length} cells and the file ${columns} columns; is a quote or the name of a column missing?`,
  });
  return undefined;
}
