import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOTS = ['/usr/lib', '/usr/local/lib', '/usr/lib64', '/opt/homebrew/lib'];
const LIBRARY = 'libfaketime.so.1';

/** The library that lies to one process about the time, or null where it is not installed. */
export const fakeTimeLibrary = findLibrary();

/** A clock that may be set while the processes that are started with its environment run; monotonic ones go on. */
export class FakeClock {
  private readonly folder = mkdtempSync(join(tmpdir(), 'caudal-clock-'));
  private readonly file = join(this.folder, 'offset');

  constructor(offset = '+0') {
    this.set(offset);
  }

  get environment(): Record<string, string> {
    return {
      LD_PRELOAD: fakeTimeLibrary ?? '',
      FAKETIME_TIMESTAMP_FILE: this.file,
      FAKETIME_NO_CACHE: '1',
      DONT_FAKE_MONOTONIC: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** How far it is from the true time, as `+1h` or `-3600`. */
  set(offset: string): void {
    writeFileSync(this.file, `${offset}\n`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function findLibrary(): string | null {
  for (const root of ROOTS.filter((one) => existsSync(one))) {
    const folders = [root, ...readdirSync(root).map((name) => join(root, name))];
    const places = folders.flatMap((folder) => [join(folder, LIBRARY), join(folder, 'faketime', LIBRARY)]);
    const found = places.find((place) => existsSync(place));
    if (found !== undefined) return found;
  }
  return null;
}
