/** A channel of a campaign and the part of its recipients that it takes, relative to the others' weights. */
export interface ChannelShare {
  readonly channelId: string;
  readonly weight: number;
}
