export const DELIVERY_STATES = ['pending', 'delivered', 'dead'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One event on its way to one subscription, with what came of the last try. */
export interface Delivery {
  /** That of the event: with the subscription it names the delivery. */
  readonly id: string;
  readonly type: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly eventAt: Date;
  /** When it is tried next; it may wait longer behind others of the same contact, or for its endpoint to recover. */
  readonly nextAttemptAt: Date | null;
  readonly lastAttemptAt: Date | null;
  readonly lastStatus: number | null;
  readonly lastMs: number | null;
  readonly lastError: string | null;
  readonly lastAnswer: string | null;
}

/** A delivery that is due, with what its body is made of. */
export interface DueDelivery {
  readonly eventId: string;
  readonly workspaceId: string;
  /** Those with the same key go one after the other. */
  readonly orderKey: string;
  readonly attempts: number;
  readonly firstAttemptAt: Date | null;
  readonly eventAt: Date;
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What one call to an endpoint came to. */
export type Answer =
  | { readonly kind: 'taken'; readonly status: number; readonly ms: number; readonly text: string }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly ms: number;
      readonly text: string;
      /** How long the endpoint asks to be left alone. */
      readonly retryAfterMs: number | null;
    }
  /** No whole answer; `code` says why. */
  | { readonly kind: 'lost'; readonly code: string; readonly ms: number };
