import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '../../src/app.module.js';
import { hashOfKey, newApiKey } from '../../src/auth/api-key.js';
import { createApp } from '../../src/boot/http-app.js';
import { LineLogger } from '../../src/common/line-logger.js';
import type { ReadyConfig } from '../../src/config/config.js';
import { loadConfig } from '../../src/config/load-config.js';
import { DeploymentCheck } from '../../src/database/deployment.js';
import { Sql } from '../../src/database/sql.js';
import { createTestDatabase, testRedis, type TestDatabase } from '../support/database.js';

const ADMIN_KEY = 'an admin key for these tests';

describe('the routes of a restored database', () => {
  let database: TestDatabase;
  let app: NestFastifyApplication;
  const lines: string[] = [];

  beforeAll(async () => {
    const logger = new LineLogger({ level: 'warn', format: 'json', write: (line) => void lines.push(line) });
    Logger.overrideLogger(logger);
    database = await createTestDatabase();
    const redis = testRedis();
    const config = loadConfig({
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      CAUDAL_REDIS_PREFIX: redis.prefix,
      CAUDAL_MASTER_KEY: 'm'.repeat(32),
      CAUDAL_ADMIN_KEY: ADMIN_KEY,
      CAUDAL_ROLES: 'api',
      CAUDAL_DATABASE_POOL: '4',
    }) as ReadyConfig;
    app = await createApp(AppModule.register(config), config, logger);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });

  afterAll(async () => {
    await app?.close();
    await database?.drop();
    Logger.overrideLogger(false);
  });

  async function call(method: 'GET' | 'POST', url: string, body?: object, key = ADMIN_KEY) {
    const reply = await app.inject({
      method,
      url,
      headers: { authorization: `Bearer ${key}` },
      ...(body === undefined ? {} : { payload: body }),
    });
    return { status: reply.statusCode, body: JSON.parse(reply.body) as Record<string, unknown> };
  }

  it('show and confirm it, say held in /health until then, and leave a trail', async () => {
    const deployment = app.get(DeploymentCheck, { strict: false });
    expect(await call('GET', '/api/deployment')).toMatchObject({
      status: 200,
      body: { held: false, heldSince: null, reason: null },
    });
    await app.get(Sql, { strict: false }).query(`UPDATE deployment SET system_identifier = '1'`);
    await deployment.compare();

    expect((await call('GET', '/api/deployment')).body).toMatchObject({ held: true });
    expect((await call('GET', '/health')).body).toMatchObject({
      status: 'degraded',
      components: {
        postgres: { status: 'degraded', reason: expect.stringMatching(/^held: database restored/) },
      },
    });

    const order = { reason: 'Restored from Sunday.' };
    expect(await call('POST', '/api/deployment/confirm', order)).toMatchObject({
      status: 200,
      body: { confirmed: true, held: false, heldSince: null },
    });
    expect((await call('POST', '/api/deployment/confirm', order)).body).toMatchObject({ confirmed: false });
    expect((await call('GET', '/health')).body).toMatchObject({ components: { postgres: { status: 'ok' } } });
    const trail = lines.filter((line) => line.includes('CONFIRMED'));
    expect(trail).toHaveLength(1);
    expect(JSON.parse(trail[0]!)).toMatchObject({ by: expect.any(String), reason: order.reason });
  });

  it('want a reason, and the key of an admin', async () => {
    expect(await call('POST', '/api/deployment/confirm', {})).toMatchObject({
      status: 400,
      body: { code: 'validation_failed', errors: [{ pointer: '/reason' }] },
    });
    const key = newApiKey();
    await app.get(Sql, { strict: false }).query(
      `INSERT INTO api_keys (workspace_id, name, role, key_hash)
       SELECT id, 'operator', 'operator', $1 FROM workspaces LIMIT 1`,
      [hashOfKey(key)],
    );
    for (const [method, path] of [
      ['GET', '/api/deployment'],
      ['POST', '/api/deployment/confirm'],
    ] as const) {
      expect(await call(method, path, { reason: 'because' }, key)).toMatchObject({
        status: 403,
        body: { code: 'role_too_low' },
      });
    }
  });
});
