import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/**
 * Reads a secret, or makes and keeps it at the first call.
 *
 * The file appears under its name complete and with mode 600: it is written under a temporary name first and
 * then linked, which fails when another process was quicker; its secret is the one that counts then.
 */
export function readOrCreateSecret(path: string, make: () => string): string {
  const existing = readSecret(path);
  if (existing !== undefined) {
    return existing;
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  writeDurably(temporary, make());
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) {
      throw error;
    }
  } finally {
    unlinkSync(temporary);
  }
  const secret = readSecret(path);
  if (secret === undefined) {
    throw new Error(`${path} vanished while it was being created`);
  }
  return secret;
}

function readSecret(path: string): string | undefined {
  let secret: string;
  try {
    secret = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return undefined;
    }
    throw error;
  }
  if (secret === '') {
    throw new Error(`${path} is empty: restore it from a backup, or delete it to have a new secret made`);
  }
  return secret;
}

function writeDurably(path: string, secret: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, `${secret}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
