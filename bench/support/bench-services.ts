import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../../src/database/migrate.js';
import { startEmbedded } from '../../src/embedded/embedded-services.js';

export interface BenchServices {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly directory: string;
  /** One for all servers of the run: what one sealed, the next must open. */
  readonly masterKey: string;
  /** One for all servers of the run: each of them installs it at its start. */
  readonly adminKey: string;
  stop(): Promise<void>;
}

/** Caudal's own Postgres and Redis as an installation has them (durable), in a directory that goes away. */
export async function startBenchServices(): Promise<BenchServices> {
  const directory = await mkdtemp(join(tmpdir(), 'caudal-bench-'));
  const services = await startEmbedded({
    dataDir: directory,
    postgres: true,
    redis: true,
    log: () => undefined,
  });
  const { databaseUrl, redisUrl } = services;
  if (databaseUrl === undefined || redisUrl === undefined)
    throw new Error('the embedded services gave no address');
  await migrate(databaseUrl);
  return {
    databaseUrl,
    redisUrl,
    directory,
    masterKey: randomBytes(32).toString('hex'),
    adminKey: `cdl_bench_${randomBytes(16).toString('hex')}`,
    stop: async () => {
      await services.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
