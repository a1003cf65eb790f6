import { beforeEach, describe, expect, it } from 'vitest';
import { Clock } from '../common/clock.js';
import { hashOfKey, newApiKey, type ApiKey } from './api-key.js';
import type { ApiKeyRepository } from './api-key.repository.js';
import { KeyCheck } from './key-check.js';

class MovedClock extends Clock {
  ms = Date.UTC(2026, 0, 1);
  override nowMs(): number {
    return this.ms;
  }
}

describe('KeyCheck', () => {
  let clock: MovedClock;
  let rows: Map<string, ApiKey>;
  let reads: number;
  let check: KeyCheck;

  const put = (key: string, change: Partial<ApiKey> = {}) =>
    rows.set(hashOfKey(key).toString('hex'), {
      id: key,
      workspaceId: 'w1',
      name: 'ci',
      role: 'viewer',
      createdAt: new Date(0),
      expiresAt: null,
      revokedAt: null,
      ...change,
    });

  beforeEach(() => {
    clock = new MovedClock();
    rows = new Map();
    reads = 0;
    const repository = {
      findByHash: async (hash: Buffer) => {
        reads += 1;
        return rows.get(hash.toString('hex')) ?? null;
      },
    } as unknown as ApiKeyRepository;
    check = new KeyCheck(repository, clock);
  });

  it('knows a valid key, and reads it once for five seconds', async () => {
    put('k');
    for (let i = 0; i < 10; i += 1) expect((await check.verdictOn('k')).kind).toBe('valid');
    expect(reads).toBe(1);
    clock.ms += 5000;
    await check.verdictOn('k');
    expect(reads).toBe(2);
  });

  it('sees a key revoked elsewhere within five seconds, and here at once', async () => {
    put('k');
    await check.verdictOn('k');
    put('k', { revokedAt: new Date() });
    expect((await check.verdictOn('k')).kind).toBe('valid');
    clock.ms += 5000;
    expect((await check.verdictOn('k')).kind).toBe('revoked');

    put('other');
    await check.verdictOn('other');
    put('other', { revokedAt: new Date() });
    check.forget('other');
    expect((await check.verdictOn('other')).kind).toBe('revoked');
  });

  it('refuses a key from the instant it expires, even one that it remembers', async () => {
    put('k', { expiresAt: new Date(clock.ms + 1000) });
    expect((await check.verdictOn('k')).kind).toBe('valid');
    clock.ms += 1000;
    expect((await check.verdictOn('k')).kind).toBe('expired');
  });

  it('does not remember unknown keys: a new key works at once, and guesses push nobody out', async () => {
    put('k');
    await check.verdictOn('k');
    for (let i = 0; i < 1500; i += 1) expect((await check.verdictOn(`guess ${i}`)).kind).toBe('unknown');
    reads = 0;
    await check.verdictOn('k');
    expect(reads).toBe(0);
    put('guess 1');
    expect((await check.verdictOn('guess 1')).kind).toBe('valid');
  });

  it('remembers a bounded number of keys', async () => {
    for (let i = 0; i < 1100; i += 1) {
      put(`k${i}`);
      await check.verdictOn(`k${i}`);
    }
    reads = 0;
    await check.verdictOn('k1099');
    expect(reads).toBe(0);
    await check.verdictOn('k0');
    expect(reads).toBe(1);
  });
});

describe('newApiKey', () => {
  it('has a prefix that can be searched for, and 256 bits that cannot be guessed', () => {
    expect(newApiKey()).toMatch(/^cdl_[\w-]{43}$/);
    expect(newApiKey()).not.toBe(newApiKey());
  });
});
