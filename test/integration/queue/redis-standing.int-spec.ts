import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HealthIndicators } from '../../../src/common/health-indicators.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { startEmbeddedRedis, type EmbeddedRedis } from '../../../src/embedded/embedded-redis.js';
import { RedisHealth } from '../../../src/metrics/redis-health.js';
import { evictionPolicy, writeRefusal } from '../../../src/queue/redis-standing.js';

describe('a Redis that answers and is not sound', () => {
  const indicators = new HealthIndicators();
  let dataDir: string;
  let server: EmbeddedRedis;
  let redis: Redis;
  let health: RedisHealth;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'caudal-standing-'));
    server = await startEmbeddedRedis({ dataDir, log: () => undefined, durable: false });
    redis = new Redis(server.url);
    health = new RedisHealth(loadConfig({ REDIS_URL: server.url }), indicators);
    await health.onModuleInit();
  });

  afterAll(async () => {
    health.onApplicationShutdown();
    redis.disconnect();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const shown = async () => (await indicators.report()).components['redis'];

  it('is nothing to speak of while it is', async () => {
    expect(await writeRefusal(redis, 'p')).toBeNull();
    expect(await evictionPolicy(redis)).toBeNull();
    expect(await shown()).toMatchObject({ status: 'ok' });
  });

  it('is full, and says so until it has room', async () => {
    await redis.config('SET', 'maxmemory', '1');
    expect(await writeRefusal(redis, 'p')).toContain('memory is full');
    expect(await shown()).toMatchObject({ status: 'down', reason: expect.stringContaining('maxmemory') });
    await redis.config('SET', 'maxmemory', '0');
    expect(await shown()).toMatchObject({ status: 'ok' });
  });

  it('is a replica', async () => {
    await redis.replicaof('127.0.0.1', '1');
    expect(await writeRefusal(redis, 'p')).toContain('replica');
    await redis.replicaof('NO', 'ONE');
    expect(await writeRefusal(redis, 'p')).toBeNull();
  });

  it.each(['allkeys-lru', 'volatile-ttl'])('drops keys by %s', async (policy) => {
    await redis.config('SET', 'maxmemory-policy', policy);
    expect(await evictionPolicy(redis)).toBe(policy);
    expect(await shown()).toMatchObject({ status: 'down', reason: expect.stringContaining(policy) });
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    expect(await shown()).toMatchObject({ status: 'ok' });
  });
});
