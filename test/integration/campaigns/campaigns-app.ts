import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { newApiKey, hashOfKey } from '../../../src/auth/api-key.js';
import { AuthModule } from '../../../src/auth/auth.module.js';
import { createApp } from '../../../src/boot/http-app.js';
import { CampaignTicks } from '../../../src/campaigns/campaign-ticks.js';
import { CampaignsModule } from '../../../src/campaigns/campaigns.module.js';
import { PreparationService } from '../../../src/campaigns/preparation.service.js';
import { ChannelsModule } from '../../../src/channels/channels.module.js';
import { CommonModule } from '../../../src/common/common.module.js';
import type { ReadyConfig } from '../../../src/config/config.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { DatabaseModule } from '../../../src/database/database.module.js';
import { DeploymentModule } from '../../../src/database/deployment.module.js';
import { Sql } from '../../../src/database/sql.js';
import { EventsModule } from '../../../src/events/events.module.js';
import { LedgerModule } from '../../../src/ledger/ledger.module.js';
import { ProgressRepository } from '../../../src/ledger/progress.repository.js';
import { QueueModule } from '../../../src/queue/queue.module.js';
import { createTestDatabase, testRedis, type TestDatabase } from '../../support/database.js';

const ADMIN_KEY = 'an admin key for these tests';

@Module({})
class CampaignsApp {
  static register(config: ReadyConfig): DynamicModule {
    return {
      module: CampaignsApp,
      imports: [
        CommonModule.register(config),
        DatabaseModule.register(config),
        DeploymentModule,
        EventsModule,
        AuthModule,
        LedgerModule,
        ChannelsModule,
        QueueModule.register(config),
        CampaignsModule,
      ],
    };
  }
}

export interface Reply {
  readonly status: number;
  readonly text: string;
  // eslint-disable-next-line -- what a test expects of an answer is what says its shape
  readonly body: any;
}

/** The API of campaigns on real databases, without a worker: what a worker does, a spec does by hand. */
export class CampaignsFixture {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly sql: Sql,
    private readonly database: TestDatabase,
    private readonly dataDir: string,
  ) {}

  static async start(environment: Record<string, string> = {}): Promise<CampaignsFixture> {
    const database = await createTestDatabase();
    const redis = testRedis();
    const dataDir = await mkdtemp(join(tmpdir(), 'caudal-campaigns-'));
    const config = loadConfig({
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      CAUDAL_REDIS_PREFIX: redis.prefix,
      CAUDAL_MASTER_KEY: 'a master key of the tests, 32 characters',
      CAUDAL_ADMIN_KEY: ADMIN_KEY,
      CAUDAL_DATA_DIR: dataDir,
      CAUDAL_ROLES: 'api',
      CAUDAL_DEFAULT_COUNTRY: 'MX',
      CAUDAL_DATABASE_POOL: '8',
      ...environment,
    }) as ReadyConfig;
    const app = await createApp(CampaignsApp.register(config), config, { log() {}, error() {}, warn() {} });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    // The one whose work the spec does by hand; without any, that would be the reason why nothing is sent.
    await app.get(Sql).query(
      `INSERT INTO workers (id, host, pid, roles, seen_at)
       VALUES (gen_random_uuid(), 'spec', 1, '{worker}', now() + interval '1 hour')`,
    );
    return new CampaignsFixture(app, app.get(Sql), database, dataDir);
  }

  get<T>(type: Type<T>): T {
    return this.app.get(type, { strict: false });
  }

  async call(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const reply = await this.app.inject({
      method,
      url: path,
      headers: { authorization: `Bearer ${ADMIN_KEY}`, ...headers },
      ...(body === undefined ? {} : { payload: body }),
    });
    const isJson = /json/.test(String(reply.headers['content-type'] ?? ''));
    return {
      status: reply.statusCode,
      text: reply.body,
      body: isJson && reply.body !== '' ? JSON.parse(reply.body) : undefined,
    };
  }

  async upload(
    path: string,
    csv: string,
    fields: Record<string, string>,
    fileField = 'file',
  ): Promise<Reply> {
    const boundary = 'caudal-spec-boundary';
    const part = (head: string, value: string): string =>
      `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${value}\r\n`;
    const payload = [
      part(`name="${fileField}"; filename="lista.csv"`, csv),
      ...Object.entries(fields).map(([name, value]) => part(`name="${name}"`, value)),
      `--${boundary}--\r\n`,
    ].join('');
    const reply = await this.app.inject({
      method: 'POST',
      url: path,
      headers: {
        authorization: `Bearer ${ADMIN_KEY}`,
        'content-type': `multipart/form-data; boundary=${boundary}`,
      },
      payload,
    });
    return { status: reply.statusCode, text: reply.body, body: JSON.parse(reply.body) };
  }

  /** The workspace of the admin key. */
  async workspaceId(): Promise<string> {
    const [row] = await this.sql.query<{ id: string }>(
      'SELECT id FROM workspaces ORDER BY created_at LIMIT 1',
    );
    return row!.id;
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

  async createChannel(fields: object = {}): Promise<string> {
    const { body } = await this.call('POST', '/api/channels', {
      name: `canal ${Math.random().toString(36).slice(2, 8)}`,
      provider: 'simulator',
      ...fields,
    });
    return body.id as string;
  }

  /** `count` contacts with a name and the attribute "Saldo"; returns their ids in order. */
  async addContacts(count: number, over: { tags?: string[]; saldo?: string | null } = {}): Promise<string[]> {
    const workspaceId = await this.workspaceId();
    const { tags = [], saldo = '100' } = over;
    const attributes = saldo === null ? {} : { Saldo: saldo };
    await this.sql.query(
      `INSERT INTO attribute_keys (workspace_id, key) VALUES ($1, 'Saldo') ON CONFLICT DO NOTHING`,
      [workspaceId],
    );
    const rows = await this.sql.query<{ id: string }>(
      `INSERT INTO contacts (workspace_id, recipient, name, attributes, tags)
       SELECT $1, '+5255' || (10000000 + known.n + i), 'Persona ' || i, $3, $4
       FROM generate_series(1, $2) AS i, (SELECT count(*) AS n FROM contacts) AS known
       RETURNING id`,
      [workspaceId, count, JSON.stringify(attributes), tags],
    );
    return rows.map((row) => row.id);
  }

  async createCampaign(fields: object): Promise<string> {
    const { status, body, text } = await this.call('POST', '/api/campaigns', { name: 'mayo', ...fields });
    if (status !== 201) throw new Error(`the campaign was answered ${status}: ${text}`);
    return body.id as string;
  }

  start(id: string): Promise<Reply> {
    return this.call('POST', `/api/campaigns/${id}/start`);
  }

  prepare(id: string) {
    return this.get(PreparationService).prepare(id);
  }

  tick(): Promise<void> {
    return this.get(CampaignTicks).run();
  }

  async statusOf(id: string): Promise<string> {
    const { body } = await this.call('GET', `/api/campaigns/${id}`);
    return body.status as string;
  }

  async dispatchOf(id: string): Promise<string> {
    const [row] = await this.sql.query<{ id: string }>(
      'SELECT dispatch_id AS id FROM campaigns WHERE id = $1',
      [id],
    );
    return row!.id;
  }

  /** The counters, having made sure that they equal a recount. */
  async progressOf(id: string) {
    const dispatchId = await this.dispatchOf(id);
    const progress = this.get(ProgressRepository);
    const [counted, recounted] = [await progress.of(dispatchId), await progress.recount(dispatchId)];
    if (JSON.stringify(sorted(counted)) !== JSON.stringify(sorted(recounted))) {
      throw new Error(`counters ${JSON.stringify(counted)} are not the recount ${JSON.stringify(recounted)}`);
    }
    return counted;
  }

  async messagesOf(id: string) {
    return this.sql.query<{
      seq: number;
      recipient: string;
      state: string;
      last_code: string | null;
      variables: Record<string, string>;
      channel_id: string;
      contact_id: string | null;
    }>(
      `SELECT seq, recipient, state, last_code, variables, channel_id, contact_id FROM messages
       WHERE dispatch_id = $1 ORDER BY seq`,
      [await this.dispatchOf(id)],
    );
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.database.drop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

function sorted(record: object): [string, unknown][] {
  return Object.entries(record).toSorted(([a], [b]) => a.localeCompare(b));
}
