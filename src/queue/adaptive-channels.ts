import { Injectable } from '@nestjs/common';
import { Slowdowns } from './adaptive-slowdowns.js';
import { slowdownShown, type ShownSlowdown } from './adaptive-view.js';
import { Throttle } from './throttle.js';

export interface SlowedChannel extends ShownSlowdown {
  readonly channelId: string;
}

/** Which of some channels send slower than they may. */
@Injectable()
export class SlowedChannels {
  constructor(
    private readonly throttle: Throttle,
    private readonly slowdowns: Slowdowns,
  ) {}

  /** One small read each. None without Redis: then nothing is sent at all, and that is what is said. */
  async among(channelIds: readonly string[]): Promise<SlowedChannel[]> {
    const found = await Promise.all(channelIds.map((channelId) => this.of(channelId))).catch(() => []);
    return found.flat();
  }

  private async of(channelId: string): Promise<SlowedChannel[]> {
    const slowdown = await this.slowdowns.of(this.throttle.keyOf(channelId));
    return slowdown === null ? [] : [{ channelId, ...slowdownShown(slowdown, Date.now()) }];
  }
}
