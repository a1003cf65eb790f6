import { Injectable, Logger } from '@nestjs/common';
import { ChannelBreakerRepository, type HandBreaker } from '../channels/channel-breaker.repository.js';
import { ChannelMissingError } from '../channels/channel.errors.js';
import { ChannelHolds } from '../channels/channel-holds.js';
import { ChannelReopening } from './channel-reopening.js';
import { RedisUnreachableError } from './redis-unreachable.error.js';
import { SharedBreaker } from './shared-breaker.js';

/** Whose order it is; the name goes to the log and, of a breaker, to those who ask why nothing is sent. */
export interface Orderer {
  readonly workspaceId: string;
  readonly keyName: string;
}

/** What a person orders of a channel, beside its settings. */
@Injectable()
export class ChannelOrders {
  private readonly logger = new Logger('Channels');

  constructor(
    private readonly breakers: ChannelBreakerRepository,
    private readonly holds: ChannelHolds,
    private readonly shared: SharedBreaker,
    private readonly reopening: ChannelReopening,
  ) {}

  /** The row first: once it is written the order holds, whatever becomes of Redis, without which nothing is sent. */
  async openBreaker({ workspaceId, keyName }: Orderer, channelId: string): Promise<HandBreaker> {
    const opened = await this.breakers.open(workspaceId, channelId, keyName);
    if (opened === null) throw new ChannelMissingError(channelId);
    await this.shared.openByHand(channelId).catch((error: Error) => {
      this.logger.warn(`the open breaker of channel ${channelId} was not told to Redis: ${error.message}`);
    });
    this.logger.log('a breaker was opened by hand', { channelId, by: keyName });
    return opened;
  }

  /** Redis first: a row that says closed over a hash that says open would be a channel that nobody can explain. */
  async closeBreaker({ workspaceId, keyName }: Orderer, channelId: string): Promise<void> {
    if ((await this.breakers.find(workspaceId, channelId)) === null) throw new ChannelMissingError(channelId);
    await this.shared.close(channelId).catch(() => {
      throw new RedisUnreachableError('the breaker was not closed');
    });
    await this.breakers.close(workspaceId, channelId);
    this.logger.log('a breaker was closed by hand', { channelId, by: keyName });
    await this.reopening.letGoOn(channelId);
  }

  /** False when nothing held it. An open breaker is no hold of this kind and stays open. */
  async liftHold({ workspaceId, keyName }: Orderer, channelId: string): Promise<boolean> {
    const version = await this.holds.lift(workspaceId, channelId);
    if (version === null) {
      if ((await this.breakers.find(workspaceId, channelId)) === null)
        throw new ChannelMissingError(channelId);
      return false;
    }
    this.logger.log('a hold was lifted by hand', { channelId, by: keyName });
    await this.reopening.letGoOn(channelId);
    return true;
  }
}
