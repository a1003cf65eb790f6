import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataDirInUseError } from '../../../src/embedded/data-dir-lock.js';
import { startEmbedded } from '../../../src/embedded/embedded-services.js';
import type { EmbeddedServices } from '../../../src/embedded/embedded-services.js';
import { isAlive } from '../../../src/embedded/process-identity.js';

describe('the embedded Postgres and Redis', () => {
  let dataDir: string;
  const started: EmbeddedServices[] = [];
  const messages: { message: string; pid?: unknown }[] = [];

  async function start(services: { postgres: boolean; redis: boolean }): Promise<EmbeddedServices> {
    const embedded = await startEmbedded({
      ...services,
      dataDir,
      log: (message, details) => messages.push({ message, pid: details?.['pid'] }),
    });
    started.push(embedded);
    return embedded;
  }

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'caudal embedded-'));
  });

  afterEach(async () => {
    await Promise.all(started.splice(0).map((services) => services.stop()));
    messages.length = 0;
    await rm(dataDir, { recursive: true, force: true });
  });

  it('keep what was written when they are stopped and started again on the same directory', async () => {
    const first = await start({ postgres: true, redis: true });
    await query(first, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await withRedis(first, (redis) => redis.set('kept', '42'));
    await first.stop();
    started.pop();

    const second = await start({ postgres: true, redis: true });

    expect(await query(second, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(await withRedis(second, (redis) => redis.get('kept'))).toBe('42');
  });

  it('commit durably, in UTF-8 and UTC', async () => {
    const services = await start({ postgres: true, redis: false });

    const [settings] = await query(
      services,
      `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
              current_setting('server_encoding') AS encoding, current_setting('timezone') AS zone`,
    );

    expect(settings).toEqual({ fsync: 'on', commit: 'on', encoding: 'UTF8', zone: 'UTC' });
  });

  it('keep every command of Redis in an append-only file and evict nothing', async () => {
    const services = await start({ postgres: false, redis: true });

    const [, appendOnly] = await withRedis(
      services,
      (redis) => redis.config('GET', 'appendonly') as Promise<string[]>,
    );
    const [, policy] = await withRedis(
      services,
      (redis) => redis.config('GET', 'maxmemory-policy') as Promise<string[]>,
    );

    expect([appendOnly, policy]).toEqual(['yes', 'noeviction']);
  });

  it('let nobody in without the password', async () => {
    const services = await start({ postgres: true, redis: true });
    const wrong = new URL(services.databaseUrl ?? '');
    wrong.password = 'guessed';
    const stranger = new pg.Client({ connectionString: wrong.href });
    const { port } = new URL(services.redisUrl ?? '');
    const guest = new Redis(Number(port), '127.0.0.1', { enableReadyCheck: false });

    await expect(stranger.connect()).rejects.toThrow(/password authentication failed/);
    await expect(guest.ping()).rejects.toThrow(/NOAUTH/);

    guest.disconnect();
    expect((await stat(join(dataDir, 'postgres-password'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dataDir, 'redis-password'))).mode & 0o777).toBe(0o600);
  });

  it('leave no process behind when they are stopped', async () => {
    const services = await start({ postgres: true, redis: true });
    const pids = messages.filter(({ message }) => message.endsWith('is up')).map(({ pid }) => Number(pid));
    expect(pids.map(isAlive)).toEqual([true, true]);

    await services.stop();

    expect(pids.map(isAlive)).toEqual([false, false]);
  });

  it('refuse a directory that another owner has, and name its process', async () => {
    await start({ postgres: false, redis: true });

    const second = start({ postgres: false, redis: true });

    await expect(second).rejects.toThrow(DataDirInUseError);
    await expect(second).rejects.toThrow(`process ${process.pid}`);
  });

  it('say so when a server ends by itself', async () => {
    await start({ postgres: false, redis: true });
    const pid = Number(messages[0]?.pid);

    process.kill(pid, 'SIGKILL');

    await expect.poll(() => messages.at(-1)?.message).toBe('Redis ended by itself');
  });

  it('write no password into a log', async () => {
    const services = await start({ postgres: true, redis: true });
    await services.stop();

    const logs = await Promise.all(
      ['postgres.log', 'redis.log'].map((name) => readFile(join(dataDir, name), 'utf8')),
    );

    for (const url of [services.databaseUrl, services.redisUrl]) {
      expect(logs.join('\n') + JSON.stringify(messages)).not.toContain(new URL(url ?? '').password);
    }
  });
});

async function query(services: EmbeddedServices, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: services.databaseUrl });
  await client.connect();
  try {
    const result = await client.query<Record<string, unknown>>(statement);
    return result.rows;
  } finally {
    await client.end();
  }
}

async function withRedis<T>(services: EmbeddedServices, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(services.redisUrl ?? '');
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}
