import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { ControlClient } from '../../src/simulator/control-client.js';
import { ApiClient } from './api-client.js';
import { startCaudal, type CaudalProcess } from './caudal-process.js';
import { createTestDatabase, testRedis, type TestDatabase } from './database.js';
import { LedgerFixture } from './ledger-fixture.js';
import { launchSimulator, type SimulatorProcess } from './simulator-process.js';

const ADMIN_KEY = 'cdl_a_key_for_tests_that_is_long_enough';

export interface QueueStatus {
  readonly campaignId: string;
  readonly status: string;
  readonly progress: Readonly<Record<string, number>>;
  readonly reason?: { readonly code: string; readonly text: string };
}

export interface StackOptions {
  readonly workers?: number;
  /** Environment of every process, e.g. CAUDAL_LEASE_MS. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Caudal as it is deployed: an api and router process, worker processes, real databases, and the simulator. */
export class Stack {
  readonly workers: CaudalProcess[] = [];

  private constructor(
    readonly front: CaudalProcess,
    readonly api: ApiClient,
    readonly simulator: ControlClient,
    readonly ledger: LedgerFixture,
    readonly redis: Redis,
    readonly redisPrefix: string,
    private readonly environment: Record<string, string>,
    private readonly database: TestDatabase,
    private readonly simulatorProcess: SimulatorProcess,
  ) {}

  static async start({ workers = 1, environment = {} }: StackOptions = {}): Promise<Stack> {
    const database = await createTestDatabase();
    const redis = testRedis();
    const simulator = await launchSimulator();
    const shared = {
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      CAUDAL_REDIS_PREFIX: redis.prefix,
      CAUDAL_MASTER_KEY: randomBytes(32).toString('hex'),
      CAUDAL_ADMIN_KEY: ADMIN_KEY,
      CAUDAL_SIMULATOR_URL: simulator.url,
      CAUDAL_LOG_FORMAT: 'json',
      ...environment,
    };
    const front = await startCaudal({ ...shared, CAUDAL_ROLES: 'api,router' });
    const stack = new Stack(
      front,
      new ApiClient(front.baseUrl, ADMIN_KEY),
      new ControlClient(simulator.url),
      LedgerFixture.connect(database.url, 4),
      new Redis(redis.url),
      redis.prefix,
      { ...shared, CAUDAL_PUBLIC_URL: front.baseUrl },
      database,
      simulator,
    );
    await Promise.all(Array.from({ length: workers }, () => stack.startWorker()));
    return stack;
  }

  async startWorker(): Promise<CaudalProcess> {
    const worker = await startCaudal({ ...this.environment, CAUDAL_ROLES: 'worker' });
    this.workers.push(worker);
    return worker;
  }

  /** A simulator channel; behaviour and limits as in the API. */
  async createChannel(settings: object = {}, limits: object = {}): Promise<string> {
    const { status, body } = await this.api.post<{ id: string }>('/api/channels', {
      name: `canal ${randomBytes(3).toString('hex')}`,
      provider: 'simulator',
      settings,
      limits,
    });
    if (status !== 201) throw new Error(`the channel was answered ${status}: ${JSON.stringify(body)}`);
    return body.id;
  }

  /** A text campaign to `count` recipients of a CSV, made but not started. */
  async createCampaign(count: number, channelId: string, firstNumber = 0): Promise<string> {
    const rows = Array.from(
      { length: count },
      (_, i) => `+5215${String(510_000_000 + firstNumber + i)};Persona ${i}`,
    );
    const { status, body } = await this.api.upload<{ id: string }>(
      '/api/campaigns',
      { name: 'lista.csv', text: `telefono;nombre\n${rows.join('\n')}\n` },
      {
        name: `campaña ${randomBytes(3).toString('hex')}`,
        message: 'Hola {{nombre}}',
        channelIds: JSON.stringify([channelId]),
      },
    );
    if (status !== 201) throw new Error(`the campaign was answered ${status}: ${JSON.stringify(body)}`);
    return body.id;
  }

  async start(campaignId: string): Promise<void> {
    const { status, body } = await this.api.post(`/api/campaigns/${campaignId}/start`);
    if (status !== 202) throw new Error(`the start was answered ${status}: ${JSON.stringify(body)}`);
  }

  async status(campaignId: string): Promise<QueueStatus> {
    const { body } = await this.api.get<{ status: QueueStatus }>(`/api/campaigns/${campaignId}/queue-status`);
    return body.status;
  }

  async dispatchOf(campaignId: string): Promise<string> {
    const [row] = await this.ledger.sql.query<{ dispatch_id: string }>(
      'SELECT dispatch_id FROM campaigns WHERE id = $1',
      [campaignId],
    );
    return row!.dispatch_id;
  }

  /** Loses everything that Redis holds of this stack, as FLUSHALL would; other specs share the server. */
  async wipeRedis(): Promise<void> {
    const keys = await this.redis.keys(`${this.redisPrefix}*`);
    if (keys.length > 0) await this.redis.del(...keys);
  }

  async stop(): Promise<void> {
    const processes = [...this.workers, this.front];
    for (const process of processes) process.signal('SIGTERM');
    const impatience = setTimeout(() => processes.forEach((process) => process.signal('SIGKILL')), 20_000);
    await Promise.all(processes.map((process) => process.ended));
    clearTimeout(impatience);
    await this.simulatorProcess.stop();
    this.redis.disconnect();
    await this.ledger.close();
    await this.database.drop();
  }
}
