import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { access, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { Config } from '../../config/config.js';
import { DiskFull, isDiskFull } from './disk-full.js';
import { FileTooLarge } from './import.errors.js';

export interface Upload {
  readonly path: string;
  readonly bytes: number;
}

/** Small enough that parsing one leaves the event loop to others after a few milliseconds. */
const READ_BYTES = 65_536;
const EXTENSION = '.upload';
/** An upload that nothing refers to after this long was left by a process that died. */
const ORPHAN_AFTER_MS = 24 * 3_600_000;

/** Uploaded files, on disk until what they are for is done. Never in memory, whatever their size. */
@Injectable()
export class UploadStore {
  private readonly directory: string;

  constructor(
    config: Config,
    private readonly clock: Clock,
  ) {
    this.directory = resolve(config.dataDir, 'uploads');
  }

  /**
   * Leaves nothing behind when the stream breaks off, or has more than `maxBytes`. The form's parser says `limit` at the
   * first byte too many and ends the stream only where the file ends, which may be many gigabytes later.
   */
  async save(source: Readable, maxBytes = Infinity): Promise<Upload> {
    source.once('limit', () => source.destroy(new FileTooLarge(maxBytes)));
    const path = join(this.directory, `${randomUUID()}${EXTENSION}`);
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      await pipeline(source, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
      return { path, bytes: (await stat(path)).size };
    } catch (error) {
      await this.remove(path);
      throw isDiskFull(error) ? new DiskFull() : error;
    }
  }

  read(path: string): AsyncIterable<Buffer> {
    return createReadStream(path, { highWaterMark: READ_BYTES });
  }

  async head(path: string, bytes: number): Promise<Buffer> {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  async isHere(path: string): Promise<boolean> {
    return access(path).then(
      () => true,
      () => false,
    );
  }

  async remove(path: string): Promise<void> {
    await rm(path, { force: true });
  }

  /** Removes what a crash left behind; `inUse` are the paths that something still refers to. */
  async sweep(inUse: ReadonlySet<string>): Promise<void> {
    const names = await readdir(this.directory).catch(() => []);
    for (const name of names) {
      const path = join(this.directory, name);
      if (!name.endsWith(EXTENSION) || inUse.has(path)) continue;
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: this.clock.nowMs() }));
      if (this.clock.nowMs() - mtimeMs > ORPHAN_AFTER_MS) await this.remove(path);
    }
  }
}
