import type { ChannelLimits } from '../channels/channel.js';
import { durationMs } from '../queue/channel-limits.js';

interface SharedChannel {
  readonly limits: ChannelLimits;
  readonly weight: number;
}

/** How long the slowest of the channels takes for its share of the messages; 0 when nothing limits them. */
export function estimateMs(channels: readonly SharedChannel[], messages: number): number {
  const weights = channels.reduce((sum, channel) => sum + channel.weight, 0);
  return Math.max(
    0,
    ...channels.map((channel) =>
      durationMs(channel.limits, Math.ceil((messages * channel.weight) / Math.max(1, weights))),
    ),
  );
}
