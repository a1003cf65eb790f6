import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readOrCreateSecret } from './embedded-secrets.js';

describe('readOrCreateSecret', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'caudal-secrets-'));
  });

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it('makes a secret once and reads the same one ever after', () => {
    const path = join(directory, 'key');

    expect(readOrCreateSecret(path, () => 'first')).toBe('first');
    expect(readOrCreateSecret(path, () => 'second')).toBe('first');
  });

  it('makes the directory, and a file that only its owner can read', () => {
    const path = join(directory, 'deep', 'er', 'key');

    readOrCreateSecret(path, () => 'secret');

    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, 'deep')).mode & 0o777).toBe(0o700);
  });

  it('takes the secret of another process that was quicker, and leaves nothing else behind', () => {
    const path = join(directory, 'key');

    const secret = readOrCreateSecret(path, () => {
      writeFileSync(path, 'of the quicker one\n');
      return 'mine';
    });

    expect(secret).toBe('of the quicker one');
    expect(readdirSync(directory)).toEqual(['key']);
  });

  it('refuses an empty file rather than going on without a secret', () => {
    const path = join(directory, 'key');
    writeFileSync(path, '');

    expect(() => readOrCreateSecret(path, () => 'new')).toThrow(/key is empty/);
  });
});
