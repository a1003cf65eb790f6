import { Body, Controller, Get, HttpCode, Module, Post } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { IsInt } from 'class-validator';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuthModule } from '../../src/auth/auth.module.js';
import { Idempotent } from '../../src/auth/idempotent.js';
import { PublicRoute } from '../../src/auth/principal.js';
import { createApp } from '../../src/boot/http-app.js';
import { CommonModule } from '../../src/common/common.module.js';
import { LineLogger } from '../../src/common/line-logger.js';
import { ServedBy } from '../../src/common/served-by.js';
import type { ReadyConfig } from '../../src/config/config.js';
import { loadConfig } from '../../src/config/load-config.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { DeploymentModule } from '../../src/database/deployment.module.js';
import { Sql } from '../../src/database/sql.js';
import { MetricsModule } from '../../src/metrics/metrics.module.js';
import { createTestDatabase, testRedis, type TestDatabase } from '../support/database.js';

class OrderDto {
  @IsInt()
  size!: number;
}

/** Stands for any route that sends: it counts how often it was done. */
const kitchen: { orders: number; mode: 'quick' | 'broken'; wait: Promise<void> | undefined } = {
  orders: 0,
  mode: 'quick',
  wait: undefined,
};

@Controller('api/orders')
class OrderController {
  @Post()
  @HttpCode(202)
  @Idempotent()
  async order(@Body() body: OrderDto): Promise<{ order: number; size: number }> {
    await kitchen.wait;
    if (kitchen.mode === 'broken') throw new Error('the oven is cold');
    kitchen.orders += 1;
    return { order: kitchen.orders, size: body.size };
  }
}

@ServedBy('router')
@Controller('hooks')
class HookController {
  @Get()
  @PublicRoute()
  hook(): string {
    return 'taken';
  }
}

@Module({})
class TestModule {
  static register(config: ReadyConfig): DynamicModule {
    return {
      module: TestModule,
      imports: [
        CommonModule.register(config),
        DatabaseModule.register(config),
        DeploymentModule,
        AuthModule,
        MetricsModule,
      ],
      controllers: [OrderController, HookController],
    };
  }
}

const FIRST_ADMIN_KEY = 'first-admin-key-of-the-test';

describe('the API behind its keys', () => {
  let database: TestDatabase;
  let app: NestFastifyApplication;

  const start = async (environment: Record<string, string> = {}) => {
    const config = loadConfig({
      DATABASE_URL: database.url,
      REDIS_URL: testRedis().url,
      CAUDAL_MASTER_KEY: 'm'.repeat(32),
      CAUDAL_ADMIN_KEY: FIRST_ADMIN_KEY,
      CAUDAL_DATABASE_POOL: '4',
      ...environment,
    }) as ReadyConfig;
    const made = await createApp(
      TestModule.register(config),
      config,
      new LineLogger({ level: 'error', format: 'json', write: () => undefined }),
    );
    await made.init();
    return made;
  };

  const call = async (
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    options: {
      key?: string;
      body?: unknown;
      headers?: Record<string, string>;
      app?: NestFastifyApplication;
    } = {},
  ) => {
    const response = await (options.app ?? app).inject({
      method,
      url,
      headers: {
        authorization: `Bearer ${options.key ?? FIRST_ADMIN_KEY}`,
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { payload: JSON.stringify(options.body) }),
    });
    return {
      status: response.statusCode,
      headers: response.headers,
      body: (response.body.startsWith('{') ? response.json() : response.body) as Record<string, unknown>,
    };
  };

  const makeKey = async (role: string) => {
    const made = await call('POST', '/api/api-keys', { body: { name: `a ${role}`, role } });
    expect(made.status).toBe(201);
    return made.body as { id: string; key: string };
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    app = await start();
  });

  afterAll(async () => {
    await app?.close();
    await database?.drop();
  });

  beforeEach(() => {
    kitchen.orders = 0;
    kitchen.mode = 'quick';
    kitchen.wait = undefined;
  });

  it('knows whose key it is', async () => {
    const { status, body } = await call('GET', '/api/auth/me');
    expect(status).toBe(200);
    expect(body).toMatchObject({ key: { role: 'admin' }, workspace: { name: 'Main' } });
  });

  it('answers without a key only where a route says so', async () => {
    const none = { authorization: '' };
    expect((await call('GET', '/api/auth/me', { headers: none })).body).toMatchObject({
      status: 401,
      code: 'key_missing',
    });
    expect((await call('GET', '/health', { headers: none })).body).toMatchObject({ status: 'ok' });
    expect((await call('GET', '/hooks', { headers: none })).body).toBe('taken');
  });

  it('lets a viewer read, an operator change, and an admin make keys', async () => {
    const viewer = await makeKey('viewer');
    const operator = await makeKey('operator');
    expect((await call('GET', '/api/auth/me', { key: viewer.key })).status).toBe(200);
    expect((await call('POST', '/api/orders', { key: viewer.key, body: { size: 1 } })).body).toMatchObject({
      status: 403,
      code: 'role_too_low',
      neededRole: 'operator',
    });
    expect((await call('POST', '/api/orders', { key: operator.key, body: { size: 1 } })).status).toBe(202);
    expect((await call('GET', '/api/api-keys', { key: operator.key })).body).toMatchObject({
      neededRole: 'admin',
    });
  });

  it('refuses a revoked key at once, and an expired one with the reason', async () => {
    const viewer = await makeKey('viewer');
    expect((await call('GET', '/api/auth/me', { key: viewer.key })).status).toBe(200);
    expect((await call('DELETE', `/api/api-keys/${viewer.id}`)).status).toBe(204);
    expect((await call('GET', '/api/auth/me', { key: viewer.key })).body).toMatchObject({
      status: 401,
      code: 'key_revoked',
    });
    const short = await makeKey('viewer');
    await app
      .get(Sql, { strict: false })
      .query(`UPDATE api_keys SET expires_at = now() WHERE id = $1`, [short.id]);
    expect((await call('GET', '/api/auth/me', { key: short.key })).body).toMatchObject({
      status: 401,
      code: 'key_expired',
    });
  });

  it('pages through the keys without showing them, each once', async () => {
    await makeKey('viewer');
    await makeKey('viewer');
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await call('GET', `/api/api-keys?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
      expect(JSON.stringify(body)).not.toContain('cdl_');
      seen.push(...(body['items'] as { id: string }[]).map((key) => key.id));
      cursor = (body['nextCursor'] as string | null) ?? '';
    } while (cursor !== '');
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThanOrEqual(3);
  });

  it('does not let the configured key be revoked, nor another bear its name', async () => {
    const me = (await call('GET', '/api/auth/me')).body['key'] as { id: string; name: string };
    expect((await call('DELETE', `/api/api-keys/${me.id}`)).body).toMatchObject({
      status: 409,
      code: 'bootstrap_key',
    });
    expect((await call('POST', '/api/api-keys', { body: { name: me.name, role: 'viewer' } })).status).toBe(
      400,
    );
  });

  it('does not see the keys of another workspace', async () => {
    const sql = app.get(Sql, { strict: false });
    const [other] = await sql.query<{ id: string }>(
      `INSERT INTO workspaces (name) VALUES ('other') RETURNING id`,
    );
    const [key] = await sql.query<{ id: string }>(
      `INSERT INTO api_keys (workspace_id, name, role, key_hash) VALUES ($1, 'theirs', 'viewer', '\\x00') RETURNING id`,
      [other?.id],
    );
    expect((await call('DELETE', `/api/api-keys/${key?.id}`)).body).toMatchObject({ status: 404 });
    expect(JSON.stringify((await call('GET', '/api/api-keys?limit=500')).body)).not.toContain('theirs');
  });

  it('retires the admin key before when another is configured, and takes it back when it returns', async () => {
    const second = 'second-admin-key-of-the-test';
    const changed = await start({ CAUDAL_ADMIN_KEY: second });
    try {
      expect((await call('GET', '/api/auth/me', { key: second, app: changed })).status).toBe(200);
      expect((await call('GET', '/api/auth/me', { app: changed })).body).toMatchObject({
        code: 'key_revoked',
      });
    } finally {
      await changed.close();
    }
    const back = await start();
    try {
      expect((await call('GET', '/api/auth/me', { app: back })).status).toBe(200);
      expect((await call('GET', '/api/auth/me', { key: second, app: back })).body).toMatchObject({
        code: 'key_revoked',
      });
    } finally {
      await back.close();
    }
  });

  it('makes one workspace and one admin key, however many processes start at once', async () => {
    const apps = await Promise.all([start(), start(), start()]);
    await Promise.all(apps.map((one) => one.close()));
    const [counts] = await app.get(Sql, { strict: false }).query(
      `SELECT (SELECT count(*) FROM workspaces WHERE name = 'Main')::int AS workspaces,
                (SELECT count(*) FROM api_keys WHERE name = 'CAUDAL_ADMIN_KEY' AND revoked_at IS NULL)::int AS keys`,
    );
    expect(counts).toEqual({ workspaces: 1, keys: 1 });
  });

  it('serves only the routes of its roles, and health always', async () => {
    const router = await start({ CAUDAL_ROLES: 'router' });
    try {
      expect((await call('GET', '/hooks', { app: router })).status).toBe(200);
      expect((await call('GET', '/api/auth/me', { app: router })).body).toMatchObject({
        code: 'not_served_here',
      });
      expect((await call('GET', '/health', { app: router })).body).toMatchObject({ roles: ['router'] });
      expect((await call('GET', '/docs-json', { app: router })).status).toBe(404);
    } finally {
      await router.close();
    }
  });

  it('answers every kind of refusal with a problem document', async () => {
    const refusals = [
      await call('GET', '/nowhere'),
      await call('GET', '/%zz'),
      await call('POST', '/api/orders', { body: { size: 'big' } }),
      await call('POST', '/api/orders', { headers: { 'content-type': 'text/plain' } }),
      await call('DELETE', '/api/api-keys/not-a-uuid'),
    ];
    for (const { status, headers, body } of refusals) {
      expect(headers['content-type']).toContain('application/problem+json');
      expect(body).toMatchObject({ status, code: expect.any(String), detail: expect.any(String) });
    }
    expect(refusals[2]?.body).toMatchObject({
      errors: [{ pointer: '/size', detail: 'size "big" must be an integer number' }],
    });
  });

  describe('Idempotency-Key', () => {
    const order = (idempotencyKey: string, body: unknown = { size: 1 }) =>
      call('POST', '/api/orders', { body, headers: { 'idempotency-key': idempotencyKey } });

    it('repeats the first answer and not the deed', async () => {
      const first = await order('once');
      const again = await order('once');
      expect(first).toMatchObject({ status: 202, body: { order: 1, size: 1 } });
      expect(again).toMatchObject({ status: 202, body: first.body });
      expect(again.headers['idempotency-replayed']).toBe('true');
      expect(first.headers['idempotency-replayed']).toBeUndefined();
      expect(kitchen.orders).toBe(1);
    });

    it('refuses the key for another body', async () => {
      await order('mine', { size: 1 });
      expect((await order('mine', { size: 2 })).body).toMatchObject({
        status: 409,
        code: 'idempotency_key_reused',
      });
      expect(kitchen.orders).toBe(1);
    });

    it('sends a second request away while the first is being answered', async () => {
      let open: () => void = () => undefined;
      kitchen.wait = new Promise((resolve) => (open = resolve));
      const first = order('slow');
      const sql = app.get(Sql, { strict: false });
      await expect.poll(() => sql.query(`SELECT 1 FROM idempotency_keys WHERE key = 'slow'`)).toHaveLength(1);
      const second = await order('slow');
      expect(second.body).toMatchObject({ status: 409, code: 'idempotency_in_progress' });
      expect(second.headers['retry-after']).toBe('1');
      open();
      expect((await first).status).toBe(202);
      expect(kitchen.orders).toBe(1);
    });

    it('does one of many that come at the same instant', async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => order('burst')));
      expect(kitchen.orders).toBe(1);
      const first = answers.filter(
        ({ status, headers }) => status === 202 && !headers['idempotency-replayed'],
      );
      expect(first).toHaveLength(1);
      expect(answers.every(({ status }) => status === 202 || status === 409)).toBe(true);
    });

    it('frees the key of a request that failed, whether it broke or was refused', async () => {
      kitchen.mode = 'broken';
      expect((await order('retry')).status).toBe(500);
      kitchen.mode = 'quick';
      expect((await order('retry', { size: 'big' })).status).toBe(400);
      expect((await order('retry')).status).toBe(202);
    });

    it('does not do again what a process left open when it died', async () => {
      const sql = app.get(Sql, { strict: false });
      await order('died');
      await sql.query(
        `UPDATE idempotency_keys SET status = NULL, body = NULL, created_at = now() - interval '1 hour' WHERE key = 'died'`,
      );
      expect((await order('died')).body).toMatchObject({ status: 409, code: 'idempotency_outcome_unknown' });
      expect(kitchen.orders).toBe(1);
    });

    it('is free again after 24 hours', async () => {
      await order('old');
      await app
        .get(Sql, { strict: false })
        .query(`UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key = 'old'`);
      expect((await order('old', { size: 9 })).body).toMatchObject({ order: 2, size: 9 });
    });

    it('refuses what is no key, and bodies that it cannot compare', async () => {
      expect((await order('a b')).body).toMatchObject({ code: 'idempotency_key_invalid' });
      const upload = await call('POST', '/api/orders', {
        headers: { 'idempotency-key': 'up', 'content-type': 'multipart/form-data; boundary=x' },
      });
      expect(upload.body).toMatchObject({ code: 'idempotency_needs_json' });
    });
  });
});
