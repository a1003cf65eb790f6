import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAlive } from '../../src/embedded/process-identity.js';
import { descendantsOf, launchCaudal, startCaudal } from '../support/caudal-process.js';
import type { CaudalProcess } from '../support/caudal-process.js';
import { createTestDatabase, testRedis } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

const STOP_LIMIT_MS = 30_000;

let dataDir: string;
const launched: CaudalProcess[] = [];

async function start(environment: Record<string, string>): Promise<CaudalProcess> {
  const caudal = await startCaudal({ CAUDAL_DATA_DIR: dataDir, ...environment });
  launched.push(caudal);
  return caudal;
}

async function runToItsEnd(
  environment: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const caudal = await launchCaudal({ CAUDAL_DATA_DIR: dataDir, ...environment });
  launched.push(caudal);
  const { code } = await caudal.ended;
  return { code, output: caudal.output() };
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'caudal-boot-'));
});

afterEach(async () => {
  for (const caudal of launched.splice(0)) {
    const servers = descendantsOf(caudal.pid);
    caudal.signal('SIGKILL');
    await caudal.ended;
    await expect.poll(() => servers.filter(isAlive), { timeout: STOP_LIMIT_MS }).toEqual([]);
  }
  await rm(dataDir, { recursive: true, force: true });
});

describe('the built program on its own Postgres and Redis', () => {
  it('starts with nothing configured and says that it lives', async () => {
    const caudal = await start({});

    const answer = await fetch(`${caudal.baseUrl}/health/live`);

    expect(answer.status).toBe(200);
  });

  it('ends with code 0 within 30 s of SIGTERM and leaves no process behind', async () => {
    const caudal = await start({});
    const servers = descendantsOf(caudal.pid);
    expect(servers.length).toBeGreaterThanOrEqual(2);

    const askedAt = performance.now();
    caudal.signal('SIGTERM');
    const { code } = await caudal.ended;

    expect(code, caudal.output()).toBe(0);
    expect(performance.now() - askedAt).toBeLessThan(STOP_LIMIT_MS);
    expect(servers.filter(isAlive)).toEqual([]);
  });

  it('takes its servers with it when it is killed, and comes up again on the same data', async () => {
    const first = await start({});
    const servers = descendantsOf(first.pid);

    first.signal('SIGKILL');
    await first.ended;
    const second = await start({});

    expect(servers.filter(isAlive)).toEqual([]);
    expect((await fetch(`${second.baseUrl}/health/live`)).status).toBe(200);
  });

  it('refuses the data directory of a Caudal that runs, and names its process', async () => {
    const first = await start({});

    const second = await runToItsEnd({});

    expect(second.code).not.toBe(0);
    expect(second.output).toContain(`process ${first.pid}`);
  });
});

describe('the built program on the servers of somebody else', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createTestDatabase();
  });

  afterEach(async () => {
    await database.drop();
  });

  it('starts none of its own, and ends with code 0 on SIGTERM', async () => {
    const redis = testRedis();
    const caudal = await start({
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      CAUDAL_REDIS_PREFIX: redis.prefix,
      CAUDAL_MASTER_KEY: randomBytes(32).toString('hex'),
      CAUDAL_ADMIN_KEY: randomBytes(32).toString('hex'),
    });
    expect(descendantsOf(caudal.pid)).toEqual([]);

    caudal.signal('SIGTERM');
    const { code } = await caudal.ended;

    expect(code, caudal.output()).toBe(0);
  });
});

describe('the built program with another master key', () => {
  it('starts nothing on a database that was set up with one before, and says what to do', async () => {
    const first = await start({ CAUDAL_MASTER_KEY: 'the master key of the first start' });
    first.signal('SIGTERM');
    await first.ended;

    const { code, output } = await runToItsEnd({ CAUDAL_MASTER_KEY: 'another master key, long enough too' });

    expect(code).toBe(78);
    expect(output).toMatch(/CAUDAL_MASTER_KEY is not the master key .* Give the key of before again/);
    expect(output).not.toContain('another master key, long enough too');
  });
});

describe('the built program with a wrong configuration', () => {
  it('ends at once and names every bad key, not only the first', async () => {
    const { code, output } = await runToItsEnd({
      PORT: '70000',
      CAUDAL_ROLES: 'api,cook',
      DATABASE_URL: 'mysql://127.0.0.1/caudal',
      CAUDAL_MASTER_KEY: 'short',
      CAUDAL_NO_SUCH_SETTING: '1',
    });

    expect(code).not.toBe(0);
    for (const key of [
      'PORT',
      'CAUDAL_ROLES',
      'DATABASE_URL',
      'CAUDAL_MASTER_KEY',
      'CAUDAL_NO_SUCH_SETTING',
    ]) {
      expect(output).toContain(key);
    }
  });

  it('shows no secret when it says that one is wrong', async () => {
    const { output } = await runToItsEnd({ CAUDAL_MASTER_KEY: 'tooshortsecret' });

    expect(output).toContain('CAUDAL_MASTER_KEY');
    expect(output).not.toContain('tooshortsecret');
  });
});
