import { Injectable } from '@nestjs/common';
import { BatchWaking } from '../ledger/batch-waking.repository.js';
import { BellRinger } from './bell-ringer.js';

/** A line knows its channel as it was a third of a second ago: bells that come sooner may find it closed still. */
const RING_AGAIN_MS = 500;

/** Lets what waited for a channel go on within about a second. */
@Injectable()
export class ChannelReopening {
  constructor(
    private readonly waking: BatchWaking,
    private readonly ringer: BellRinger,
  ) {}

  async letGoOn(channelId: string): Promise<void> {
    const dispatchIds = await this.waking.wake(channelId);
    await Promise.all(
      dispatchIds.flatMap((dispatchId) => [
        this.ringer.ring(dispatchId, channelId),
        this.ringer.ring(dispatchId, channelId, undefined, RING_AGAIN_MS),
      ]),
    );
  }
}
