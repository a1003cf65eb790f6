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

export interface RoundOptions {
  readonly url: URL;
  readonly secrets: readonly string[];
  readonly patience: Patience;
  readonly calls: Pick<EndpointCalls, 'post'>;
  readonly bodies: Pick<EventBody, 'of'>;
  readonly clock: Clock;
  readonly mayGoOn: () => boolean;
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
 * taken; those of different contacts side by side. Ends early when the endpoint fails: what was not begun is as it was.
 */
export class DeliveryRound {
  readonly results: DeliveryResult[] = [];
  private disabledBecause: string | null = null;
  private hasDelivered = false;
  private askedRestMs = 0;

  constructor(
    private readonly options: RoundOptions,
    private health: LineHealth,
  ) {}

  async send(due: readonly DueDelivery[]): Promise<RoundEnd> {
    const chains = chainsOf(due);
    const lanes = Math.min(MOST_AT_ONCE, chains.length);
    await Promise.all(Array.from({ length: lanes }, () => this.sendChains(chains)));
    const { health, disabledBecause, hasDelivered, askedRestMs } = this;
    return { health, disabledBecause, hasDelivered, askedRestMs };
  }

  private async sendChains(chains: DueDelivery[][]): Promise<void> {
    for (let chain = chains.shift(); chain !== undefined; chain = chains.shift()) {
      for (const delivery of chain) {
        if (this.isOver()) return;
        if (!(await this.sendOne(delivery))) break;
      }
    }
  }

  private isOver(): boolean {
    const { options, health, disabledBecause, askedRestMs } = this;
    return !options.mayGoOn() || isOpen(health) || disabledBecause !== null || askedRestMs > 0;
  }

  /** Whether it was taken. */
  private async sendOne(delivery: DueDelivery): Promise<boolean> {
    const { url, secrets, calls, bodies, clock, patience } = this.options;
    const at = clock.now();
    const answer = await calls.post({
      url,
      id: eventName(delivery.eventId),
      body: bodies.of(delivery),
      secrets,
    });
    const { attempts, firstAttemptAt } = delivery;
    const triedForMs = firstAttemptAt === null ? 0 : at.getTime() - firstAttemptAt.getTime();
    const verdict = verdictOf({ answer, attempts, triedForMs }, patience, Math.random());
    this.results.push({
      eventId: delivery.eventId,
      state: verdict.state,
      waitMs: verdict.state === 'pending' ? verdict.waitMs : 0,
      at,
      ...noteOf(answer),
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
