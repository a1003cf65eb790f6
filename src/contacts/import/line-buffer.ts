import type { StagedRows } from './import-chunk.js';

const BLOCK_BYTES = 262_144;
/** What a UTF-16 unit takes at the most. */
const BYTES_A_UNIT = 3;

/**
 * Lines are written into bytes one by one: strings that live for a whole chunk outlive the young generation, and the
 * heap grew to 300 MB before V8 looked at them again. Blocks come from `spare` first, so that an import needs as many
 * as two chunks fill and leaves no garbage outside the heap, which V8 is slow to notice.
 */
export class LineBuffer {
  count = 0;
  bytes = 0;
  /** All that were taken of the common size, for use again. */
  readonly blocks: Buffer[] = [];
  private readonly filled: Buffer[] = [];
  private block: Buffer = Buffer.alloc(0);
  private used = 0;

  constructor(private readonly spare: Buffer[] = []) {}

  add(line: string): void {
    const most = line.length * BYTES_A_UNIT;
    if (this.block.length - this.used < most) this.nextBlock(most);
    const written = this.block.write(line, this.used);
    this.used += written;
    this.bytes += written;
    this.count += 1;
  }

  finish(): StagedRows {
    this.closeBlock();
    return { count: this.count, bytes: this.filled };
  }

  private nextBlock(least: number): void {
    this.closeBlock();
    if (least > BLOCK_BYTES) {
      this.block = Buffer.allocUnsafeSlow(least);
      return;
    }
    this.block = this.spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.blocks.push(this.block);
  }

  private closeBlock(): void {
    if (this.used > 0) this.filled.push(this.block.subarray(0, this.used));
    this.block = Buffer.alloc(0);
    this.used = 0;
  }
}
