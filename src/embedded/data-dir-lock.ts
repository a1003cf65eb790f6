import { linkSync, mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, startMarkOf } from './process-identity.js';

export class DataDirInUseError extends Error {
  constructor(
    dataDir: string,
    readonly pid: number,
  ) {
    super(
      `${dataDir} is in use by another Caudal, process ${pid}. Stop that one first, ` +
        'or give this one a directory of its own with CAUDAL_DATA_DIR.',
    );
    this.name = 'DataDirInUseError';
  }
}

/**
 * One process at a time owns a data directory. The lock names its owner by pid and start, so that the lock of
 * a process that was killed is known to be stale, even where its pid has been given out again.
 */
export function lockDataDir(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'owner.lock');
  const mine = `${process.pid}\n${startMarkOf(process.pid) ?? ''}\n`;
  const candidate = `${path}.${process.pid}`;
  writeFileSync(candidate, mine, { mode: 0o600 });
  try {
    while (!tryLink(candidate, path)) {
      removeIfStale(path, dataDir);
    }
  } finally {
    unlinkSync(candidate);
  }
  return () => {
    if (read(path) === mine) {
      unlinkSync(path);
    }
  };
}

function removeIfStale(path: string, dataDir: string): void {
  const seen = read(path);
  if (seen === undefined) {
    return;
  }
  const [pidText = '', mark = ''] = seen.split('\n');
  const pid = Number(pidText);
  if (ownerLives(pid, mark)) {
    throw new DataDirInUseError(dataDir, pid);
  }
  // Moved away rather than deleted: of two processes that found the same stale lock, the slower one would
  // delete the fresh lock of the quicker one. It puts back what it moved by mistake.
  const moved = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, moved);
  } catch {
    return;
  }
  if (read(moved) !== seen) {
    tryLink(moved, path);
  }
  unlinkSync(moved);
}

function ownerLives(pid: number, mark: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) {
    return false;
  }
  const markNow = startMarkOf(pid);
  return mark === '' || markNow === undefined || mark === markNow;
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
