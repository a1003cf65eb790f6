import { join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { Config } from '../config/config.js';
import { bootId, startMarkOf } from '../embedded/process-identity.js';
import { ReaperRepository } from '../ledger/reaper.repository.js';
import {
  JOURNAL_FOLDER,
  journalsIn,
  removeJournal,
  startKey,
  startsOf,
  type FoundJournal,
} from './journal-file.js';

/**
 * Finds the journals of workers of this machine that are gone, and settles what they left: calls with a note are
 * unknown, rows without one were never begun and are pending again. Does not wait for the lease: the process is dead.
 */
@Injectable()
export class JournalRecovery {
  private readonly logger = new Logger('Queue');
  private readonly folder: string;

  constructor(
    private readonly reaper: ReaperRepository,
    config: Config,
  ) {
    this.folder = join(config.dataDir, JOURNAL_FOLDER);
  }

  async run(): Promise<void> {
    for (const journal of journalsIn(this.folder)) {
      if (journal.owner.bootId !== bootId()) removeJournal(this.folder, journal.workerId);
      else if (isGone(journal)) await this.recover(journal.workerId);
    }
  }

  private async recover(workerId: string): Promise<void> {
    const starts = startsOf(this.folder, workerId);
    const left = await this.reaper.reapWorker(workerId, (row) =>
      starts.has(startKey(row.dispatchId, row.seq, row.attempt)),
    );
    if (left.batches > 0) {
      this.logger.warn(
        `a worker of this machine is gone: ${left.unknown} calls that it had begun are unknown, ` +
          `${left.givenBack} messages that it had not go on`,
      );
    }
    // A statement of the dead process may still hold a batch: it is found by the next run, which needs the journal.
    if (!left.isMoreLeft) removeJournal(this.folder, workerId);
  }
}

/** Gone means: no process has this pid, or another one that began at another time. */
function isGone({ owner }: FoundJournal): boolean {
  return startMarkOf(owner.pid) !== owner.startMark;
}
