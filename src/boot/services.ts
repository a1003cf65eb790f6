import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { newApiKey } from '../auth/api-key.js';
import type { Config, ReadyConfig } from '../config/config.js';
import type { EmbeddedLog } from '../embedded/embedded-log.js';
import { readOrCreateSecret } from '../embedded/embedded-secrets.js';
import { startEmbedded } from '../embedded/embedded-services.js';

export interface Services {
  readonly config: ReadyConfig;
  /** The file that keeps the admin key, where it was made here and not configured. */
  readonly adminKeyPath: string | undefined;
  stop(): Promise<void>;
}

/** Adds what the environment left out: the embedded servers, and secrets of this data directory's own. */
export async function startServices(config: Config, log: EmbeddedLog): Promise<Services> {
  const dataDir = resolve(config.dataDir);
  const embedded = await startEmbedded({
    dataDir,
    postgres: config.databaseUrl === undefined,
    redis: config.redisUrl === undefined,
    log,
  });
  try {
    const { databaseUrl = embedded.databaseUrl, redisUrl = embedded.redisUrl } = config;
    if (databaseUrl === undefined || redisUrl === undefined)
      throw new Error('an embedded server gave no address');
    const adminKeyPath = config.adminKey === undefined ? join(dataDir, 'admin-key') : undefined;
    return {
      config: Object.freeze({
        ...config,
        databaseUrl,
        redisUrl,
        masterKey:
          config.masterKey ??
          readOrCreateSecret(join(dataDir, 'master-key'), () => randomBytes(32).toString('base64url')),
        adminKey: config.adminKey ?? readOrCreateSecret(join(dataDir, 'admin-key'), newApiKey),
      }),
      adminKeyPath,
      stop: () => embedded.stop(),
    };
  } catch (error) {
    await embedded.stop();
    throw error;
  }
}
