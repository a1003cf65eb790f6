import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '../../src/app.module.js';
import { createApp } from '../../src/boot/http-app.js';
import { LineLogger } from '../../src/common/line-logger.js';
import type { ReadyConfig } from '../../src/config/config.js';
import { loadConfig } from '../../src/config/load-config.js';
import { createTestDatabase, testRedis, type TestDatabase } from '../support/database.js';

describe('the page of errors', () => {
  let database: TestDatabase;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    database = await createTestDatabase();
    const redis = testRedis();
    const config = loadConfig({
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      CAUDAL_REDIS_PREFIX: redis.prefix,
      CAUDAL_MASTER_KEY: 'm'.repeat(32),
      CAUDAL_ADMIN_KEY: 'a'.repeat(24),
      CAUDAL_ROLES: 'api',
      CAUDAL_DATABASE_POOL: '4',
    }) as ReadyConfig;
    const logger = new LineLogger({ level: 'error', format: 'json', write: () => undefined });
    app = await createApp(AppModule.register(config), config, logger);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });

  afterAll(async () => {
    await app?.close();
    await database?.drop();
  });

  it('is where the type of a problem leads, without a key', async () => {
    const refusal = await app.inject({ method: 'GET', url: '/api/campaigns' });
    const [path, anchor] = (JSON.parse(refusal.body) as { type: string }).type.split('#');
    const page = await app.inject({ method: 'GET', url: path! });
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.body).toContain(`id="${anchor}"`);
  });

  it('stands beside the description of the API', async () => {
    expect((await app.inject({ method: 'GET', url: '/docs' })).body).toContain('swagger-ui');
    expect((await app.inject({ method: 'GET', url: '/docs-json' })).statusCode).toBe(200);
  });
});
