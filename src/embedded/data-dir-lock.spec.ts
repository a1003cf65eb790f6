import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataDirInUseError, lockDataDir } from './data-dir-lock.js';
import { startMarkOf } from './process-identity.js';

// Above the largest pid that a kernel gives out.
const NO_SUCH_PID = 4_194_305;

describe('lockDataDir', () => {
  let dataDir: string;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'caudal-lock-'));
  });

  afterEach(() => {
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('gives a directory to one owner until it is unlocked', () => {
    const unlock = lockDataDir(dataDir);
    expect(() => lockDataDir(dataDir)).toThrow(new DataDirInUseError(dataDir, process.pid));

    unlock();

    lockDataDir(dataDir)();
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('takes over from an owner that is gone', () => {
    writeFileSync(join(dataDir, 'owner.lock'), `${NO_SUCH_PID}\nsome-boot/1\n`);

    expect(lockDataDir(dataDir)).not.toThrow();
  });

  it('takes over when the pid of the owner belongs to a younger process now', () => {
    writeFileSync(join(dataDir, 'owner.lock'), `${process.ppid}\nan-earlier-boot/1\n`);

    expect(lockDataDir(dataDir)).not.toThrow();
  });

  it('respects an owner that lives', () => {
    writeFileSync(join(dataDir, 'owner.lock'), `${process.ppid}\n${startMarkOf(process.ppid)}\n`);

    expect(() => lockDataDir(dataDir)).toThrow(`another Caudal, process ${process.ppid}`);
  });

  it('takes over a lock that holds no pid', () => {
    writeFileSync(join(dataDir, 'owner.lock'), '');

    expect(lockDataDir(dataDir)).not.toThrow();
  });
});
