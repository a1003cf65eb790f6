import { assertNever } from '../../common/assert-never.js';
import type { ContactLines } from './contact-line.js';
import { repeatedRow, type ImportChunk, type StagedRows } from './import-chunk.js';
import type { RowReject, TableRow } from './record-parser.js';
import { SeenNumbers } from './seen-numbers.js';
import type { RowBatch } from './table-file.js';

/** Big enough that a transaction's cost disappears in it, small enough for a lock to be short and progress to be seen. */
const ROWS = 20_000;
/** Rows may be long: a chunk is at most this much text, so that memory stays flat. */
const CHARACTERS = 8_000_000;
const SHOWN_CHARACTERS = 200;

/** Gathers rows until they make a chunk. Rows up to `committedRow` were committed by an earlier run. */
export class ChunkBuilder {
  private replayed = new LineBuffer();
  private staged = new LineBuffer();
  private rejects: RowReject[] = [];
  private written = new Map<number, string>();
  private hasUnknown = false;
  private lastRow = 0;
  private bytesRead = 0;

  constructor(
    private readonly lines: ContactLines,
    private readonly phone: { readonly index: number; readonly column: string },
    private readonly committedRow: number,
    private readonly seen = new SeenNumbers(),
  ) {}

  get isFull(): boolean {
    const rows = this.replayed.count + this.staged.count + this.rejects.length;
    return rows >= ROWS || this.replayed.characters + this.staged.characters >= CHARACTERS;
  }

  add(batch: RowBatch): void {
    this.bytesRead = batch.bytesRead;
    for (const reject of batch.rejects) this.addReject(reject);
    for (const row of batch.rows) this.addRow(row);
    this.replayed.encode();
    this.staged.encode();
  }

  take(): ImportChunk {
    const chunk = {
      replayed: this.replayed.take(),
      staged: this.staged.take(),
      rejects: this.rejects,
      mayRepeat: this.hasUnknown,
      written: this.written,
      phoneColumn: this.phone.column,
      attributes: this.lines.usedAttributes(),
      lastRow: this.lastRow,
      bytesRead: this.bytesRead,
    };
    this.replayed = new LineBuffer();
    this.staged = new LineBuffer();
    this.rejects = [];
    this.written = new Map();
    this.hasUnknown = false;
    return chunk;
  }

  private addRow(row: TableRow): void {
    const made = this.lines.of(row);
    if (!made.ok) return this.addReject(made);
    const written = (row.cells[this.phone.index] ?? '').slice(0, SHOWN_CHARACTERS);
    const isCommitted = row.number <= this.committedRow;
    const sighting = this.seen.see(made.recipient, row.number);
    switch (sighting.kind) {
      case 'repeated':
        return this.addReject(repeatedRow(row.number, this.phone.column, written, sighting.firstRow));
      case 'unknown':
        if (isCommitted) return this.replayed.add(made.line);
        this.hasUnknown = true;
        this.written.set(row.number, written);
        break;
      case 'new':
        // Of a committed row nothing is left to do once its number has been seen again.
        if (isCommitted) return;
        break;
      default:
        assertNever(sighting);
    }
    this.lastRow = Math.max(this.lastRow, row.number);
    this.staged.add(made.line);
  }

  private addReject({ row, column, value, reason }: RowReject): void {
    if (row <= this.committedRow) return;
    this.lastRow = Math.max(this.lastRow, row);
    this.rejects.push({ row, column, value, reason });
  }
}

/**
 * Lines are turned into bytes batch by batch: twenty thousand strings that live for a whole chunk outlive the young
 * generation, and the heap grew to 300 MB before V8 looked at them again.
 */
class LineBuffer {
  count = 0;
  characters = 0;
  private lines: string[] = [];
  private readonly bytes: Buffer[] = [];

  add(line: string): void {
    this.lines.push(line);
    this.count += 1;
    this.characters += line.length;
  }

  encode(): void {
    if (this.lines.length === 0) return;
    this.bytes.push(Buffer.from(this.lines.join('')));
    this.lines = [];
  }

  take(): StagedRows {
    return { count: this.count, bytes: this.bytes };
  }
}
