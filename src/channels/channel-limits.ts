/** Most that may be sent; any of them, a missing one does not limit. */
export interface ChannelLimits {
  readonly perSecond?: number;
  readonly perMinute?: number;
  readonly perHour?: number;
  readonly perDay?: number;
  /** Calls that wait for their answer at once, over all workers. */
  readonly maxInFlight?: number;
}
