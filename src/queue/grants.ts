import { Injectable } from '@nestjs/common';
import { isStreamId } from '../ledger/stream.js';
import { ChannelLines } from './channel-line.js';
import { DispatchPacing } from './dispatch-pacing.js';
import { DispatchRates } from './dispatch-rates.js';
import type { ThrottledChannel } from './channel-terms.js';
import { Throttle, type Grant } from './throttle.js';

/** Goes before whatever weighs something. */
const STREAM_WEIGHT = 0;

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
    private readonly pacing: DispatchPacing,
  ) {}

  async ask(known: ThrottledChannel, dispatchId: string, wanted: number, hasMore = false): Promise<Grant> {
    const [channel, rate] = await Promise.all([this.asItIsNow(known), this.rates.of(dispatchId)]);
    const pace = await this.pacing.of(dispatchId, rate.pacing);
    const weight = isStreamId(dispatchId) ? STREAM_WEIGHT : rate.weight;
    return this.throttle.grant(channel, wanted, { id: dispatchId, rate, pace, weight, hasMore });
  }

  /** As the turn knows it when Postgres cannot be asked: without it no barrier passes either. */
  private async asItIsNow(known: ThrottledChannel): Promise<ThrottledChannel> {
    const open = await this.lines.lineOf(known.id).catch(() => null);
    return open?.channel ?? known;
  }
}
