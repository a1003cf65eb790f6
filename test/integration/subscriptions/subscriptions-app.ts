import { ContactsModule } from '../../../src/contacts/contacts.module.js';
import { EventInterest } from '../../../src/events/event-interest.js';
import { Outbox } from '../../../src/events/outbox.js';
import { StatusRepository } from '../../../src/ledger/status.repository.js';
import type { DeliveryStatus } from '../../../src/ledger/message-state.js';
import { SubscriptionsModule } from '../../../src/router/subscriptions/subscriptions.module.js';
import { ApiApp, assembled, type Injected } from '../../support/api-app.js';
import type { Subscriber } from '../../support/subscriber.js';

export interface Reply<T = Record<string, unknown>> {
  readonly status: number;
  readonly body: T;
}

export interface DeliveryShown {
  readonly id: string;
  readonly type: string;
  readonly state: string;
  readonly attempts: number;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly lastAnswer: string | null;
}

const NEVER = { sent: null, delivered: null, read: null, failed: null };

/** The API of subscriptions and a worker that delivers, in one process. */
export class SubscriptionsFixture {
  private constructor(
    readonly app: ApiApp,
    readonly workspaceId: string,
  ) {}

  static async start(): Promise<SubscriptionsFixture> {
    const app = await ApiApp.start({
      assembly: assembled((config) => [ContactsModule, SubscriptionsModule.register(config)]),
      environment: { CAUDAL_PRIVATE_HOSTS: '127.0.0.1', CAUDAL_DELIVERY_RETRY_MS: '30' },
    });
    const [row] = await app.sql.query<{ id: string }>('SELECT id FROM workspaces');
    return new SubscriptionsFixture(app, row!.id);
  }

  get sql() {
    return this.app.sql;
  }

  async call<T = Record<string, unknown>>(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Reply<T>> {
    const { status, text }: Injected = await this.app.inject(method, path, body, headers);
    return { status, body: (text === '' ? {} : JSON.parse(text)) as T };
  }

  /** Subscribes, and tells the process at once what it would see within a second. */
  async subscribe(subscriber: Subscriber, events: readonly string[]): Promise<string> {
    const { status, body } = await this.call('POST', '/api/subscriptions', { url: subscriber.url, events });
    if (status !== 201) throw new Error(`the subscription was answered ${status}: ${JSON.stringify(body)}`);
    subscriber.secret = body['secret'] as string;
    await this.look();
    return body['id'] as string;
  }

  async look(): Promise<void> {
    await this.app.get(EventInterest).look();
  }

  async deliveries(id: string, query = ''): Promise<DeliveryShown[]> {
    const { body } = await this.call<{ items: DeliveryShown[] }>(
      'GET',
      `/api/subscriptions/${id}/deliveries${query}`,
    );
    return body.items;
  }

  /** An event of a contact, in a transaction of its own. */
  tell(type: string, recipient: string, payload: Record<string, unknown> = {}): Promise<void> {
    const { workspaceId } = this;
    return this.app.get(Outbox).add(this.sql, { workspaceId, type, payload, recipient });
  }

  /** What webhooks of the provider would bring: this status of each of these messages, in one transaction. */
  async apply(dispatchId: string, channelId: string, seqs: readonly number[], status: DeliveryStatus) {
    const at = { ...NEVER, [status]: new Date() };
    await this.sql.transaction((tx) =>
      this.app.get(StatusRepository).apply(
        tx,
        seqs.map((seq) => ({ dispatchId, seq, attempt: 1, channelId, status, at, code: null, reason: null })),
      ),
    );
  }

  /** As if it had happened so long ago. */
  async agePending(id: string, hours: number): Promise<void> {
    await this.sql.query(
      `UPDATE deliveries SET first_attempt_at = first_attempt_at - $2 * interval '1 hour', not_before = now()
       WHERE subscription_id = $1 AND state = 'pending' AND attempts > 0`,
      [id, hours],
    );
  }

  async stop(): Promise<void> {
    await this.app.stop();
  }
}
