import { Injectable, Logger } from '@nestjs/common';
import { ReaperRepository } from '../ledger/reaper.repository.js';
import { JournalRecovery } from './journal-recovery.js';

const BATCHES_A_CALL = 20;

/** Takes batches from workers that went silent; safe to run in any number of processes at once. */
@Injectable()
export class Reaper {
  private readonly logger = new Logger('Queue');

  constructor(
    private readonly repository: ReaperRepository,
    private readonly journals: JournalRecovery,
  ) {}

  async run(): Promise<void> {
    // A journal that cannot be read costs certainty, not the reaping: its rows become unknown with their lease.
    await this.journals.run().catch((error: unknown) => {
      this.logger.warn(`the start journals could not be used: ${(error as Error).message}`);
    });
    for (;;) {
      const { batches, unknown } = await this.repository.reap(BATCHES_A_CALL);
      if (batches > 0) {
        this.logger.warn(
          `${batches} batches were taken from workers that went silent; ${unknown} messages are unknown`,
        );
      }
      if (batches < BATCHES_A_CALL) return;
    }
  }
}
