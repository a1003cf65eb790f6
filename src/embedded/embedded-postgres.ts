import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pg from 'pg';
import type { EmbeddedLog } from './embedded-log.js';
import { readOrCreateSecret } from './embedded-secrets.js';
import { startEmbeddedServer } from './embedded-server.js';
import { waitForOrphan } from './orphan-server.js';
import { choosePostgresAccount } from './postgres-account.js';
import { findPostgresBinaries } from './postgres-binaries.js';
import { ensureCluster, SUPERUSER } from './postgres-cluster.js';

export interface EmbeddedPostgresOptions {
  dataDir: string;
  log: EmbeddedLog;
  /** False gives up what makes commits survive a crash of the machine; for tests only. */
  durable?: boolean;
}

export interface EmbeddedPostgres {
  url: string;
  stop(): Promise<void>;
}

const DATABASE = 'caudal';

/** Starts Postgres on `<dataDir>/postgres`. The caller holds the lock of the directory. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log, durable = true } = options;
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const binaries = findPostgresBinaries();
  const account = choosePostgresAccount(binaries, dataDir, log);
  const password = readOrCreateSecret(join(dataDir, 'postgres-password'), () =>
    randomBytes(24).toString('hex'),
  );
  const cluster = ensureCluster(account, binaries, password, durable);
  const pidFile = join(cluster, 'postmaster.pid');
  await waitForOrphan({ pidFile, commandLineHolds: cluster, stopSignal: 'SIGINT' }, log);

  const clientOn = (port: number) => makeClient(port, password);
  const server = await startEmbeddedServer({
    name: 'Postgres',
    log,
    logFile: join(dataDir, 'postgres.log'),
    commandOn: (port) => ({
      ...account.command('postgres', ['-D', cluster, ...settings(port, durable)]),
      stopSignal: 'INT',
      uid: account.uid,
      gid: account.gid,
    }),
    async tryConnection(port) {
      const client = clientOn(port);
      await client.connect();
      await client.end();
    },
  });
  await ensureDatabase(clientOn(server.port));
  return {
    url: `postgres://${SUPERUSER}:${password}@127.0.0.1:${server.port}/${DATABASE}`,
    stop: () => server.stop(),
  };
}

function settings(port: number, durable: boolean): string[] {
  const values: Record<string, string> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '256MB',
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    // The statements are short and many; compiling one costs more than running it.
    jit: 'off',
    fsync: durable ? 'on' : 'off',
    full_page_writes: durable ? 'on' : 'off',
    synchronous_commit: durable ? 'on' : 'off',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function ensureDatabase(client: pg.Client): Promise<void> {
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (found.rowCount === 0) {
      await client.query(`CREATE DATABASE ${DATABASE}`);
    }
  } finally {
    await client.end();
  }
}

function makeClient(port: number, password: string): pg.Client {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: SUPERUSER,
    password,
    database: 'postgres',
    // Left open, the driver would obey PGSSLMODE of the environment, which is meant for another server.
    ssl: false,
  });
  client.on('error', () => undefined);
  return client;
}
