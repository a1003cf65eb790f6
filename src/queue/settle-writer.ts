import { Injectable, Logger } from '@nestjs/common';
import { Config } from '../config/config.js';
import type { LeasedBatch } from '../ledger/dispatch.js';
import { SettleRepository } from '../ledger/settle.repository.js';
import type { Settlement } from '../ledger/settlement.js';

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2000;

/**
 * Writes outcomes, and does not let go of them while Postgres is away: they are evidence that exists nowhere else.
 * Gives up only well after the lease, when the reaper has called the rows unknown and webhooks are the better source.
 */
@Injectable()
export class SettleWriter {
  private readonly logger = new Logger('Queue');

  constructor(
    private readonly settles: SettleRepository,
    private readonly config: Config,
  ) {}

  /** Whether they are written. */
  async write(batch: LeasedBatch, settlements: readonly Settlement[]): Promise<boolean> {
    if (settlements.length === 0) return true;
    const givesUpMs = performance.now() + this.config.engine.leaseMs * 3;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      try {
        await this.settles.settle(batch, settlements);
        return true;
      } catch (error) {
        if (performance.now() + waitMs > givesUpMs) {
          this.logger.error(
            `${settlements.length} outcomes of dispatch ${batch.dispatchId} could not be written and stay unknown: ` +
              (error as Error).message,
          );
          return false;
        }
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }
}
