import { Injectable, Logger } from '@nestjs/common';
import { ChannelBreakerRepository } from '../channels/channel-breaker.repository.js';

/**
 * Tells that a channel sends nothing for now, because its breaker opened by itself, and that it sends again. The state is
 * Redis' own, so this is told once by the process whose answer turned it; what is lost with that process, or with
 * Redis, is an event and nothing else.
 */
@Injectable()
export class BreakerNews {
  private readonly logger = new Logger('Channels');

  constructor(private readonly breakers: ChannelBreakerRepository) {}

  /** Never fails: a call waits for it. */
  async tell(channelId: string, state: 'open' | 'closed'): Promise<void> {
    try {
      await this.breakers.tell(channelId, state);
    } catch (error) {
      this.logger.warn(`that the breaker is ${state} could not be told: ${(error as Error).message}`, {
        channelId,
      });
    }
  }
}
