import { Injectable, Logger } from '@nestjs/common';
import { Config } from '../config/config.js';
import { HorizonRepository } from '../ledger/horizon.repository.js';

/** Messages of one transaction: some tens of milliseconds of row locks. */
const GIVEN_UP_AT_ONCE = 1000;
/** A tick after a long stop gives way to the others after this; the next goes on. */
const MOST_MS = 3000;

/** Ends the wait for evidence of messages that have been unknown for as long as the horizon. */
@Injectable()
export class UnknownHorizon {
  private readonly logger = new Logger('Queue');

  constructor(
    private readonly horizon: HorizonRepository,
    private readonly config: Config,
  ) {}

  async run(): Promise<void> {
    const endsMs = performance.now() + MOST_MS;
    let unconfirmed = 0;
    for (;;) {
      const done = await this.horizon.giveUp(this.config.engine.unknownHorizonMs, GIVEN_UP_AT_ONCE);
      unconfirmed += done.unconfirmed;
      if (done.due < GIVEN_UP_AT_ONCE || performance.now() > endsMs) break;
    }
    if (unconfirmed > 0) {
      this.logger.warn(`of ${unconfirmed} messages nothing was heard in time; they are unconfirmed`);
    }
  }
}
