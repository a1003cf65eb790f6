import type { RowReject } from './table-row.js';

/** Lines for COPY. */
export interface StagedRows {
  readonly count: number;
  readonly bytes: readonly Buffer[];
}

/** Some thousand rows of the file, each as a line for COPY or as a reject, never as both. */
export interface ImportChunk {
  /** Rows whose outcome an earlier run committed, and that only Postgres can remember: they count as seen. */
  readonly replayed: StagedRows;
  readonly staged: StagedRows;
  readonly rejects: readonly RowReject[];
  /** Some of `staged` may repeat a number of the file: more were read than SeenNumbers remembers. */
  readonly mayRepeat: boolean;
  /** The phone numbers of those, as they were written, by row number. */
  readonly written: ReadonlyMap<number, string>;
  readonly phoneColumn: string;
  readonly attributes: readonly string[];
  readonly lastRow: number;
  readonly bytesRead: number;
}

export function repeatedRow(
  row: number,
  column: string,
  value: string,
  firstRow: number | string,
): RowReject {
  return { row, column, value, reason: `the same number is in row ${firstRow} already` };
}
