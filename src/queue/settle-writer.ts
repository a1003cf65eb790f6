import { Injectable, Logger } from '@nestjs/common';
import { insist } from '../common/insist.js';
import { Config } from '../config/config.js';
import type { LeasedBatch } from '../ledger/dispatch.js';
import { SettleRepository } from '../ledger/settle.repository.js';
import type { KeptIds, Watching } from '../ledger/settle.statements.js';
import type { Settlement } from '../ledger/settlement.js';

const WAITS = { firstWaitMs: 50, longestWaitMs: 2000 };

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
  async write(
    batch: LeasedBatch,
    settlements: readonly Settlement[],
    keep: KeptIds,
    watching: Watching,
  ): Promise<boolean> {
    if (settlements.length === 0) return true;
    const patience = { ...WAITS, forMs: this.config.engine.leaseMs * 3 };
    try {
      await insist(patience, () => this.settles.settle(batch, settlements, keep, watching));
      return true;
    } catch (error) {
      this.logger.error(
        `${settlements.length} outcomes of dispatch ${batch.dispatchId} could not be written and stay unknown: ` +
          (error as Error).message,
      );
      return false;
    }
  }
}
