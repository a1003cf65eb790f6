import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { migrate } from '../../src/database/migrate.js';
import type { EmbeddedLog } from '../../src/embedded/embedded-log.js';
import { startEmbeddedPostgres } from '../../src/embedded/embedded-postgres.js';
import { startEmbeddedRedis } from '../../src/embedded/embedded-redis.js';
import { homeOutsideClone } from '../../src/embedded/postgres-account.js';
import { descendantsOf } from '../support/caudal-process.js';
import { TcpProxy } from './tcp-proxy.js';

type Launch = (options: {
  dataDir: string;
  log: EmbeddedLog;
}) => Promise<{ url: string; stop(): Promise<void> }>;

const launchPostgres: Launch = (options) => startEmbeddedPostgres({ ...options, durable: false });

/**
 * A server of one spec, which it may kill -9 and start again on the same data. Its address stays, although each start
 * takes another port: a proxy stands before it.
 */
export class OwnServer {
  private pid = 0;
  private server: { stop(): Promise<void> } | undefined;
  private address = '';

  private constructor(
    private readonly launch: Launch,
    private readonly dataDir: string,
    private readonly proxy: TcpProxy,
  ) {}

  /** With the append-only file that the embedded one has. */
  static async redis(): Promise<OwnServer> {
    return OwnServer.create(
      (options) => startEmbeddedRedis({ ...options, durable: true }),
      await newDataDir(tmpdir()),
    );
  }

  /** Migrated. Commits are asynchronous unless a transaction asks for more, as barriers and webhooks do. */
  static async postgres(on: string = tmpdir()): Promise<OwnServer> {
    const server = await OwnServer.create(launchPostgres, await newDataDir(on));
    await migrate(server.url);
    return server;
  }

  /** A second server on a copy of this one's files, taken while it runs, as its manual says to. Of a Postgres only. */
  async copy(): Promise<OwnServer> {
    const dataDir = await newDataDir(tmpdir());
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      const { rows } = await client.query<{ cluster: string }>(
        "SELECT current_setting('data_directory') AS cluster",
      );
      const { cluster } = rows[0]!;
      const home = dirname(cluster) === this.dataDir ? dataDir : homeOutsideClone(dataDir);
      const copied = join(home, 'postgres');
      await client.query("SELECT pg_backup_start('a copy', true)");
      await copyTree(cluster, copied);
      const stopped = await client.query<{ labelfile: string }>(
        'SELECT labelfile FROM pg_backup_stop(false)',
      );
      await copyTree(join(cluster, 'pg_wal'), copied);
      await writeFile(join(copied, 'backup_label'), stopped.rows[0]!.labelfile);
      await rm(join(copied, 'postmaster.pid'), { force: true });
      await cp(join(this.dataDir, 'postgres-password'), join(dataDir, 'postgres-password'));
    } finally {
      await client.end();
    }
    return OwnServer.create(this.launch, dataDir);
  }

  private static async create(launch: Launch, dataDir: string): Promise<OwnServer> {
    const server = new OwnServer(launch, dataDir, await TcpProxy.open());
    await server.start();
    return server;
  }

  /** Stays the same over all starts. */
  get url(): string {
    return this.address;
  }

  async start(): Promise<void> {
    const log: EmbeddedLog = (_text, details) => {
      if (typeof details?.['pid'] === 'number') this.pid = details['pid'];
    };
    const server = await this.launch({ dataDir: this.dataDir, log });
    this.server = server;
    const url = new URL(server.url);
    this.proxy.leadTo(Number(url.port));
    url.port = String(this.proxy.port);
    this.address = url.href;
  }

  /** kill -9 of the server and all its children at once, as when the power goes. */
  async kill(): Promise<void> {
    for (const pid of [this.pid, ...descendantsOf(this.pid)]) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended between the list and the signal.
      }
    }
    await this.server?.stop();
    this.server = undefined;
  }

  /** Of a Redis that is down: what it would have read when it starts. */
  async forgetEverything(): Promise<void> {
    await rm(join(this.dataDir, 'redis', 'appendonlydir'), { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    await this.proxy.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

function newDataDir(on: string): Promise<string> {
  return mkdtemp(join(on, 'caudal-chaos-'));
}

/**
 * By a process of its own: the server is reached through this one, and goes on meanwhile. A file that went away while
 * the directory was read makes cp complain, and is none that a backup needs.
 */
async function copyTree(from: string, to: string): Promise<void> {
  const copying = spawn('cp', ['-a', from, to], { stdio: 'ignore' });
  await once(copying, 'close');
}
