import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SOURCE = join(import.meta.dirname, 'moved-clock.c');

/** Whether a clock can be moved here: on Linux, where there is a compiler. */
export function canMoveClocks(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The wall clock of the processes that are started with its environment; may be set while they run. */
export class MovedClock {
  private readonly folder = mkdtempSync(join(tmpdir(), 'caudal-clock-'));
  private readonly file = join(this.folder, 'offset');
  private readonly library = join(this.folder, 'moved-clock.so');

  constructor(offsetMs = 0) {
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', this.library, SOURCE], { stdio: 'pipe' });
    writeFileSync(this.file, bytesOf(offsetMs));
  }

  get environment(): Record<string, string> {
    return { LD_PRELOAD: this.library, MOVED_CLOCK: this.file };
  }

  /** How far it is before the true time. In place: the processes have the file mapped. */
  set(offsetMs: number): void {
    const file = openSync(this.file, 'r+');
    writeSync(file, bytesOf(offsetMs), 0, 8, 0);
    closeSync(file);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function bytesOf(offsetMs: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(offsetMs));
  return bytes;
}
