import type { ChannelLimits, ChannelPacing } from '../channels/channel.js';
import { durationMs } from '../queue/channel-limits.js';
import { sendingMs } from '../queue/pacing.js';

interface SharedChannel {
  readonly limits: ChannelLimits;
  readonly pacing: ChannelPacing;
  readonly weight: number;
}

/**
 * How long the slowest of the channels takes for its share of the messages, by limits and pacing, and no less than the
 * campaign's own rate allows; 0 when nothing limits them.
 */
export function estimateMs(
  channels: readonly SharedChannel[],
  messages: number,
  ratePerSecond: number | null,
): number {
  const weights = channels.reduce((sum, channel) => sum + channel.weight, 0);
  const ofRate = ratePerSecond === null ? 0 : durationMs({ perSecond: ratePerSecond }, messages);
  return Math.max(
    ofRate,
    ...channels.map(({ limits, pacing, weight }) =>
      sendingMs(limits, pacing, Math.ceil((messages * weight) / Math.max(1, weights))),
    ),
  );
}
