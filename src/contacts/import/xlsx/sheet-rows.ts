import { FileRefused } from '../file-refused.js';
import { excerpt, TableRow, type RowReject } from '../table-row.js';
import { cellText, columnOf, LONGEST_WRITTEN } from './cell-text.js';
import type { CellStyles } from './cell-styles.js';
import type { PagedText } from './paged-text.js';
import type { Attributes, XmlHandler } from './xml-parts.js';

export interface SheetLimits {
  readonly maxRowBytes: number;
  readonly maxColumns: number;
}

const MOST_ROWS = 1_048_576;
const MOST_SHEET_COLUMNS = 16_384;
const SHOWN_CHARACTERS = 80;

/**
 * Turns the events of a sheet's XML into rows. Only what a cell shows is taken: a formula's last result, never the
 * formula. Cells beyond the limits are counted and not kept, so that a row cannot be wider than the limits allow.
 */
export class SheetRows implements XmlHandler {
  /** From the end of the rows on nothing counts: a form control's anchor has an element named `row` too. */
  isEnded = false;
  /** What the rows since the last take hold: a few bytes of XML may name a long text. */
  characters = 0;
  private rows: TableRow[] = [];
  private rejects: RowReject[] = [];
  private number = 0;
  private readonly cells: string[] = [];
  private rowBytes = 0;
  private tooWide: { column: number; value: string } | undefined;
  private column = -1;
  private type = 'n';
  private style = 0;
  private value = '';
  private isValue = false;
  private isReading = false;

  constructor(
    private readonly strings: PagedText,
    private readonly styles: CellStyles,
    private readonly limits: SheetLimits,
  ) {}

  take(): { rows: TableRow[]; rejects: RowReject[] } {
    const taken = { rows: this.rows, rejects: this.rejects };
    this.rows = [];
    this.rejects = [];
    this.characters = 0;
    return taken;
  }

  open(name: string, attributes: Attributes): void {
    if (this.isEnded) return;
    this.isValue = false;
    if (name === 'c') this.openCell(attributes);
    else if (name === 'v' || (name === 't' && !this.isReading)) this.isValue = true;
    else if (name === 'row') this.openRow(attributes);
    else if (name === 'rPh') this.isReading = true;
  }

  text(text: string): void {
    if (this.isValue && this.value.length < LONGEST_WRITTEN) this.value += text;
  }

  close(name: string): void {
    if (this.isEnded) return;
    this.isValue = false;
    if (name === 'c') this.closeCell();
    else if (name === 'row') this.closeRow();
    else if (name === 'rPh') this.isReading = false;
    else if (name === 'sheetData') this.isEnded = true;
  }

  private openRow({ r }: Attributes): void {
    const number = r === undefined ? this.number + 1 : Number(r);
    if (!Number.isInteger(number) || number <= this.number || number > MOST_ROWS) {
      throw new FileRefused(`the workbook is damaged: row ${r ?? number} comes after row ${this.number}`);
    }
    this.number = number;
    this.cells.length = 0;
    this.rowBytes = 0;
    this.tooWide = undefined;
    this.column = -1;
  }

  private openCell({ r, t = 'n', s = '0' }: Attributes): void {
    this.column = r === undefined ? this.column + 1 : columnOf(r);
    if (this.column < 0 || this.column >= MOST_SHEET_COLUMNS) {
      throw new FileRefused(`the workbook is damaged: there is no cell ${r ?? this.column + 1}`);
    }
    this.type = t;
    this.style = Number(s);
    this.value = '';
  }

  private closeCell(): void {
    if (this.value === '') return;
    const text = this.shown();
    if (text === '') return;
    if (this.column >= this.limits.maxColumns) {
      this.tooWide ??= { column: this.column, value: excerpt(text, SHOWN_CHARACTERS) };
      return;
    }
    this.rowBytes += text.length;
    if (this.rowBytes > this.limits.maxRowBytes) return;
    while (this.cells.length < this.column) this.cells.push('');
    this.cells[this.column] = text;
  }

  private closeRow(): void {
    const { number, cells, tooWide } = this;
    const { maxRowBytes, maxColumns } = this.limits;
    if (tooWide !== undefined) {
      const reason = `the row has a value in column ${tooWide.column + 1}; the most is ${maxColumns} columns`;
      this.rejects.push({ row: number, column: '', value: tooWide.value, reason });
    } else if (this.rowBytes > maxRowBytes) {
      const value = excerpt(cells.join(' '), SHOWN_CHARACTERS);
      const reason = `the row is longer than ${maxRowBytes} bytes`;
      this.rejects.push({ row: number, column: '', value, reason });
    } else if (cells.length > 0) {
      this.rows.push(TableRow.copy(number, cells));
      this.characters += this.rowBytes;
    }
  }

  private shown(): string {
    switch (this.type) {
      case 's':
        return this.sharedText();
      case 'b':
        return this.value.trim() === '1' ? 'TRUE' : 'FALSE';
      case 'n': {
        const value = Number(this.value);
        return Number.isFinite(value) ? this.styles.of(this.style)(value) : cellText(this.value);
      }
      default:
        return cellText(this.value);
    }
  }

  private sharedText(): string {
    const text = this.strings.get(Number(this.value));
    if (text === undefined) {
      throw new FileRefused(
        `the workbook is damaged: row ${this.number} names text ${this.value}, which is missing`,
      );
    }
    return text;
  }
}
