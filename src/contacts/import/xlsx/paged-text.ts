import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { FileRefused } from '../file-refused.js';

const PAGE_BYTES = 65_536;
/** 4 MB stay in memory; texts are asked for in nearly the order in which they were added, so most hits are there. */
const PAGES_IN_MEMORY = 64;
const MOST_BYTES = 1024 ** 3;
const MOST_TEXTS = 10_000_000;
const FIRST_SLOTS = 4096;

/**
 * The texts of a workbook, which its cells name by number: a list without a bound, in bounded memory. What does not
 * fit goes to a file that has no name any more as soon as it is open, so that not even a crash leaves it behind.
 */
export class PagedText {
  private ends = new Uint32Array(FIRST_SLOTS);
  private count = 0;
  private readonly pages = new Map<number, Buffer>();
  private page: Buffer = Buffer.allocUnsafeSlow(PAGE_BYTES);
  private pageNumber = 0;
  private used = 0;
  private file: number | undefined;

  /** `path`: where the file may lie for the moment. */
  constructor(
    private readonly path: string,
    private readonly pagesInMemory = PAGES_IN_MEMORY,
  ) {}

  add(text: string): void {
    const bytes = Buffer.from(text);
    const end = this.length + bytes.length;
    if (end > MOST_BYTES || this.count >= MOST_TEXTS) {
      throw new FileRefused('the workbook has more than a gigabyte of text; save the sheet as CSV');
    }
    if (this.count === this.ends.length) {
      const larger = new Uint32Array(this.count * 2);
      larger.set(this.ends);
      this.ends = larger;
    }
    for (let at = 0; at < bytes.length;) {
      const copied = bytes.copy(this.page, this.used, at);
      at += copied;
      this.used += copied;
      if (this.used === PAGE_BYTES) this.turnPage();
    }
    this.ends[this.count] = end;
    this.count += 1;
  }

  get(index: number): string | undefined {
    if (!Number.isInteger(index) || index < 0 || index >= this.count) return undefined;
    const end = this.ends[index] ?? 0;
    let start = index === 0 ? 0 : (this.ends[index - 1] ?? 0);
    const first = Math.floor(start / PAGE_BYTES);
    if (end <= (first + 1) * PAGE_BYTES) {
      const base = first * PAGE_BYTES;
      return this.pageAt(first).toString('utf8', start - base, end - base);
    }
    const parts: Buffer[] = [];
    while (start < end) {
      const number = Math.floor(start / PAGE_BYTES);
      const stop = Math.min(end, (number + 1) * PAGE_BYTES);
      parts.push(this.pageAt(number).subarray(start - number * PAGE_BYTES, stop - number * PAGE_BYTES));
      start = stop;
    }
    return Buffer.concat(parts).toString('utf8');
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
    this.pages.clear();
  }

  private get length(): number {
    return this.count === 0 ? 0 : (this.ends[this.count - 1] ?? 0);
  }

  private turnPage(): void {
    const number = this.pageNumber;
    this.pageNumber += 1;
    this.pages.set(number, this.page);
    if (this.file === undefined && this.pages.size > this.pagesInMemory) this.spill();
    else if (this.file !== undefined) this.store(number, this.page);
    this.page = Buffer.allocUnsafeSlow(PAGE_BYTES);
    this.used = 0;
  }

  private spill(): void {
    // One may be left of a process that was killed between these lines.
    rmSync(this.path, { force: true });
    this.file = openSync(this.path, 'wx+', 0o600);
    rmSync(this.path);
    for (const [number, page] of this.pages) this.store(number, page);
  }

  private store(number: number, page: Buffer): void {
    // A disk that is nearly full takes a part and says nothing; it is the next write that fails.
    for (let written = 0; written < PAGE_BYTES;) {
      const left = PAGE_BYTES - written;
      written += writeSync(this.file as number, page, written, left, number * PAGE_BYTES + written);
    }
    this.forgetOldest();
  }

  private forgetOldest(): void {
    for (const number of this.pages.keys()) {
      if (this.pages.size <= this.pagesInMemory) return;
      this.pages.delete(number);
    }
  }

  private pageAt(number: number): Buffer {
    if (number === this.pageNumber) return this.page;
    const known = this.pages.get(number);
    if (known !== undefined) return known;
    const page = Buffer.allocUnsafeSlow(PAGE_BYTES);
    readSync(this.file as number, page, 0, PAGE_BYTES, number * PAGE_BYTES);
    this.pages.set(number, page);
    this.forgetOldest();
    return page;
  }
}
