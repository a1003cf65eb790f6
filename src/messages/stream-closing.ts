import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { StreamRepository } from '../ledger/stream.repository.js';
import { utcDayOf } from '../ledger/stream-writer.js';

/** Ends the dispatches of days that are over, once their last message is settled. Any number of processes may tick. */
@Injectable()
export class StreamClosing {
  private readonly logger = new Logger('Messages');

  constructor(
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
  ) {}

  async run(): Promise<void> {
    await this.streams.retire(utcDayOf(this.clock.now()));
    for (const dispatchId of await this.streams.settled()) {
      if (await this.streams.close(dispatchId)) this.logger.debug(`closed the stream ${dispatchId}`);
    }
  }
}
