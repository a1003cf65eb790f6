import { assertNever } from '../../common/assert-never.js';
import type { ContactLines } from './contact-line.js';
import { repeatedRow, type ImportChunk } from './import-chunk.js';
import { LineBuffer } from './line-buffer.js';
import { SeenNumbers } from './seen-numbers.js';
import type { RowBatch } from './table.js';
import { excerpt, type RowReject, type TableRow } from './table-row.js';

/** Big enough that a transaction's cost disappears in it, small enough for a lock to be short and progress to be seen. */
const ROWS = 20_000;
/** Rows may be long: a chunk is at most these many bytes, so that memory stays flat. */
const BYTES = 8_000_000;
const SHOWN_CHARACTERS = 200;

/** Gathers rows until they make a chunk. Rows up to `committedRow` were committed by an earlier run. */
export class ChunkBuilder {
  private readonly spare: Buffer[] = [];
  private lent: readonly Buffer[] = [];
  private replayed = new LineBuffer(this.spare);
  private staged = new LineBuffer(this.spare);
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
    return rows >= ROWS || this.replayed.bytes + this.staged.bytes >= BYTES;
  }

  add(batch: RowBatch): void {
    this.bytesRead = batch.bytesRead;
    for (const reject of batch.rejects) this.addReject(reject);
    for (const row of batch.rows) this.addRow(row);
  }

  /** The chunk's bytes are good until the next take: then they are written over. */
  take(): ImportChunk {
    const chunk = {
      replayed: this.replayed.finish(),
      staged: this.staged.finish(),
      rejects: this.rejects,
      mayRepeat: this.hasUnknown,
      written: this.written,
      phoneColumn: this.phone.column,
      attributes: this.lines.usedAttributes(),
      lastRow: this.lastRow,
      bytesRead: this.bytesRead,
    };
    this.spare.push(...this.lent);
    this.lent = [...this.replayed.blocks, ...this.staged.blocks];
    this.replayed = new LineBuffer(this.spare);
    this.staged = new LineBuffer(this.spare);
    this.rejects = [];
    this.written = new Map();
    this.hasUnknown = false;
    return chunk;
  }

  private addRow(row: TableRow): void {
    const made = this.lines.of(row);
    if (!made.ok) return this.addReject(made);
    const written = excerpt(row.cells[this.phone.index] ?? '', SHOWN_CHARACTERS);
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
