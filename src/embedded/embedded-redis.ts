import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import type { EmbeddedLog } from './embedded-log.js';
import { readOrCreateSecret } from './embedded-secrets.js';
import { startEmbeddedServer } from './embedded-server.js';
import { waitForOrphan } from './orphan-server.js';
import { findRedisBinary } from './redis-binary.js';

export interface EmbeddedRedisOptions {
  dataDir: string;
  log: EmbeddedLog;
  /** False keeps nothing on disk; for tests only. */
  durable?: boolean;
}

export interface EmbeddedRedis {
  url: string;
  stop(): Promise<void>;
}

/** Starts Redis or Valkey on `<dataDir>/redis`. The caller holds the lock of the directory. */
export async function startEmbeddedRedis(options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  const { log, durable = true } = options;
  const dataDir = resolve(options.dataDir);
  const directory = join(dataDir, 'redis');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const binary = findRedisBinary();
  const password = readOrCreateSecret(join(dataDir, 'redis-password'), () => randomBytes(24).toString('hex'));
  const pidFile = join(directory, 'redis.pid');
  const configFile = join(directory, 'redis.conf');
  await waitForOrphan({ pidFile, commandLineHolds: configFile, stopSignal: 'SIGTERM' }, log);

  const server = await startEmbeddedServer({
    name: 'Redis',
    log,
    logFile: join(dataDir, 'redis.log'),
    commandOn(port) {
      writeConfig(configFile, { port, pidFile, directory, password, durable });
      return { command: binary, args: [configFile], stopSignal: 'TERM' };
    },
    tryConnection: (port) => ping(port, password),
  });
  return { url: `redis://:${password}@127.0.0.1:${server.port}/0`, stop: () => server.stop() };
}

interface RedisSettings {
  port: number;
  pidFile: string;
  directory: string;
  password: string;
  durable: boolean;
}

/** In a file of mode 600 rather than on the command line, which every user of the machine can read. */
function writeConfig(path: string, settings: RedisSettings): void {
  const lines = [
    'bind 127.0.0.1',
    `port ${settings.port}`,
    `requirepass ${settings.password}`,
    'daemonize no',
    `dir ${JSON.stringify(settings.directory)}`,
    `pidfile ${JSON.stringify(settings.pidFile)}`,
    // With a title of its own the process could not be told from another Redis.
    'set-proc-title no',
    'loglevel notice',
    'save ""',
    `appendonly ${settings.durable ? 'yes' : 'no'}`,
    'appendfsync everysec',
    // Bull's jobs and the channels' limits must never be dropped to make room.
    'maxmemory-policy noeviction',
  ];
  rmSync(path, { force: true });
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600, flag: 'wx' });
}

async function ping(port: number, password: string): Promise<void> {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    password,
    lazyConnect: true,
    // A refused connection or a server that is still loading is this attempt's answer; the caller tries again.
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.ping();
  } finally {
    client.disconnect();
  }
}
