import type { Agent } from 'undici';
import { request } from 'undici';
import type { WebhookBatch, WebhookSender } from './webhook-envelope.js';
import { signatureOf, webhookBody } from './webhook-envelope.js';

const MAX_POSTS_IN_FLIGHT = 4;
const ANSWER_TIMEOUT_MS = 10_000;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 5_000;
const COMPACT_AT = 4096;

export interface WebhookTarget extends WebhookSender {
  webhookUrl: string | undefined;
  appSecret: string;
  batchSize: number;
  flushMs: number;
  retryForMs: number;
}

/** An update that was written by hand or came from a user; statuses of the ledger are numbers instead. */
export interface WrittenUpdate {
  status?: string;
  contact?: string;
  message?: string;
}

export interface WebhookCounts {
  /** POSTs answered 200. */
  posted: number;
  /** Updates in them. */
  updates: number;
  /** POSTs done again after anything but a 200. */
  retried: number;
  /** Updates given up on after webhookRetryForMs. */
  refused: number;
}

/**
 * The webhooks of one number: batches of updates, few POSTs at a time. A POST that fails is repeated byte by byte
 * from its own place, so that during an outage of the receiver at most four bodies wait and all the rest stays as
 * numbers.
 */
export class WebhookQueue {
  readonly counts: WebhookCounts = { posted: 0, updates: 0, retried: 0, refused: 0 };
  readonly #agent: Agent;
  readonly #target: () => WebhookTarget;
  readonly #render: (event: number) => string;
  #events: number[] = [];
  #firstEvent = 0;
  #written: WrittenUpdate[] = [];
  #inFlightPosts = 0;
  #inFlightUpdates = 0;
  #flushTimer: NodeJS.Timeout | undefined;
  #generation = 0;
  readonly #backoffTimers = new Set<NodeJS.Timeout>();

  constructor(agent: Agent, target: () => WebhookTarget, render: (event: number) => string) {
    this.#agent = agent;
    this.#target = target;
    this.#render = render;
  }

  /** Updates that wait or are on their way. */
  get pending(): number {
    return this.#waiting() + this.#inFlightUpdates;
  }

  pushEvent(event: number): void {
    this.#events.push(event);
    this.#wake();
  }

  pushWritten(update: WrittenUpdate): void {
    this.#written.push(update);
    this.#wake();
  }

  /** Drops what waits; a POST on its way ends, but is not repeated. */
  clear(): void {
    this.#generation++;
    this.#events = [];
    this.#firstEvent = 0;
    this.#written = [];
    this.#inFlightPosts = 0;
    this.#inFlightUpdates = 0;
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    for (const timer of this.#backoffTimers) clearTimeout(timer);
    this.#backoffTimers.clear();
    Object.assign(this.counts, { posted: 0, updates: 0, retried: 0, refused: 0 });
  }

  #waiting(): number {
    return this.#events.length - this.#firstEvent + this.#written.length;
  }

  #wake(): void {
    // Behind a slow receiver every push comes by here; the POST that ends takes what has gathered.
    if (this.#inFlightPosts === MAX_POSTS_IN_FLIGHT) return;
    const { batchSize, flushMs } = this.#target();
    if (this.#waiting() >= batchSize) this.#launch();
    else this.#flushTimer ??= setTimeout(() => this.#launch(), flushMs);
  }

  #launch(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    while (this.#inFlightPosts < MAX_POSTS_IN_FLIGHT && this.#waiting() > 0) {
      const target = this.#target();
      const { batch, updates } = this.#take(target.batchSize);
      this.#inFlightPosts++;
      this.#inFlightUpdates += updates;
      const body = webhookBody(target, batch);
      void this.#deliver(body, updates, performance.now(), FIRST_BACKOFF_MS, this.#generation);
    }
  }

  #take(most: number): { batch: WebhookBatch; updates: number } {
    const written = this.#written.splice(0, most);
    const end = Math.min(this.#events.length, this.#firstEvent + most - written.length);
    const statuses: string[] = [];
    for (let at = this.#firstEvent; at < end; at++) statuses.push(this.#render(this.#events[at]!));
    this.#firstEvent = end;
    if (this.#firstEvent > COMPACT_AT && this.#firstEvent * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#firstEvent);
      this.#firstEvent = 0;
    }
    const updates = statuses.length + written.length;
    for (const { status } of written) if (status !== undefined) statuses.push(status);
    const contacts = written.flatMap(({ contact }) => contact ?? []);
    const messages = written.flatMap(({ message }) => message ?? []);
    return { batch: { statuses, contacts, messages }, updates };
  }

  /** Never rejects: every end of a POST is an outcome that is counted. */
  async #deliver(
    body: Buffer,
    updates: number,
    sinceMs: number,
    backoffMs: number,
    generation: number,
  ): Promise<void> {
    const target = this.#target();
    const delivered =
      target.webhookUrl === undefined || (await this.#post(body, target.webhookUrl, target.appSecret));
    if (generation !== this.#generation) return;
    if (!delivered && performance.now() - sinceMs + backoffMs <= target.retryForMs) {
      const timer = setTimeout(() => {
        this.#backoffTimers.delete(timer);
        this.counts.retried++;
        void this.#deliver(body, updates, sinceMs, Math.min(backoffMs * 2, MAX_BACKOFF_MS), generation);
      }, backoffMs);
      this.#backoffTimers.add(timer);
      return;
    }
    this.#inFlightPosts--;
    this.#inFlightUpdates -= updates;
    if (delivered) this.counts.posted++;
    if (delivered) this.counts.updates += updates;
    else this.counts.refused += updates;
    if (this.#waiting() > 0) this.#wake();
  }

  async #post(body: Buffer, url: string, appSecret: string): Promise<boolean> {
    try {
      const answer = await request(url, {
        dispatcher: this.#agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-hub-signature-256': signatureOf(body, appSecret) },
        body,
        headersTimeout: ANSWER_TIMEOUT_MS,
        bodyTimeout: ANSWER_TIMEOUT_MS,
      });
      await answer.body.dump();
      return answer.statusCode === 200;
    } catch {
      return false;
    }
  }
}
