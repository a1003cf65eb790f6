import type { Clock } from '../../common/clock.js';
import type { Answer, DueDelivery } from './delivery.js';
import type { DeliveryResult } from './delivery.repository.js';
import { verdictOf, type Patience } from './delivery-verdict.js';
import type { EndpointCalls } from './endpoint-calls.js';
import type { EventBody } from './event-body.js';
import { eventName } from './event-name.js';
import { healthAfter, isOpen, reasonToDisable, type LineHealth } from './line-health.js';

/** Calls that are open to one endpoint at once. */
const MOST_AT_ONCE = 16;
/** How often there is a look for more while some calls take their time and nothing else is left. */
const LOOK_EVERY_MS = 100;

export interface RoundOptions {
  readonly url: URL;
  readonly secrets: readonly string[];
  readonly patience: Patience;
  readonly calls: Pick<EndpointCalls, 'post'>;
  readonly bodies: Pick<EventBody, 'of'>;
  readonly clock: Clock;
  readonly mayGoOn: () => boolean;
  /** Cuts the calls that are open when the endpoint may be somebody else's. */
  readonly signal: AbortSignal;
  /**
   * What is due now, behind the results so far, which it writes down first; `inHand` of them are on their way and come
   * again in it.
   */
  readonly more: (inHand: number) => Promise<readonly DueDelivery[]>;
}

/** What came of an event, for the books and for the log. */
export interface SentDelivery extends DeliveryResult {
  readonly type: string;
  /** From when it happened to when it left. */
  readonly waitedMs: number;
}

/** How an endpoint is behind a round. */
export interface RoundEnd {
  readonly health: LineHealth;
  readonly disabledBecause: string | null;
  readonly hasDelivered: boolean;
  /** For how long the endpoint asked to be left alone. */
  readonly askedRestMs: number;
}

/**
 * Sends what is due to one endpoint: the events of a contact one after the other, and none behind one that was not
 * taken; those of different contacts side by side. A call that takes long keeps nobody else's events waiting: while it
 * is open, what has become due meanwhile is sent beside it. Ends early when the endpoint fails: what was not begun is
 * as it was.
 */
export class DeliveryRound {
  readonly results: SentDelivery[] = [];
  private readonly chains: DueDelivery[][] = [];
  /** By key, how many events of it a lane has in hand. */
  private readonly busy = new Map<string, number>();
  private disabledBecause: string | null = null;
  private hasDelivered = false;
  private askedRestMs = 0;
  private told = 0;
  private looking: Promise<void> | undefined;
  private wake: (() => void) | undefined;
  private failure: Error | undefined;

  constructor(
    private readonly options: RoundOptions,
    private health: LineHealth,
  ) {}

  async send(due: readonly DueDelivery[]): Promise<RoundEnd> {
    this.chains.push(...chainsOf(due));
    await Promise.all(Array.from({ length: MOST_AT_ONCE }, () => this.sendChains()));
    // Not before every call has ended: until then the endpoint is this visit's.
    if (this.failure !== undefined) throw this.failure;
    const { health, disabledBecause, hasDelivered, askedRestMs } = this;
    return { health, disabledBecause, hasDelivered, askedRestMs };
  }

  /** Those that came since the last time. */
  takeResults(): SentDelivery[] {
    const fresh = this.results.slice(this.told);
    this.told = this.results.length;
    return fresh;
  }

  private async sendChains(): Promise<void> {
    for (;;) {
      const chain = this.chains.shift();
      if (chain !== undefined) await this.sendChain(chain);
      else if (this.busy.size === 0 || this.isOver() || this.health.opens > 0) return;
      else await (this.looking ??= this.lookForMore().finally(() => (this.looking = undefined)));
    }
  }

  private async sendChain(chain: readonly DueDelivery[]): Promise<void> {
    const key = chain[0]!.orderKey;
    this.busy.set(key, chain.length);
    for (const delivery of chain) if (this.isOver() || !(await this.sendOne(delivery))) break;
    this.busy.delete(key);
    if (this.busy.size === 0) this.wake?.();
  }

  /**
   * The keys in hand are noted in the same breath as the results so far: whatever ends meanwhile is not written down
   * yet when the answer is read, and is left out of it.
   */
  private async lookForMore(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LOOK_EVERY_MS);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
    if (this.busy.size === 0 || this.isOver()) return;
    const inHand = new Map(this.busy);
    try {
      const due = await this.options.more([...inHand.values()].reduce((sum, length) => sum + length, 0));
      this.chains.push(...chainsOf(due.filter(({ orderKey }) => !inHand.has(orderKey))));
    } catch (error) {
      this.failure = error as Error;
    }
  }

  private isOver(): boolean {
    const { options, health, disabledBecause, askedRestMs, failure } = this;
    if (failure !== undefined || disabledBecause !== null) return true;
    return !options.mayGoOn() || isOpen(health) || askedRestMs > 0;
  }

  /** Whether it was taken. */
  private async sendOne(delivery: DueDelivery): Promise<boolean> {
    const { url, secrets, calls, bodies, clock, patience, signal } = this.options;
    const at = clock.now();
    const answer = await calls.post({
      url,
      id: eventName(delivery.eventId),
      body: bodies.of(delivery),
      secrets,
      signal,
    });
    // It says nothing of the endpoint, and whoever has that now writes down what comes of the event.
    if (signal.aborted && answer.kind !== 'taken') return false;
    const { attempts, firstAttemptAt } = delivery;
    const triedForMs = firstAttemptAt === null ? 0 : at.getTime() - firstAttemptAt.getTime();
    const verdict = verdictOf({ answer, attempts, triedForMs }, patience, Math.random());
    this.results.push({
      eventId: delivery.eventId,
      state: verdict.state,
      waitMs: verdict.state === 'pending' ? verdict.waitMs : 0,
      at,
      ...noteOf(answer),
      type: delivery.type,
      waitedMs: at.getTime() - delivery.eventAt.getTime(),
    });
    this.learn(answer, at);
    return answer.kind === 'taken';
  }

  private learn(answer: Answer, at: Date): void {
    this.health = healthAfter(this.health, answer, at);
    if (answer.kind === 'taken') {
      this.hasDelivered = true;
      return;
    }
    if (answer.kind === 'refused' && answer.retryAfterMs !== null) {
      this.askedRestMs = Math.max(this.askedRestMs, answer.retryAfterMs);
    }
    this.disabledBecause ??= reasonToDisable(this.health, answer, this.options.patience, at) ?? null;
  }
}

/** In the order of their oldest events. */
function chainsOf(due: readonly DueDelivery[]): DueDelivery[][] {
  const chains = new Map<string, DueDelivery[]>();
  for (const delivery of due) {
    const chain = chains.get(delivery.orderKey);
    if (chain === undefined) chains.set(delivery.orderKey, [delivery]);
    else chain.push(delivery);
  }
  return [...chains.values()];
}

function noteOf(answer: Answer): Pick<DeliveryResult, 'status' | 'ms' | 'error' | 'answer'> {
  const { ms } = answer;
  if (answer.kind === 'lost') return { status: null, ms, error: answer.code, answer: null };
  return { status: answer.status, ms, error: null, answer: answer.text };
}
