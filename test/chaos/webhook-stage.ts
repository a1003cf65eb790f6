import { afterAll, beforeAll, beforeEach } from 'vitest';
import { testRedis } from '../support/database.js';
import { Stack } from '../support/stack.js';
import { insertDispatch, type TestChannel } from '../support/webhooks.js';
import type { Dice } from './dice.js';
import { OwnServer } from './own-server.js';
import { keepLogsOnFailure, SHORT_LEASES } from './scene.js';
import { APP_SECRET, messagesFor, WebhookTraffic } from './webhook-traffic.js';

const FIRST_PERSON = 20_000_000;
const PEOPLE_OF_A_PROOF = 1_000_000;
const TOLD = ['accepted', 'sent', 'delivered', 'read', 'failed', 'received'].map((word) => `message.${word}`);

/** A traffic of webhooks, and the messages that it speaks of. */
interface Cast {
  readonly dispatchId: string;
  readonly traffic: WebhookTraffic;
}

/** Two workers and the router, each a process of its own, on a Postgres that may be killed; somebody is told of all. */
export class WebhookStage {
  stack!: Stack;
  postgres!: OwnServer;
  channel!: TestChannel;
  /** Of a channel whose provider does not repeat for long. */
  evolutionUrl!: string;
  private proofs = 0;

  private constructor() {}

  /** To be called in a describe: sets the stage for its tests, and clears it away behind them. */
  static set(): WebhookStage {
    const stage = new WebhookStage();
    beforeAll(async () => {
      stage.postgres = await OwnServer.postgres();
      const redis = testRedis();
      stage.stack = await Stack.start({
        // They come when somebody has subscribed: what is told before they know it is told to nobody.
        workers: 0,
        ownRouter: true,
        environment: SHORT_LEASES,
        services: {
          databaseUrl: stage.postgres.url,
          redisUrl: redis.url,
          redisPrefix: redis.prefix,
          release: () => stage.postgres.stop(),
        },
      });
      await stage.furnish();
      await Promise.all([stage.stack.startWorker(), stage.stack.startWorker()]);
    });
    afterAll(() => stage.stack.stop());
    beforeEach(() => keepLogsOnFailure(stage.stack));
    return stage;
  }

  /** Messages that were accepted, and what is still to come of them; nobody writes in the traffic of two casts. */
  async cast(dice: Dice, statuses: number, inbound: number): Promise<Cast> {
    const { sql } = this.stack.ledger;
    const dispatchId = await insertDispatch(sql, this.channel, messagesFor(statuses));
    const traffic = new WebhookTraffic(dice, {
      accountRef: this.channel.accountRef,
      dispatchId,
      statuses,
      inbound,
      firstPerson: this.nextPeople(),
    });
    return { dispatchId, traffic };
  }

  /** The first of numbers that no proof has used. */
  nextPeople(): number {
    const first = FIRST_PERSON + this.proofs * PEOPLE_OF_A_PROOF;
    this.proofs += 1;
    return first;
  }

  /** As the answers to their sends would be stored: statuses that hold no more than the provider's id wait for it. */
  async learnProviderIds({ dispatchId, traffic }: Cast): Promise<void> {
    const byProvider = traffic.lives.filter(({ providerId }) => providerId !== null);
    await this.stack.ledger.sql.query(
      `INSERT INTO provider_refs (workspace_id, channel_id, dispatch_id, provider_id, seq, attempt)
       SELECT $1, $2, $3, r.id, r.seq, 1 FROM unnest($4::text[], $5::int[]) AS r (id, seq)`,
      [
        this.channel.workspaceId,
        this.channel.channelId,
        dispatchId,
        byProvider.map(({ providerId }) => providerId),
        byProvider.map(({ seq }) => seq),
      ],
    );
  }

  private async furnish(): Promise<void> {
    const { stack } = this;
    const accountRef = '106540352242922';
    const channelId = await stack.createChannel({ phoneNumberId: accountRef, appSecret: APP_SECRET });
    const [row] = await stack.ledger.sql.query<{ id: string }>(
      'SELECT workspace_id AS id FROM channels WHERE id = $1',
      [channelId],
    );
    this.channel = { workspaceId: row!.id, channelId, accountRef };
    const { webhookUrl } = await made<{ webhookUrl: string }>(stack, '/api/channels', {
      name: 'evolution',
      provider: 'evolution',
      settings: { baseUrl: 'https://evolution.example.com', apiKey: 'k', instance: 'ventas' },
    });
    this.evolutionUrl = webhookUrl;
    const { id } = await made<{ id: string }>(stack, '/api/subscriptions', {
      url: 'https://subscriber.example.com/hook',
      events: [...TOLD, 'contact.opted_out'],
    });
    // Events are kept for it, and no process is busy with delivering them.
    await stack.api.patch(`/api/subscriptions/${id}`, { state: 'paused' });
  }
}

async function made<T>(stack: Stack, path: string, wish: object): Promise<T> {
  const { status, body } = await stack.api.post<T>(path, wish);
  if (status !== 201) throw new Error(`${path} was answered ${status}: ${JSON.stringify(body)}`);
  return body;
}
