import type { EventType } from '../../events/event-type.js';

export const SUBSCRIPTION_STATES = ['active', 'paused', 'disabled'] as const;
export type SubscriptionState = (typeof SUBSCRIPTION_STATES)[number];

/** Whose it is; its secrets open under no other row. */
export interface SubscriptionKey {
  readonly workspaceId: string;
  readonly id: string;
}

/** Somebody who is told of events. */
export interface Subscription extends SubscriptionKey {
  readonly url: string;
  readonly description: string | null;
  readonly events: readonly EventType[];
  readonly state: SubscriptionState;
  readonly stateReason: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** How its endpoint has been answering. */
  readonly failingSince: Date | null;
  readonly restsUntil: Date | null;
  readonly lastDeliveredAt: Date | null;
}

export interface SubscriptionChange {
  readonly url?: string;
  readonly description?: string | null;
  readonly events?: readonly EventType[];
  readonly state?: 'active' | 'paused';
}

/** What a body is signed with: the secret, and while it is being exchanged the one before, until then. */
export interface Secrets {
  readonly current: string;
  readonly before?: { readonly secret: string; readonly untilMs: number };
}

export function secretsThatSign({ current, before }: Secrets, nowMs: number): string[] {
  return before !== undefined && nowMs < before.untilMs ? [current, before.secret] : [current];
}
