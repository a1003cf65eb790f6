import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freeLoopbackPort } from '../../src/embedded/free-port.js';
import { ControlClient } from '../../src/simulator/control-client.js';
import { ApiClient } from './api-client.js';
import {
  launchAtTheDoor,
  letIn,
  startCaudal,
  type CaudalProcess,
  type ProcessPlace,
} from './caudal-process.js';
import { createTestDatabase, testRedis } from './database.js';
import { LedgerFixture } from './ledger-fixture.js';
import { launchSimulator, type SimulatorProcess } from './simulator-process.js';

const ADMIN_KEY = 'cdl_a_key_for_tests_that_is_long_enough';

const SPARES_AT_ONCE = 3;

export interface QueueStatus {
  readonly campaignId: string;
  readonly status: string;
  readonly progress: Readonly<Record<string, number>>;
  readonly reason?: { readonly code: string; readonly text: string };
}

/** The servers that a stack runs on. */
export interface StackServices {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly redisPrefix: string;
  release(): Promise<void>;
}

/** Stands between the processes of a stack and a server, on a port of its own: a proxy that can be told to misbehave. */
export interface Detour {
  readonly port: number;
  leadTo(port: number): void;
}

export interface StackOptions {
  readonly workers?: number;
  /** The router as a process of its own, where providers reach it; else the api's process takes webhooks too. */
  readonly ownRouter?: boolean;
  /** Environment of every process, e.g. CAUDAL_LEASE_MS. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Servers of the spec's own; else a database and a prefix on the shared ones. */
  readonly services?: StackServices;
  /** Only the processes take them: the stack itself keeps looking straight at the servers. */
  readonly detours?: { readonly postgres?: Detour; readonly redis?: Detour; readonly provider?: Detour };
}

/** Caudal as it is deployed: an api and router process, worker processes, real databases, and the simulator. */
export class Stack {
  /** Those that were not ended by the spec. */
  readonly workers: CaudalProcess[] = [];
  /** Every process that ever ran, for what they wrote. */
  readonly processes: CaudalProcess[] = [];
  readonly api: ApiClient;
  private frontProcess: CaudalProcess | undefined;
  private routerProcess: CaudalProcess | undefined;
  private readonly spares: CaudalProcess[] = [];

  private constructor(
    readonly simulator: ControlClient,
    readonly ledger: LedgerFixture,
    readonly redis: Redis,
    private readonly environment: Record<string, string>,
    private readonly frontPort: number,
    private readonly routerPort: number | undefined,
    private readonly services: StackServices,
    private readonly simulatorProcess: SimulatorProcess,
  ) {
    this.api = new ApiClient(`http://127.0.0.1:${frontPort}`, ADMIN_KEY);
  }

  static async start(options: StackOptions = {}): Promise<Stack> {
    const { workers = 1, ownRouter = false, environment = {}, detours = {} } = options;
    const services = options.services ?? (await sharedServices());
    const simulator = await launchSimulator();
    const frontPort = await freeLoopbackPort();
    const routerPort = ownRouter ? await freeLoopbackPort() : undefined;
    const redis = new Redis(services.redisUrl);
    // A spec that kills its Redis loses this connection too, and gets it back by itself.
    redis.on('error', () => undefined);
    const stack = new Stack(
      new ControlClient(simulator.url),
      LedgerFixture.connect(services.databaseUrl, 4),
      redis,
      {
        DATABASE_URL: by(detours.postgres, services.databaseUrl),
        REDIS_URL: by(detours.redis, services.redisUrl),
        CAUDAL_REDIS_PREFIX: services.redisPrefix,
        CAUDAL_DATA_DIR: await mkdtemp(join(tmpdir(), 'caudal-stack-')),
        CAUDAL_MASTER_KEY: randomBytes(32).toString('hex'),
        CAUDAL_ADMIN_KEY: ADMIN_KEY,
        CAUDAL_SIMULATOR_URL: by(detours.provider, simulator.url),
        CAUDAL_PUBLIC_URL: `http://127.0.0.1:${routerPort ?? frontPort}`,
        CAUDAL_LOG_FORMAT: 'json',
        ...environment,
      },
      frontPort,
      routerPort,
      services,
      simulator,
    );
    await Promise.all([stack.startFront(), ...(ownRouter ? [stack.startRouter()] : [])]);
    await Promise.all(Array.from({ length: workers }, () => stack.startWorker()));
    return stack;
  }

  get front(): CaudalProcess {
    if (this.frontProcess === undefined) throw new Error('the front is not running');
    return this.frontProcess;
  }

  /** The api, and the router where it has no process of its own; always on the same port: clients find it again. */
  async startFront(): Promise<void> {
    const roles = this.routerPort === undefined ? 'api,router' : 'api';
    const environment = { ...this.environment, CAUDAL_ROLES: roles, PORT: String(this.frontPort) };
    this.frontProcess = await startCaudal(environment);
    this.processes.push(this.frontProcess);
  }

  /** kill -9, and gone when it returns. */
  async killFront(): Promise<void> {
    const { front } = this;
    this.frontProcess = undefined;
    front.signal('SIGKILL');
    await front.ended;
  }

  get router(): CaudalProcess {
    if (this.routerProcess === undefined) throw new Error('no router is running by itself');
    return this.routerProcess;
  }

  /** Where providers post, whether or not anybody listens. */
  get routerUrl(): string {
    return this.environment['CAUDAL_PUBLIC_URL']!;
  }

  /** By which a process of the stack finds its servers, for one that has to find them another way. */
  get addresses(): { readonly postgres: string; readonly redis: string; readonly provider: string } {
    const { DATABASE_URL = '', REDIS_URL = '', CAUDAL_SIMULATOR_URL = '' } = this.environment;
    return { postgres: DATABASE_URL, redis: REDIS_URL, provider: CAUDAL_SIMULATOR_URL };
  }

  /** A client of one of its processes; `api` is that of the front. */
  apiOf(process: CaudalProcess): ApiClient {
    return new ApiClient(process.baseUrl, ADMIN_KEY);
  }

  /** What all processes of the stack have on the disk. */
  get dataDir(): string {
    return this.environment['CAUDAL_DATA_DIR']!;
  }

  /** Of a stack with `ownRouter`; always on the same port. */
  async startRouter(): Promise<void> {
    const environment = { ...this.environment, CAUDAL_ROLES: 'router', PORT: String(this.routerPort) };
    this.routerProcess = await startCaudal(environment);
    this.processes.push(this.routerProcess);
  }

  /** kill -9, and gone when it returns. */
  async killRouter(): Promise<void> {
    const { router } = this;
    this.routerProcess = undefined;
    router.signal('SIGKILL');
    await router.ended;
  }

  /** Takes a spare when there is one, unless it is to have more in its environment than the others. */
  async startWorker(more?: Readonly<Record<string, string>>): Promise<CaudalProcess> {
    const spare = more === undefined ? this.spares.shift() : undefined;
    const environment = { ...this.workerEnvironment(), ...more };
    const worker = await (spare === undefined ? startCaudal(environment) : letIn(spare));
    this.workers.push(worker);
    this.processes.push(worker);
    return worker;
  }

  /** A process on another host or of another build; ended with the stack, as its workers are. */
  async startElsewhere(
    place: ProcessPlace,
    environment: Readonly<Record<string, string>>,
  ): Promise<CaudalProcess> {
    const process = await startCaudal({ ...this.environment, ...environment }, place);
    this.workers.push(process);
    this.processes.push(process);
    return process;
  }

  /** Loads workers that wait to be started, so that many starts in a row cost little of the machine. */
  async keepSpares(count: number): Promise<void> {
    while (this.spares.length < count) {
      const missing = Math.min(SPARES_AT_ONCE, count - this.spares.length);
      const loaded = Array.from({ length: missing }, () => launchAtTheDoor(this.workerEnvironment()));
      this.spares.push(...(await Promise.all(loaded)));
    }
  }

  get spareCount(): number {
    return this.spares.length;
  }

  /** kill -9, and gone when it returns. */
  async killWorker(worker: CaudalProcess): Promise<void> {
    this.workers.splice(this.workers.indexOf(worker), 1);
    worker.signal('SIGKILL');
    await worker.ended;
  }

  /** kill -9 of every process at the same moment. */
  async killAll(): Promise<void> {
    const router = this.routerProcess === undefined ? [] : [this.routerProcess];
    const victims = [this.front, ...router, ...this.workers.splice(0)];
    this.frontProcess = undefined;
    this.routerProcess = undefined;
    for (const victim of victims) victim.signal('SIGKILL');
    await Promise.all(victims.map((victim) => victim.ended));
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
    const keys = await this.redis.keys(`${this.services.redisPrefix}*`);
    if (keys.length > 0) await this.redis.del(...keys);
  }

  async stop(): Promise<void> {
    const processes = [...this.workers, this.frontProcess, this.routerProcess].filter(
      (process) => process !== undefined,
    );
    for (const spare of this.spares) spare.signal('SIGKILL');
    for (const process of processes) process.signal('SIGTERM');
    const impatience = setTimeout(() => processes.forEach((process) => process.signal('SIGKILL')), 20_000);
    await Promise.all(processes.map((process) => process.ended));
    clearTimeout(impatience);
    await this.simulatorProcess.stop();
    this.redis.disconnect();
    await this.ledger.close();
    await this.services.release();
    await rm(this.environment['CAUDAL_DATA_DIR']!, { recursive: true, force: true });
  }

  private workerEnvironment(): Record<string, string> {
    return { ...this.environment, CAUDAL_ROLES: 'worker' };
  }
}

async function sharedServices(): Promise<StackServices> {
  const database = await createTestDatabase();
  const redis = testRedis();
  return {
    databaseUrl: database.url,
    redisUrl: redis.url,
    redisPrefix: redis.prefix,
    release: () => database.drop(),
  };
}

/** The same address by way of the detour, which is led to where the address led. */
function by(detour: Detour | undefined, address: string): string {
  if (detour === undefined) return address;
  const url = new URL(address);
  detour.leadTo(Number(url.port));
  url.port = String(detour.port);
  return url.href.replace(/\/$/, '');
}
