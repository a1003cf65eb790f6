import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Redis, type RedisOptions } from 'ioredis';
import { Config } from '../config/config.js';

/** How long one command of the send path may take before Redis counts as away. */
const COMMAND_TIMEOUT_MS = 1000;

/**
 * The connection of the limiter and the breaker. Fails fast instead of queueing while Redis is away: without a grant
 * nothing is sent, and a command that waits in memory would be run later with a stale question.
 */
@Injectable()
export class EngineRedis implements OnApplicationShutdown {
  private readonly logger = new Logger('Redis');
  readonly client: Redis;
  private lost: Date | null = null;

  constructor(config: Config) {
    this.client = new Redis(config.redisUrl ?? '', {
      enableOfflineQueue: false,
      commandTimeout: COMMAND_TIMEOUT_MS,
      maxRetriesPerRequest: 0,
      connectTimeout: 2000,
      retryStrategy: (tries) => Math.min(50 * tries, 1000),
    });
    this.client.on('error', (error) => {
      if (this.lost !== null) return;
      this.lost = new Date();
      this.logger.warn(`the connection was lost: ${error.message}; nothing is sent until it is back`);
    });
    this.client.on('ready', () => {
      if (this.lost !== null) this.logger.log('the connection is back');
      this.lost = null;
    });
  }

  /** When the connection was lost; null while it stands, also over a Redis that does not answer on it. */
  get lostAt(): Date | null {
    return this.lost;
  }

  /** Resolves when the first connection stands, or after a second: a start must not hang on Redis. */
  async ready(): Promise<void> {
    if (this.client.status === 'ready') return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 1000);
      this.client.once('ready', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  onApplicationShutdown(): void {
    this.client.disconnect();
  }
}

/** Bull's own connections: its blocking and subscriber clients refuse any other settings than these two. */
export function bullRedis(config: Config): () => Redis {
  const options: RedisOptions = { maxRetriesPerRequest: null, enableReadyCheck: false };
  return () => {
    const client = new Redis(config.redisUrl ?? '', options);
    // Bull reports errors through its queue's own event; without a listener here ioredis prints them besides.
    client.on('error', () => undefined);
    return client;
  };
}
