import type { ProviderName } from './providers/provider.js';

/** Most that may be sent; any of them, a missing one does not limit. */
export interface ChannelLimits {
  readonly perSecond?: number;
  readonly perMinute?: number;
  readonly perHour?: number;
  readonly perDay?: number;
}

/** How sends are spread under the limits. `max`: the limits alone decide. */
export interface ChannelPacing {
  readonly mode: 'max';
}

/** What the rest of Caudal knows of a channel; no settings, so nothing secret. */
export interface Channel {
  readonly id: string;
  readonly workspaceId: string;
  readonly name: string;
  readonly provider: ProviderName;
  /** The provider's own name of the sending number. */
  readonly accountRef: string | null;
  readonly limits: ChannelLimits;
  readonly pacing: ChannelPacing;
  /** 1 to 10: its share where a campaign uses several. */
  readonly weight: number;
  /** Grows with each change of limits, pacing, settings or hold. */
  readonly version: number;
  /** A hold that only a person or new settings lift; null while there is none. */
  readonly heldCode: string | null;
  readonly heldReason: string | null;
  readonly heldSince: Date | null;
}
