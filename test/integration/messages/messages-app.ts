import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { hashOfKey, newApiKey } from '../../../src/auth/api-key.js';
import { AuthModule } from '../../../src/auth/auth.module.js';
import { createApp } from '../../../src/boot/http-app.js';
import { ChannelsModule } from '../../../src/channels/channels.module.js';
import { CommonModule } from '../../../src/common/common.module.js';
import type { ReadyConfig } from '../../../src/config/config.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { ContactsModule } from '../../../src/contacts/contacts.module.js';
import { DatabaseModule } from '../../../src/database/database.module.js';
import { DeploymentModule } from '../../../src/database/deployment.module.js';
import { Sql } from '../../../src/database/sql.js';
import { freeLoopbackPort } from '../../../src/embedded/free-port.js';
import { EventsModule } from '../../../src/events/events.module.js';
import { LedgerModule } from '../../../src/ledger/ledger.module.js';
import { ProgressRepository } from '../../../src/ledger/progress.repository.js';
import { MessagesModule } from '../../../src/messages/messages.module.js';
import { QueueModule } from '../../../src/queue/queue.module.js';
import { RouterModule } from '../../../src/router/router.module.js';
import { ControlClient } from '../../../src/simulator/control-client.js';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.js';
import { createTestDatabase, testRedis, type TestDatabase } from '../../support/database.js';

const ADMIN_KEY = 'an admin key for these tests';

@Module({})
class MessagesApp {
  static register(config: ReadyConfig): DynamicModule {
    return {
      module: MessagesApp,
      imports: [
        CommonModule.register(config),
        DatabaseModule.register(config),
        DeploymentModule,
        EventsModule,
        AuthModule,
        LedgerModule,
        ChannelsModule,
        ContactsModule,
        QueueModule.register(config),
        MessagesModule,
        RouterModule.register(config),
      ],
    };
  }
}

/** Every member that an answer of these routes has; which of them are there is what specs ask. */
export interface ReplyBody {
  readonly id: string;
  readonly success: boolean;
  readonly message: string;
  readonly task_id: string;
  readonly status: string | number;
  readonly state: string;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly code: string;
  readonly detail: string;
  readonly known: readonly unknown[];
  readonly errors: readonly { readonly pointer: string }[];
}

export interface Reply {
  readonly status: number;
  readonly body: ReplyBody;
  readonly headers: Readonly<Record<string, unknown>>;
}

/**
 * All that sends a single message, in one process and on a simulated provider, but for the ticks: what these specs see
 * leave has left by its own bell.
 */
export class MessagesFixture {
  private numbers = 0;

  private constructor(
    readonly app: NestFastifyApplication,
    readonly control: ControlClient,
    private readonly simulator: Simulator,
    private readonly database: TestDatabase,
    private readonly dataDir: string,
  ) {}

  static async start(environment: Record<string, string> = {}): Promise<MessagesFixture> {
    const database = await createTestDatabase();
    const redis = testRedis();
    const simulator = await startSimulator({ port: 0, host: '127.0.0.1' });
    const dataDir = await mkdtemp(join(tmpdir(), 'caudal-messages-'));
    const port = await freeLoopbackPort();
    const config = loadConfig({
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      CAUDAL_REDIS_PREFIX: redis.prefix,
      CAUDAL_MASTER_KEY: 'a master key of the tests, 32 characters',
      CAUDAL_ADMIN_KEY: ADMIN_KEY,
      CAUDAL_DATA_DIR: dataDir,
      CAUDAL_DEFAULT_COUNTRY: 'MX',
      CAUDAL_DATABASE_POOL: '10',
      CAUDAL_SIMULATOR_URL: simulator.url,
      CAUDAL_PUBLIC_URL: `http://127.0.0.1:${port}`,
      CAUDAL_MESSAGE_RETRIES: '1',
      CAUDAL_MESSAGE_RETRY_MS: '300',
      ...environment,
    }) as ReadyConfig;
    const app = await createApp(MessagesApp.register(config), config, { log() {}, error() {}, warn() {} });
    await app.listen(port, '127.0.0.1');
    return new MessagesFixture(app, new ControlClient(simulator.url), simulator, database, dataDir);
  }

  get sql(): Sql {
    return this.get(Sql);
  }

  get<T>(type: Type<T>): T {
    return this.app.get(type, { strict: false });
  }

  async call(
    method: 'GET' | 'POST',
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
    return {
      status: reply.statusCode,
      body: (reply.body === '' ? {} : JSON.parse(reply.body)) as ReplyBody,
      headers: reply.headers,
    };
  }

  /** A simulated channel, and the number that the provider knows it by. */
  async createChannel(settings: object = {}, fields: object = {}): Promise<{ id: string; number: string }> {
    const number = String(106_000_000_000_000 + Math.floor(Math.random() * 1e9));
    const { status, body } = await this.call('POST', '/api/channels', {
      name: `canal ${number}`,
      provider: 'simulator',
      settings: { phoneNumberId: number, statusDelayMs: 10, readRate: 1, ...settings },
      ...fields,
    });
    if (status !== 201) throw new Error(`the channel was answered ${status}: ${JSON.stringify(body)}`);
    return { id: body.id, number };
  }

  /** A number that no other message of these specs goes to. */
  nextPhone(): string {
    this.numbers += 1;
    return `+5255${String(20_000_000 + this.numbers)}`;
  }

  post(fields: object, headers: Record<string, string> = {}): Promise<Reply> {
    return this.call(
      'POST',
      '/api/messages',
      { phone: this.nextPhone(), message: 'Hola', ...fields },
      headers,
    );
  }

  /** Posts, and returns the id of the task. */
  async posted(fields: object): Promise<string> {
    const { status, body } = await this.post(fields);
    if (status !== 202) throw new Error(`the message was answered ${status}: ${JSON.stringify(body)}`);
    return body.task_id;
  }

  async task(id: string): Promise<ReplyBody> {
    const { status, body } = await this.call('GET', `/api/tasks/${id}`);
    if (status !== 200) throw new Error(`the task was answered ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  async streamsOf(
    channelId: string,
  ): Promise<
    { id: string; category: string; total: number; batches: number; finished: boolean; open: boolean }[]
  > {
    return this.sql.query(
      `SELECT d.id, d.category, d.total, d.batch_count AS batches, d.finished_at IS NOT NULL AS finished, g.open
       FROM dispatches d JOIN dispatch_gates g ON g.dispatch_id = d.id
       WHERE d.kind = 'stream'
         AND EXISTS (SELECT FROM messages m WHERE m.dispatch_id = d.id AND m.seq = 1 AND m.channel_id = $1)
       ORDER BY d.id`,
      [channelId],
    );
  }

  /** The counters of a dispatch, beside a count of its rows at the same moment. */
  async counts(dispatchId: string) {
    const progress = this.get(ProgressRepository);
    return this.sql.transaction(async (tx) => {
      await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      return {
        counted: await progress.of(dispatchId, tx),
        recounted: await progress.recount(dispatchId, tx),
      };
    });
  }

  /** Another workspace, with a key of its own. */
  async otherKey(): Promise<string> {
    const key = newApiKey();
    const [row] = await this.sql.query<{ id: string }>(
      `INSERT INTO workspaces (name) VALUES ('Other') RETURNING id`,
    );
    await this.sql.query(
      `INSERT INTO api_keys (workspace_id, name, role, key_hash) VALUES ($1, 'other', 'admin', $2)`,
      [row!.id, hashOfKey(key)],
    );
    return key;
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.simulator.close();
    await this.database.drop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
