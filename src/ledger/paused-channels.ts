/** Who keeps a dispatch from being sent over a channel, and since when (ISO 8601). */
export interface ChannelPause {
  readonly by: string;
  readonly at: string;
}

/** By the channel's id, as `dispatches.paused_channels` holds it; null where none is paused. */
export type PausedChannels = Readonly<Record<string, ChannelPause>> | null;
