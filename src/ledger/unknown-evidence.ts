import type { DeliveryStatus } from './message-state.js';

/** What a provider says of one message when it is asked. */
export interface LookedUp {
  readonly dispatchId: string;
  readonly seq: number;
  readonly attempt: number;
  readonly channelId: string;
  /** `failed` also where the provider proves that it never took the message. */
  readonly state: 'accepted' | DeliveryStatus;
  readonly at: Date;
  readonly providerId: string | null;
  /** Of a failure: the provider's code, or ours, and a sentence for people. */
  readonly code: string | null;
  readonly reason: string | null;
}

/** A message whose outcome is not known, with all that may help to find it at its provider. */
export interface OpenUnknown {
  readonly dispatchId: string;
  readonly seq: number;
  readonly attempt: number;
  readonly recipient: string;
  readonly begunAt: Date;
  readonly since: Date;
  /** No other message went to this person on this channel at about that time. */
  readonly isAlone: boolean;
}
