import { Injectable } from '@nestjs/common';
import type { ListedChannel } from '../channels/channel-directory.js';
import { PoolAbilities } from '../queue/pool-abilities.js';
import { sharesOf } from '../queue/pool-share.js';

/** A channel of a campaign and the part of its recipients that it takes, relative to the others' weights. */
export interface ChannelShare {
  readonly channelId: string;
  /** 0: it cannot send now and gets nobody. */
  readonly weight: number;
}

/** Says how the recipients of a campaign are shared out among its channels. */
@Injectable()
export class ChannelShares {
  constructor(private readonly abilities: PoolAbilities) {}

  /** By weight, and by what each can send in the time that all of them take together. */
  async atStart(channels: readonly ListedChannel[], messages: number): Promise<ChannelShare[]> {
    if (channels.length < 2) return channels.map(({ id }) => ({ channelId: id, weight: 1 }));
    // Without Redis nobody sends; the weights will do, and what lies wrong is levelled when it is back.
    const readings = await this.abilities.of(channels.map(({ id }) => id)).catch(() => null);
    if (readings === null) return channels.map(({ id, weight }) => ({ channelId: id, weight }));
    return sharesOf(readings, messages);
  }

  /** The channels with what each will have sent in the end as its weight: work goes to where it is done. */
  async inTheEnd(channels: readonly ListedChannel[], messages: number): Promise<ListedChannel[]> {
    const equal = channels.map((channel) => ({ ...channel, weight: 1 }));
    if (channels.length < 2) return equal;
    const readings = await this.abilities.of(channels.map(({ id }) => id)).catch(() => null);
    if (readings === null) return [...channels];
    const shares = sharesOf(
      readings.map((reading) => ({ ...reading, weight: 1 })),
      messages,
    );
    return equal.map((channel, index) => ({ ...channel, weight: shares[index]!.weight }));
  }
}
