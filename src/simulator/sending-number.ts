import type { Agent } from 'undici';
import type { Behaviour } from './behaviour.js';
import { SlidingCount } from './sliding-count.js';
import { digitsOf } from './wa-id.js';
import { WebhookQueue } from './webhook-queue.js';

const WINDOW_MS = 24 * 60 * 60 * 1000;
const ONE_SECOND_MS = 1000;

export interface NumberSettings {
  phoneNumberId: string;
  accessToken: string;
  appSecret: string;
  wabaId: string;
  displayPhoneNumber: string;
  verifiedName: string;
  webhookUrl: string | undefined;
  behaviour: Behaviour;
}

/** One registered business number and what the provider remembers of it. */
export class SendingNumber {
  readonly index: number;
  readonly webhooks: WebhookQueue;
  settings: NumberSettings;
  /** What the Authorization header must be, whole. */
  authorization: string;
  senderDigits: string;
  /** Updates on the wheel, not yet handed to the webhooks. */
  scheduledUpdates = 0;
  /** Statuses that the behaviour withheld. */
  droppedStatuses = 0;
  /** Calls without callback data, which draw their fate by this. */
  anonymousCalls = 0;
  #passed = new SlidingCount(ONE_SECOND_MS);
  readonly #lastInboundMs = new Map<string, number>();

  constructor(index: number, settings: NumberSettings, agent: Agent, render: (event: number) => string) {
    this.index = index;
    this.settings = settings;
    this.authorization = `Bearer ${settings.accessToken}`;
    this.senderDigits = digitsOf(settings.displayPhoneNumber);
    this.webhooks = new WebhookQueue(agent, () => this.#target(), render);
  }

  /** New settings are in force from the next call and the next POST on; open windows stay. */
  replace(settings: NumberSettings): void {
    this.settings = settings;
    this.authorization = `Bearer ${settings.accessToken}`;
    this.senderDigits = digitsOf(settings.displayPhoneNumber);
    this.anonymousCalls = 0;
  }

  /** False, and not counted, when one more call would exceed the number's own rate. */
  passRate(instantMs: number): boolean {
    const { maxPerSecond } = this.settings.behaviour;
    if (maxPerSecond === undefined) return true;
    if (this.#passed.countAt(instantMs) >= maxPerSecond) return false;
    this.#passed.add(instantMs);
    return true;
  }

  openWindow(waId: string, instantMs: number): void {
    this.#lastInboundMs.set(waId, instantMs);
  }

  windowIsOpen(waId: string, instantMs: number): boolean {
    const lastMs = this.#lastInboundMs.get(waId);
    return lastMs !== undefined && instantMs - lastMs < WINDOW_MS;
  }

  clear(): void {
    this.webhooks.clear();
    this.scheduledUpdates = 0;
    this.droppedStatuses = 0;
    this.anonymousCalls = 0;
    this.#passed = new SlidingCount(ONE_SECOND_MS);
  }

  #target() {
    const { statusBatchSize, statusFlushMs, webhookRetryForMs } = this.settings.behaviour;
    return {
      wabaId: this.settings.wabaId,
      displayPhoneNumber: this.senderDigits,
      phoneNumberId: this.settings.phoneNumberId,
      webhookUrl: this.settings.webhookUrl,
      appSecret: this.settings.appSecret,
      batchSize: statusBatchSize,
      flushMs: statusFlushMs,
      retryForMs: webhookRetryForMs,
    };
  }
}
