import type { ChannelPacing } from '../channels/channel.js';
import type { ChannelLimits } from '../channels/channel-limits.js';
import { durationMs } from '../queue/channel-limits.js';
import { evenDelayMs, pacedFromMs, pacingProfile, sendingMs } from '../queue/pacing.js';

interface SharedChannel {
  readonly limits: ChannelLimits;
  readonly pacing: ChannelPacing;
  readonly weight: number;
}

/** A campaign's pacing, and how many messages it has had of it. */
interface OwnPacing {
  readonly pacing: ChannelPacing | null;
  readonly sent: number;
}

/**
 * How long the slowest of the channels takes for its share of the messages, by limits and pacing, and no less than the
 * campaign's own rate and pacing allow; 0 when nothing limits them.
 */
export function estimateMs(
  channels: readonly SharedChannel[],
  messages: number,
  ratePerSecond: number | null,
  own: OwnPacing = { pacing: null, sent: 0 },
): number {
  const weights = channels.reduce((sum, channel) => sum + channel.weight, 0);
  const ofRate = ratePerSecond === null ? 0 : durationMs({ perSecond: ratePerSecond }, messages);
  return Math.max(
    ofRate,
    ofOwnPacing(own, channels, messages, ratePerSecond),
    ...channels.map(({ limits, pacing, weight }) =>
      sendingMs(limits, pacing, Math.ceil((messages * weight) / Math.max(1, weights))),
    ),
  );
}

/** The slower of pacing and rate after each message, as they are sent. */
function ofOwnPacing(
  { pacing, sent }: OwnPacing,
  channels: readonly SharedChannel[],
  messages: number,
  ratePerSecond: number | null,
): number {
  if (pacing === null || messages <= 0) return 0;
  const profile = pacingProfile({}, pacing);
  const evenMs = pacing.mode === 'even' ? evenDelayMs(channels.map(({ limits }) => limits)) : 0;
  const floorMs = Math.max(evenMs, ratePerSecond === null ? 0 : 1000 / ratePerSecond);
  return Math.round(pacedFromMs(profile, floorMs, sent, messages));
}
