import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Fewer than this are not worth writing: what is left belongs to nobody. */
const SMALLEST_PIECE = 4096;

/** A file system of a spec's own that can be filled to its last page, and emptied again. */
export class SmallDisk {
  private constructor(readonly path: string) {}

  /** Why this machine lets nobody have one; undefined where it does. */
  static async whyNot(): Promise<string | undefined> {
    if (process.platform !== 'linux') return 'a small disk is a tmpfs, which only Linux has';
    const probe = await mkdtemp(join(tmpdir(), 'caudal-disk-'));
    const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe]);
    if (status === 0) spawnSync('umount', [probe]);
    await rmdir(probe);
    return status === 0 ? undefined : `no tmpfs may be mounted here: ${String(stderr).trim()}`;
  }

  static async mount(megabytes: number): Promise<SmallDisk> {
    const path = await mkdtemp(join(tmpdir(), 'caudal-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', path]);
    return new SmallDisk(path);
  }

  /** Until not one page more can be written. */
  fill(): void {
    const ballast = openSync(this.ballast, 'a');
    for (let size = 2 ** 22; size >= SMALLEST_PIECE; size /= 2) {
      const piece = Buffer.alloc(size);
      while (writtenOf(ballast, piece) === size);
    }
    closeSync(ballast);
  }

  free(): void {
    rmSync(this.ballast, { force: true });
  }

  async unmount(): Promise<void> {
    // Lazily: a server that is on its last breath may still hold a file.
    execFileSync('umount', ['--lazy', this.path]);
    await rmdir(this.path);
  }

  private get ballast(): string {
    return join(this.path, 'ballast');
  }
}

function writtenOf(file: number, piece: Buffer): number {
  try {
    return writeSync(file, piece);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return 0;
    throw error;
  }
}
