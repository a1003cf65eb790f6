import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freeLoopbackPort } from '../../src/embedded/free-port.js';
import { findRedisBinary } from '../../src/embedded/redis-binary.js';

export interface BareRedisOptions {
  /** As on the command line of redis-server. */
  readonly settings?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Where its append-only file lies; else a folder of its own, which goes with it. */
  readonly dir?: string;
}

/** A Redis started by hand, with whatever a fault asks of it. */
export class BareRedis {
  private constructor(
    readonly port: number,
    /** For orders to the server itself. */
    readonly client: Redis,
    private readonly child: ChildProcess,
    private readonly ended: Promise<unknown>,
    private readonly ownDir: string | null,
  ) {}

  static async start({ settings = [], environment = {}, dir }: BareRedisOptions = {}): Promise<BareRedis> {
    const port = await freeLoopbackPort();
    const ownDir = dir === undefined ? await mkdtemp(join(tmpdir(), 'caudal-bare-redis-')) : null;
    const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir ?? ownDir!];
    const keeping = ['--save', '', '--appendonly', 'yes', '--maxmemory-policy', 'noeviction'];
    const child = spawn(findRedisBinary(), [...place, ...keeping, ...settings], {
      env: { ...process.env, ...environment },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    const client = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: null });
    client.on('error', () => undefined);
    const server = new BareRedis(port, client, child, ended, ownDir);
    const answered = client.ping().then(() => true);
    const isUp = await Promise.race([answered, ended.then(() => false)]);
    if (isUp) return server;
    await server.stop();
    throw new Error(`redis-server ended instead of starting with ${settings.join(' ')}`);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  async stop(): Promise<void> {
    this.client.disconnect();
    if (this.isRunning) await this.kill();
    if (this.ownDir !== null) await rm(this.ownDir, { recursive: true, force: true });
  }
}
