import type { OpenAPIObject } from '@nestjs/swagger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '../../src/app.module.js';
import { buildApiDocument } from '../../src/boot/api-document.js';
import { createApp } from '../../src/boot/http-app.js';
import { LineLogger } from '../../src/common/line-logger.js';
import type { ReadyConfig } from '../../src/config/config.js';
import { loadConfig } from '../../src/config/load-config.js';
import { createTestDatabase, testRedis, type TestDatabase } from '../support/database.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

describe('the description of the API', () => {
  let database: TestDatabase;
  let close: () => Promise<void>;
  let document: OpenAPIObject;
  let operations: { name: string; operation: Operation }[];

  beforeAll(async () => {
    database = await createTestDatabase();
    const redis = testRedis();
    const config = loadConfig({
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      CAUDAL_REDIS_PREFIX: redis.prefix,
      CAUDAL_MASTER_KEY: 'm'.repeat(32),
      CAUDAL_ADMIN_KEY: 'a'.repeat(24),
      CAUDAL_DATABASE_POOL: '4',
    }) as ReadyConfig;
    const app = await createApp(
      AppModule.register(config),
      config,
      new LineLogger({ level: 'error', format: 'json', write: () => undefined }),
    );
    close = () => app.close();
    document = buildApiDocument(app, config);
    operations = Object.entries(document.paths).flatMap(([path, item]) =>
      (['get', 'post', 'put', 'patch', 'delete'] as const).flatMap((method) => {
        const operation = item[method];
        return operation === undefined ? [] : [{ name: `${method.toUpperCase()} ${path}`, operation }];
      }),
    );
  });

  afterAll(async () => {
    await close?.();
    await database?.drop();
  });

  it('is OpenAPI 3.1 and has every route', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(operations.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['GET /health', 'POST /api/channels', 'POST /api/campaigns', 'POST /webhook']),
    );
  });

  it('says of every operation what it is for, under a tag that is explained', () => {
    const explained = new Set(document.tags?.map(({ name }) => name));
    const lacking = operations.filter(
      ({ operation }) => !operation.summary || !operation.tags?.every((tag) => explained.has(tag)),
    );
    expect(lacking.map(({ name }) => name)).toEqual([]);
  });

  it('describes the answer of every operation', () => {
    const lacking = operations.filter(({ operation }) => {
      const [, success] =
        Object.entries(operation.responses).find(([status]) => status.startsWith('2')) ?? [];
      const isEmpty = Object.keys(operation.responses).includes('204');
      return !isEmpty && (success === undefined || !('content' in success) || success.content === undefined);
    });
    expect(lacking.map(({ name }) => name)).toEqual([]);
  });

  it('refers to no schema that it does not have', () => {
    const referred = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)];
    const missing = referred.map(([, name]) => name!).filter((name) => !document.components?.schemas?.[name]);
    expect([...new Set(missing)]).toEqual([]);
  });
});
