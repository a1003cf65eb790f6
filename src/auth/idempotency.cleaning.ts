import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { IdempotencyRepository } from './idempotency.repository.js';

const CLEAN_EVERY_MS = 3_600_000;

/** Any number of processes may do this at once; it only deletes what nothing reads any more. */
@Injectable()
export class IdempotencyCleaning implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Idempotency');
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly keys: IdempotencyRepository) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.keys.dropExpired().catch((error: Error) => this.logger.warn(`old keys stay: ${error.message}`));
    }, CLEAN_EVERY_MS);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }
}
