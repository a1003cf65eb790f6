import type { WebhookDelivery } from '../../channels/providers/webhook-delivery.js';

/** A webhook taken off the backlog by one transaction. */
export interface ClaimedEvent extends WebhookDelivery {
  readonly id: string;
  /** Null when channels of several workspaces share the secret that signed it. */
  readonly workspaceId: string | null;
  readonly provider: string;
  /** What proved it; null where an older version stored it. */
  readonly scope: string | null;
  /** The channels that its proof was known to allow it to touch when it came. */
  readonly channelIds: readonly string[];
  /** The channel whose own address was called; null where it came to the address that channels share. */
  readonly addressChannelId: string | null;
  /** The elements that an earlier visit left waiting; null: all of them. */
  readonly elements: readonly number[] | null;
  /** How long ago it came, was last left waiting or put back, at least: what is known must be newer to judge it by. */
  readonly waitedMs: number;
  /**
   * Whether it waited as long as anything may wait for its message to become known. Never at the first visit: it may
   * have lain on a disk for hours, and so may the answer that its message is known by.
   */
  readonly isOverdue: boolean;
}
