import { mkdtemp, rm } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module, type DynamicModule, type LoggerService, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { hashOfKey, newApiKey } from '../../src/auth/api-key.js';
import { AuthModule } from '../../src/auth/auth.module.js';
import { createApp } from '../../src/boot/http-app.js';
import { ChannelsModule } from '../../src/channels/channels.module.js';
import { CommonModule } from '../../src/common/common.module.js';
import type { ReadyConfig } from '../../src/config/config.js';
import { loadConfig } from '../../src/config/load-config.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { DeploymentModule } from '../../src/database/deployment.module.js';
import { Sql } from '../../src/database/sql.js';
import { EventsModule } from '../../src/events/events.module.js';
import { LedgerModule } from '../../src/ledger/ledger.module.js';
import { QueueModule } from '../../src/queue/queue.module.js';
import { createTestDatabase, testRedis, type TestDatabase } from './database.js';

const ADMIN_KEY = 'an admin key for these tests';
const SILENT: LoggerService = { log() {}, error() {}, warn() {} };

type Imports = NonNullable<DynamicModule['imports']>;
export type Assembly = (config: ReadyConfig) => DynamicModule;

@Module({})
class AssembledApp {}

/** What all that speaks of sending stands on, and the modules that a spec is about. */
export function assembled(modules: (config: ReadyConfig) => Imports): Assembly {
  return (config) => ({
    module: AssembledApp,
    imports: [
      CommonModule.register(config),
      DatabaseModule.register(config),
      DeploymentModule,
      EventsModule,
      AuthModule,
      LedgerModule,
      ChannelsModule,
      QueueModule.register(config),
      ...modules(config),
    ],
  });
}

export interface ApiAppOptions {
  readonly assembly: Assembly;
  readonly environment?: Readonly<Record<string, string>>;
  /** Where it listens; without one, requests are injected. */
  readonly port?: number;
}

export interface Injected {
  readonly status: number;
  readonly text: string;
  readonly headers: OutgoingHttpHeaders;
}

/** The API in the process of its spec, on a database and a prefix in Redis of its own. */
export class ApiApp {
  private readonly siblings: NestFastifyApplication[] = [];

  private constructor(
    readonly app: NestFastifyApplication,
    private readonly database: TestDatabase,
    private readonly dataDir: string,
    private readonly another: () => Promise<NestFastifyApplication>,
  ) {}

  static async start({ assembly, environment = {}, port }: ApiAppOptions): Promise<ApiApp> {
    const database = await createTestDatabase();
    const redis = testRedis();
    const dataDir = await mkdtemp(join(tmpdir(), 'caudal-app-'));
    const config = loadConfig({
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      CAUDAL_REDIS_PREFIX: redis.prefix,
      CAUDAL_MASTER_KEY: 'a master key of the tests, 32 characters',
      CAUDAL_ADMIN_KEY: ADMIN_KEY,
      CAUDAL_DATA_DIR: dataDir,
      CAUDAL_DEFAULT_COUNTRY: 'MX',
      CAUDAL_DATABASE_POOL: '8',
      ...environment,
    }) as ReadyConfig;
    const app = await createApp(assembly(config), config, SILENT);
    try {
      if (port === undefined) {
        await app.init();
        await app.getHttpAdapter().getInstance().ready();
      } else await app.listen(port, '127.0.0.1');
    } catch (error) {
      await app.close().catch(() => undefined);
      await database.drop();
      throw error;
    }
    return new ApiApp(app, database, dataDir, () => createApp(assembly(config), config, SILENT));
  }

  get sql(): Sql {
    return this.get(Sql);
  }

  /** The same once more on the same database and Redis, as another process would be; it stops with this one. */
  async startSibling(): Promise<void> {
    const app = await this.another();
    this.siblings.push(app);
    await app.init();
  }

  get<T>(type: Type<T>): T {
    return this.app.get(type, { strict: false });
  }

  /** With the admin key, unless the headers bring another. */
  async inject(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    payload?: object | string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Injected> {
    const reply = await this.app.inject({
      method,
      url: path,
      headers: { authorization: `Bearer ${ADMIN_KEY}`, ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
    return { status: reply.statusCode, text: reply.body, headers: reply.headers };
  }

  /** Another workspace, with a key of its own. */
  async otherWorkspace(): Promise<{ workspaceId: string; key: string }> {
    const key = newApiKey();
    const [row] = await this.sql.query<{ id: string }>(
      `INSERT INTO workspaces (name) VALUES ('Other') RETURNING id`,
    );
    await this.sql.query(
      `INSERT INTO api_keys (workspace_id, name, role, key_hash) VALUES ($1, 'other', 'admin', $2)`,
      [row!.id, hashOfKey(key)],
    );
    return { workspaceId: row!.id, key };
  }

  async stop(): Promise<void> {
    await Promise.all([this.app, ...this.siblings].map((app) => app.close()));
    await this.database.drop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
