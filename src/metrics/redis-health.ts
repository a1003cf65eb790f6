import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Redis } from 'ioredis';
import { HealthIndicators, type ComponentHealth } from '../common/health-indicators.js';
import { Config } from '../config/config.js';
import { evictionPolicy, writeRefusal } from '../queue/redis-standing.js';

/** What is wrong with Redis is logged so soon, whether or not anybody asks for the health. */
const LOOK_EACH_MS = 15_000;

/**
 * Asks over a connection of its own, so that a queue that blocks its connection does not look like a dead Redis.
 * Not vital: without Redis nothing is sent, but the API and the intake of webhooks go on.
 */
@Injectable()
export class RedisHealth implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Redis');
  private readonly redis: Redis;
  private readonly prefix: string;
  private lastError: string | undefined;
  private looking: NodeJS.Timeout | undefined;
  private logged: string | null = null;

  constructor(
    config: Config,
    private readonly indicators: HealthIndicators,
  ) {
    this.prefix = config.redisPrefix;
    this.redis = new Redis(config.redisUrl ?? '', {
      connectionName: 'caudal-health',
      lazyConnect: true,
      connectTimeout: 1000,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt) => Math.min(2000, attempt * 100),
    });
    this.redis.on('error', (error: NodeJS.ErrnoException) => {
      this.lastError = error.code ?? error.message;
    });
  }

  async onModuleInit(): Promise<void> {
    this.indicators.add('redis', () => this.check());
    await this.redis.connect().catch(() => undefined);
    void this.look();
    this.looking = setInterval(() => void this.look(), LOOK_EACH_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.looking);
    this.redis.disconnect();
  }

  private async check(): Promise<ComponentHealth> {
    if (this.redis.status !== 'ready') {
      return {
        status: 'down',
        reason: `not connected (${this.lastError ?? this.redis.status}): nothing is sent`,
      };
    }
    const fault = await this.fault();
    return fault === null ? { status: 'ok' } : { status: 'down', reason: fault };
  }

  private async fault(): Promise<string | null> {
    const refusal = await writeRefusal(this.redis, this.prefix);
    if (refusal !== null) return `takes no writes, ${refusal}: nothing is sent`;
    const policy = await evictionPolicy(this.redis);
    if (policy === null) return null;
    return `its maxmemory-policy is ${policy}, so it may drop limits and bells: set it to noeviction`;
  }

  /** Each fault once, and its end. A Redis that does not answer is reported by the connection of the engine. */
  private async look(): Promise<void> {
    if (this.redis.status !== 'ready') return;
    const fault = await this.fault().catch(() => this.logged);
    if (fault === this.logged) return;
    if (fault === null) this.logger.log('it is sound again');
    else this.logger.error(fault);
    this.logged = fault;
  }
}
