import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Housekeeping } from '../database/housekeeping.js';
import { IdempotencyRepository } from './idempotency.repository.js';

const KEYS_OF_A_CHUNK = 5000;

/** Answers are kept for a day; what is older, nothing would replay any more. */
@Injectable()
export class IdempotencyCleaning implements OnModuleInit {
  constructor(
    private readonly housekeeping: Housekeeping,
    private readonly keys: IdempotencyRepository,
  ) {}

  onModuleInit(): void {
    this.housekeeping.add('idempotency keys', async (tx) => {
      const purged = await this.keys.dropExpired(tx, KEYS_OF_A_CHUNK);
      return { purged, isMore: purged === KEYS_OF_A_CHUNK };
    });
  }
}
