import { finished } from 'node:stream/promises';
import { type CsvError, Parser } from 'csv-parse';
import { FileRefused } from './file-refused.js';
import { TableRow, type RowReject } from './table-row.js';

export interface RecordParserOptions {
  readonly delimiter: string;
  readonly maxRowBytes: number;
}

/** Each fault is parsed again from its second line; a file made to fault on every line must not take forever. */
const MOST_FAULTS = 1000;
const SHOWN_CHARACTERS = 80;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * csv-parse over UTF-8 bytes, with what it lacks: it goes on after a broken record. A quote that is never closed, or
 * a line without end, costs that one line: the bytes since the last whole record are kept (at most maxRowBytes and a
 * chunk), and a fresh parser starts at the line after the broken one.
 */
export class RecordParser {
  private parser: Parser;
  /** Bytes from the end of the last whole record on, and where in the parser's input they begin. */
  private kept: Buffer[] = [];
  private keptFrom = 0;
  private recordEnd = 0;
  private isInsideEndlessLine = false;
  private records = 0;
  private faults = 0;
  private rows: TableRow[] = [];
  private rejects: RowReject[] = [];

  constructor(private readonly options: RecordParserOptions) {
    this.parser = this.freshParser();
  }

  /** Rows and rejects since the last take. */
  take(): { rows: TableRow[]; rejects: RowReject[] } {
    const taken = { rows: this.rows, rejects: this.rejects };
    this.rows = [];
    this.rejects = [];
    return taken;
  }

  async push(chunk: Buffer): Promise<void> {
    const bytes = this.isInsideEndlessLine ? this.afterEndlessLine(chunk) : chunk;
    if (bytes.length === 0) return;
    this.kept.push(bytes);
    try {
      await this.write(bytes);
    } catch (error) {
      await this.recover(error);
      return;
    }
    this.dropWholeRecords();
  }

  async end(): Promise<void> {
    while (!this.isInsideEndlessLine) {
      const ended = finished(this.parser.resume());
      this.parser.end();
      try {
        await ended;
        return;
      } catch (error) {
        await this.recover(error);
      }
    }
  }

  private freshParser(): Parser {
    const parser = new Parser({
      delimiter: this.options.delimiter,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_quotes: true,
      relax_column_count: true,
      max_record_size: this.options.maxRowBytes,
      // Nothing is pushed to the readable side: rows are collected here, without a stream event each.
      on_record: (cells: string[], info) => {
        this.records += 1;
        this.recordEnd = info.bytes;
        if (cells.length > 1 || cells[0] !== '') this.rows.push(TableRow.copy(this.records, cells));
        return undefined;
      },
    });
    // Every error also reaches the callback of write or the promise of end.
    parser.on('error', () => undefined);
    this.recordEnd = 0;
    this.keptFrom = 0;
    return parser;
  }

  private async write(bytes: Buffer): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.parser.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  private async recover(error: unknown): Promise<void> {
    const code = (error as Partial<CsvError>).code;
    if (code !== 'CSV_MAX_RECORD_SIZE' && code !== 'CSV_QUOTE_NOT_CLOSED') throw error;
    this.faults += 1;
    if (this.faults > MOST_FAULTS) {
      throw new FileRefused(
        `more than ${MOST_FAULTS} rows are broken (too long, or a quote that is never closed)`,
      );
    }
    this.dropWholeRecords();
    const broken = Buffer.concat(this.kept);
    const lineEnd = endOfLine(broken);
    this.records += 1;
    this.rejects.push({
      row: this.records,
      column: '',
      value: broken.subarray(0, SHOWN_CHARACTERS).toString('utf8'),
      reason:
        code === 'CSV_QUOTE_NOT_CLOSED' || (lineEnd >= 0 && lineEnd <= this.options.maxRowBytes)
          ? 'a quote is opened and never closed'
          : `the row is longer than ${this.options.maxRowBytes} bytes`,
    });
    this.parser = this.freshParser();
    this.kept = [];
    if (lineEnd < 0) {
      this.isInsideEndlessLine = true;
      return;
    }
    await this.push(broken.subarray(lineEnd));
  }

  private dropWholeRecords(): void {
    for (
      let [first] = this.kept;
      first !== undefined && this.keptFrom < this.recordEnd;
      [first] = this.kept
    ) {
      const done = Math.min(first.length, this.recordEnd - this.keptFrom);
      this.keptFrom += done;
      if (done === first.length) this.kept.shift();
      else this.kept[0] = first.subarray(done);
    }
  }

  private afterEndlessLine(chunk: Buffer): Buffer {
    const lineEnd = endOfLine(chunk);
    if (lineEnd < 0) return Buffer.alloc(0);
    this.isInsideEndlessLine = false;
    return chunk.subarray(lineEnd);
  }
}

/** Where the next line begins, or -1. */
function endOfLine(bytes: Buffer): number {
  const feed = bytes.indexOf(LINE_FEED);
  const carriage = bytes.indexOf(CARRIAGE_RETURN);
  if (carriage < 0 || (feed >= 0 && feed < carriage)) return feed < 0 ? -1 : feed + 1;
  return feed === carriage + 1 ? feed + 1 : carriage + 1;
}
