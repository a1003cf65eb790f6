import { Injectable } from '@nestjs/common';
import { decodeCursor, pageOf, type Page } from '../../common/page.js';
import type { Delivery, DeliveryState } from './delivery.js';
import { DeliveryLogRepository, type ReplayPosition } from './delivery-log.repository.js';
import { eventIdOf } from './event-name.js';
import type { Subscription, SubscriptionKey } from './subscription.js';
import { DeliveryMissingError, ReplayRangeError, SubscriptionDisabledError } from './subscription.errors.js';
import { SubscriptionRepository } from './subscription.repository.js';
import { SubscriptionService } from './subscription.service.js';

const EVENTS_OF_A_PART = 2000;
/** Of one request: some seconds of work. Who wants more asks again from where it ended. */
const MOST_SEEN = 200_000;

export interface ReplayEnd {
  readonly replayed: number;
  /** Where to go on when the range holds more; null when all of it was gone through. */
  readonly nextFrom: Date | null;
}

/** What was sent to a subscription, and what is to be sent again. */
@Injectable()
export class DeliveryLog {
  constructor(
    private readonly deliveries: DeliveryLogRepository,
    private readonly subscriptions: SubscriptionService,
    private readonly lines: SubscriptionRepository,
  ) {}

  async list(
    key: SubscriptionKey,
    state: DeliveryState | undefined,
    page: { readonly limit: number; readonly cursor?: string },
  ): Promise<Page<Delivery>> {
    const beforeId = decodeCursor(
      page.cursor,
      (id): id is string => typeof id === 'string' && /^\d{1,18}$/.test(id),
    );
    await this.subscriptions.find(key);
    const rows = await this.deliveries.list(key.id, state, beforeId, page.limit + 1);
    return pageOf(
      rows,
      page.limit,
      (row) => row.id,
      (row) => row,
    );
  }

  async retry(key: SubscriptionKey, name: string): Promise<Delivery> {
    await this.listening(key);
    const eventId = eventIdOf(name);
    const retried = eventId === null ? null : await this.deliveries.retry(key.workspaceId, key.id, eventId);
    if (retried === null) throw new DeliveryMissingError(name);
    await this.lines.wake(key);
    return retried;
  }

  async replay(key: SubscriptionKey, from: Date, to: Date): Promise<ReplayEnd> {
    if (from >= to) throw new ReplayRangeError(from, to);
    const { events } = await this.listening(key);
    const { workspaceId, id: subscriptionId } = key;
    const range = { workspaceId, subscriptionId, events, from, to };
    let replayed = 0;
    let after: ReplayPosition | null = null;
    for (let seen = 0; seen < MOST_SEEN; seen += EVENTS_OF_A_PART) {
      const part = await this.deliveries.replay(range, after, EVENTS_OF_A_PART);
      replayed += part.replayed;
      if (part.seen < EVENTS_OF_A_PART) return { replayed, nextFrom: null };
      after = part.last;
    }
    // To the millisecond: what of it was replayed already is on its way, and left as it is.
    return { replayed, nextFrom: after === null ? null : new Date(after.at) };
  }

  private async listening(key: SubscriptionKey): Promise<Subscription> {
    const subscription = await this.subscriptions.find(key);
    if (subscription.state === 'disabled') throw new SubscriptionDisabledError(subscription.stateReason);
    return subscription;
  }
}
