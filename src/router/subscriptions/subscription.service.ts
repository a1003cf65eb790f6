import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { isUuidKey } from '../../common/cursor-key.js';
import { decodeCursor, pageOf, type Page } from '../../common/page.js';
import type { EventType } from '../../events/event-type.js';
import { EndpointAddresses } from './endpoint-addresses.js';
import { SealedSecrets } from './sealed-secrets.js';
import { faultOfSecret, newSecret } from './standard-webhooks.js';
import type { Subscription, SubscriptionChange, SubscriptionKey } from './subscription.js';
import {
  EndpointRefusedError,
  SubscriptionLimitError,
  SubscriptionMissingError,
  SubscriptionSecretError,
} from './subscription.errors.js';
import { SubscriptionRepository } from './subscription.repository.js';

/** Every event is written once for each that asks for it. */
const MOST_SUBSCRIPTIONS = 50;

export interface SubscriptionWish {
  readonly url: string;
  readonly events: readonly EventType[];
  readonly description?: string | null;
  readonly secret?: string;
}

/** A secret is shown when it is made, and never again. */
export interface MadeSubscription {
  readonly subscription: Subscription;
  readonly secret: string;
}

@Injectable()
export class SubscriptionService {
  constructor(
    private readonly subscriptions: SubscriptionRepository,
    private readonly addresses: EndpointAddresses,
    private readonly sealed: SealedSecrets,
    private readonly clock: Clock,
  ) {}

  async create(workspaceId: string, wish: SubscriptionWish): Promise<MadeSubscription> {
    this.insistOnUrl(wish.url);
    const secret = this.secretOf(wish.secret);
    const key = { workspaceId, id: randomUUID() };
    const { url, events, description = null } = wish;
    const sealedSecrets = this.sealed.seal({ current: secret }, key);
    const made = await this.subscriptions.create(
      { ...key, url, events, description, sealedSecrets },
      MOST_SUBSCRIPTIONS,
    );
    if (!made) throw new SubscriptionLimitError(MOST_SUBSCRIPTIONS);
    return { subscription: await this.find(key), secret };
  }

  async list(workspaceId: string, limit: number, cursor: string | undefined): Promise<Page<Subscription>> {
    const afterId = decodeCursor(cursor, isUuidKey);
    const rows = await this.subscriptions.list(workspaceId, afterId, limit + 1);
    return pageOf(
      rows,
      limit,
      (row) => row.id,
      (row) => row,
    );
  }

  async find(key: SubscriptionKey): Promise<Subscription> {
    return found(await this.subscriptions.find(key), key);
  }

  async change(key: SubscriptionKey, change: SubscriptionChange): Promise<Subscription> {
    if (change.url !== undefined) this.insistOnUrl(change.url);
    return found(await this.subscriptions.change(key, change), key);
  }

  async remove(key: SubscriptionKey): Promise<void> {
    if (!(await this.subscriptions.remove(key))) throw new SubscriptionMissingError(key.id);
  }

  /** The secret of before signs beside the new one for a while, so that whoever verifies may change over in that time. */
  async rotateSecret(
    key: SubscriptionKey,
    given: string | undefined,
    keepOldForMs: number,
  ): Promise<{ secret: string; oldUntil: Date }> {
    const secret = this.secretOf(given);
    const untilMs = this.clock.nowMs() + keepOldForMs;
    const exchanged = await this.subscriptions.exchangeSecrets(key, (sealed) => {
      const before = { secret: this.sealed.open(sealed, key).current, untilMs };
      return this.sealed.seal({ current: secret, before }, key);
    });
    if (!exchanged) throw new SubscriptionMissingError(key.id);
    return { secret, oldUntil: new Date(untilMs) };
  }

  private insistOnUrl(url: string): void {
    const fault = this.addresses.faultOf(url);
    if (fault !== undefined) throw new EndpointRefusedError(url, fault);
  }

  private secretOf(given: string | undefined): string {
    if (given === undefined) return newSecret();
    const fault = faultOfSecret(given);
    if (fault !== undefined) throw new SubscriptionSecretError(fault);
    return given;
  }
}

function found(subscription: Subscription | null, { id }: SubscriptionKey): Subscription {
  if (subscription === null) throw new SubscriptionMissingError(id);
  return subscription;
}
