import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { FileRefused } from '../file-refused.js';

const ZIP_MAGIC = 'PK\x03\x04';
const MOST_ENTRIES = 10_000;
/** A sheet with Excel's million rows and fifty columns has some two gigabytes. */
const MOST_INFLATED_BYTES = 4 * 1024 ** 3;
/** What spreadsheet programs write is packed 5 to 50 times; what was made to do harm, a thousand times. */
const MOST_RATIO = 250;
const FREE_OF_RATIO_BYTES = 16 * 1024 ** 2;

export function isZip(head: Buffer): boolean {
  return head.subarray(0, ZIP_MAGIC.length).toString('latin1') === ZIP_MAGIC;
}

/**
 * A zip archive on disk, of which single parts are read as streams. No name of a part ever becomes a path, nothing is
 * unpacked to disk, and an archive inside is never opened. What a part inflates to is judged by its directory entry
 * before a byte of it is read, and the reader fails at the first byte more than that.
 */
export class ZipArchive {
  private constructor(
    private readonly file: ZipFile,
    private readonly entries: ReadonlyMap<string, Entry>,
  ) {}

  static async open(path: string): Promise<ZipArchive> {
    const file = await openPromise(path, { autoClose: false }).catch(refuseDamaged);
    try {
      if (file.entryCount > MOST_ENTRIES) {
        throw new FileRefused(`the archive has ${file.entryCount} parts; a workbook has a few dozen`);
      }
      const entries = new Map<string, Entry>();
      for await (const entry of file.eachEntry()) {
        if (!entries.has(entry.fileName)) entries.set(entry.fileName, entry);
      }
      return new ZipArchive(file, entries);
    } catch (error) {
      file.close();
      return refuseDamaged(error);
    }
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  /** What the part inflates to, as its entry says; 0 when there is none. */
  sizeOf(name: string): number {
    return this.entries.get(name)?.uncompressedSize ?? 0;
  }

  async *read(name: string, mostBytes = MOST_INFLATED_BYTES): AsyncGenerator<Buffer> {
    const entry = this.entries.get(name);
    if (entry === undefined) throw new FileRefused(`the workbook is damaged: it has no part ${name}`);
    refuseBomb(entry, mostBytes);
    try {
      const stream = await this.file.openReadStreamPromise(entry);
      yield* stream as AsyncIterable<Buffer>;
    } catch (error) {
      refuseDamaged(error);
    }
  }

  close(): void {
    if (this.file.isOpen) this.file.close();
  }
}

function refuseBomb({ fileName, compressedSize, uncompressedSize }: Entry, mostBytes: number): void {
  const isTooDense = uncompressedSize > FREE_OF_RATIO_BYTES && uncompressedSize > compressedSize * MOST_RATIO;
  if (uncompressedSize <= mostBytes && !isTooDense) return;
  throw new FileRefused(
    `the workbook's part ${fileName} inflates from ${compressedSize} to ${uncompressedSize} bytes, ` +
      'which is more than a list of contacts has; save the sheet as CSV',
  );
}

/** A disk that fails is not the file's fault. */
function refuseDamaged(error: unknown): never {
  if (error instanceof FileRefused || (error as NodeJS.ErrnoException).syscall !== undefined) throw error;
  throw new FileRefused(`the archive is damaged or not a workbook: ${(error as Error).message}`);
}
