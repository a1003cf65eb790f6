import type { WebhookEvent } from './webhook-event.js';

/** Where webhooks are made durable; how, CAUDAL_WEBHOOK_MODE says. */
export abstract class WebhookStore {
  /** Returns when all of them are durable. Those that were stored before are known by proof and bytes, and left out. */
  abstract insert(events: readonly WebhookEvent[]): Promise<void>;
}
