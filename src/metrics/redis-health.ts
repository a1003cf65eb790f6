import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Redis } from 'ioredis';
import { HealthIndicators, type ComponentHealth } from '../common/health-indicators.js';
import { Config } from '../config/config.js';

/**
 * Asks over a connection of its own, so that a queue that blocks its connection does not look like a dead Redis.
 * Not vital: without Redis nothing is sent, but the API and the intake of webhooks go on.
 */
@Injectable()
export class RedisHealth implements OnModuleInit, OnApplicationShutdown {
  private readonly redis: Redis;
  private lastError: string | undefined;

  constructor(
    config: Config,
    private readonly indicators: HealthIndicators,
  ) {
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
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }

  private async check(): Promise<ComponentHealth> {
    if (this.redis.status !== 'ready') {
      return {
        status: 'down',
        reason: `not connected (${this.lastError ?? this.redis.status}): nothing is sent`,
      };
    }
    await this.redis.ping();
    return { status: 'ok' };
  }
}
