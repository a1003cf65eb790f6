import { Injectable } from '@nestjs/common';
import { ChannelLines } from './channel-line.js';
import { DispatchRates } from './dispatch-rates.js';
import type { ThrottledChannel } from './channel-terms.js';
import { Throttle, type Grant } from './throttle.js';

/**
 * Asks for grants under what channel and dispatch say now, not when the turn began: a turn lasts seconds, and a new
 * limit, pacing or rate must be felt within one.
 */
@Injectable()
export class Grants {
  constructor(
    private readonly throttle: Throttle,
    private readonly lines: ChannelLines,
    private readonly rates: DispatchRates,
  ) {}

  async ask(known: ThrottledChannel, dispatchId: string, wanted: number): Promise<Grant> {
    const [channel, rate] = await Promise.all([this.asItIsNow(known), this.rates.of(dispatchId)]);
    return this.throttle.grant(channel, wanted, { id: dispatchId, rate });
  }

  /** As the turn knows it when Postgres cannot be asked: without it no barrier passes either. */
  private async asItIsNow(known: ThrottledChannel): Promise<ThrottledChannel> {
    const open = await this.lines.lineOf(known.id).catch(() => null);
    return open?.channel ?? known;
  }
}
