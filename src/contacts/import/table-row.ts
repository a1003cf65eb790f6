/**
 * A record of the file; `number` counts as a spreadsheet does: the first line is 1, blank lines count too.
 *
 * A class and a copy for the sake of the heap. V8 watches where array and object literals are written; when all of the
 * first few hundred outlive a collection, as the rows of a file's first batch do, it places every later one in the old
 * generation at once, and a million rows wait there for a full collection: a server grew from 160 to 460 MB. It does so
 * with slices of such arrays too, and neither with instances nor with what Array.from makes.
 */
export class TableRow {
  private constructor(
    readonly number: number,
    readonly cells: readonly string[],
  ) {}

  static copy(number: number, cells: readonly string[]): TableRow {
    return new TableRow(number, Array.from(cells));
  }
}

/** Why a row cannot be used. */
export interface RowReject {
  readonly row: number;
  readonly column: string;
  readonly value: string;
  readonly reason: string;
}

/**
 * The start of a value, for a reject. A plain slice would keep the whole string alive: the rejects of one chunk, rows of
 * a quarter of a megabyte each, would hold gigabytes.
 */
export function excerpt(text: string, characters: number): string {
  return text.length <= characters ? text : Buffer.from(text.slice(0, characters)).toString();
}
