import { Injectable, Logger } from '@nestjs/common';
import { AddressTally } from '../common/address-tally.js';
import { Clock } from '../common/clock.js';
import { WrongKeysError } from './auth.errors.js';

const MOST_A_MINUTE = 60;

/**
 * Who guesses at keys, by address: after so many unknown ones in a minute no other key that this process has not seen
 * is looked up for it. Keys that were seen are: an address may be a proxy, and all the clients behind it.
 */
@Injectable()
export class WrongKeys {
  private readonly logger = new Logger('Access');
  private readonly tally: AddressTally;

  constructor(clock: Clock) {
    this.tally = new AddressTally(clock, MOST_A_MINUTE);
  }

  /** Throws when no key that is new here is looked up for this address. Only then is it asked whether this one is. */
  insistOnFew(address: string, isNew: () => boolean): void {
    const waitSeconds = this.tally.waitSeconds(address);
    if (waitSeconds > 0 && isNew()) throw new WrongKeysError(waitSeconds);
  }

  note(address: string): void {
    if (!this.tally.note(address)) return;
    this.logger.warn(
      `${MOST_A_MINUTE} unknown API keys within a minute from ${address}: until it is over, only keys that were seen here before are looked at for it`,
    );
  }
}
