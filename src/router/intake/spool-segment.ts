import { randomBytes } from 'node:crypto';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** A segment takes records for this long, */
const OPEN_MS = 5000;
/** a record that was not on the disk by then is written again, to the next one, */
const LATEST_MS = 10_000;
/** and from then on whoever finds the segment may bring it to Postgres and take it away, also another process. */
export const SETTLED_MS = 15_000;
const MOST_BYTES = 8 * 1024 * 1024;

const NAME = /^(\d{15})-[0-9a-f]{12}\.spool$/;

/** When the segment with this name was opened; undefined for a file that is none. */
export function openedAtMs(name: string): number | undefined {
  const opened = NAME.exec(name)?.[1];
  return opened === undefined ? undefined : Number(opened);
}

/** A file of the spool that is being written. By its name segments sort in the order in which they were opened. */
export class SpoolSegment {
  bytes = 0;

  private constructor(
    readonly name: string,
    private readonly file: FileHandle,
    private readonly openedMs: number,
  ) {}

  static async open(folder: string): Promise<SpoolSegment> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const openedMs = Date.now();
    const name = `${String(openedMs).padStart(15, '0')}-${randomBytes(6).toString('hex')}.spool`;
    const file = await open(join(folder, name), 'ax', 0o600);
    // Without its entry in the folder, a file that is on the disk is not to be found there.
    const directory = await open(folder, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
    return new SpoolSegment(name, file, openedMs);
  }

  get isFull(): boolean {
    return this.bytes >= MOST_BYTES || Math.abs(Date.now() - this.openedMs) >= OPEN_MS;
  }

  /** Returns whether the records are on the disk, and were there before anybody could take the segment away. */
  async append(records: readonly Buffer[]): Promise<boolean> {
    const { bytesWritten } = await this.file.writev(records);
    const wanted = records.reduce((sum, record) => sum + record.length, 0);
    this.bytes += bytesWritten;
    if (bytesWritten < wanted) throw new Error(`only ${bytesWritten} of ${wanted} bytes were written`);
    await this.file.datasync();
    return Math.abs(Date.now() - this.openedMs) < LATEST_MS;
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}
