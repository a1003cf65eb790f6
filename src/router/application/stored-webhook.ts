/** How far a stored webhook has come; `quarantined`: applied but for what was set apart. */
export const WEBHOOK_STATES = ['waiting', 'parked', 'quarantined', 'applied'] as const;
export type WebhookState = (typeof WEBHOOK_STATES)[number];

/** An element that could not be applied; -1 stands for the whole body. */
export interface ElementApart {
  readonly element: number;
  readonly reason: string;
  readonly since: string;
}

/** A webhook as it was stored, without its body. */
export interface StoredWebhook {
  readonly id: string;
  readonly provider: string;
  readonly channelIds: readonly string[];
  readonly contentType: string | null;
  readonly bytes: number;
  readonly receivedAt: Date;
  readonly state: WebhookState;
  /** Elements that wait for their message to become known; null where none does. */
  readonly parked: readonly number[] | null;
  readonly apart: readonly ElementApart[];
}
