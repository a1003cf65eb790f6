import { resolve } from 'node:path';
import { lockDataDir } from './data-dir-lock.js';
import type { EmbeddedLog } from './embedded-log.js';
import { startEmbeddedPostgres } from './embedded-postgres.js';
import { startEmbeddedRedis } from './embedded-redis.js';

export interface EmbeddedOptions {
  dataDir: string;
  postgres: boolean;
  redis: boolean;
  log: EmbeddedLog;
  /** False trades safety against a crash of the machine for speed; for tests only. */
  durable?: boolean;
}

export interface EmbeddedServices {
  databaseUrl?: string;
  redisUrl?: string;
  stop(): Promise<void>;
}

/** Starts the asked-for servers on one data directory, which belongs to this process until `stop()`. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServices> {
  if (!options.postgres && !options.redis) {
    return { stop: async () => undefined };
  }
  const dataDir = resolve(options.dataDir);
  const unlock = lockDataDir(dataDir);
  const { log, durable } = options;
  const [postgres, redis] = await Promise.allSettled([
    options.postgres ? startEmbeddedPostgres({ dataDir, log, durable }) : undefined,
    options.redis ? startEmbeddedRedis({ dataDir, log, durable }) : undefined,
  ]);
  const stop = async () => {
    await Promise.all([stopIfUp(postgres), stopIfUp(redis)]);
    unlock();
  };
  for (const start of [postgres, redis]) {
    if (start.status === 'rejected') {
      await stop();
      throw start.reason as Error;
    }
  }
  return { databaseUrl: urlOf(postgres), redisUrl: urlOf(redis), stop };
}

async function stopIfUp(start: PromiseSettledResult<{ stop(): Promise<void> } | undefined>): Promise<void> {
  if (start.status === 'fulfilled') {
    await start.value?.stop();
  }
}

function urlOf(start: PromiseSettledResult<{ url: string } | undefined>): string | undefined {
  return start.status === 'fulfilled' ? start.value?.url : undefined;
}
