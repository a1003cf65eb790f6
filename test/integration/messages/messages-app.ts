import type { Type } from '@nestjs/common';
import { ContactsModule } from '../../../src/contacts/contacts.module.js';
import type { Sql } from '../../../src/database/sql.js';
import { freeLoopbackPort } from '../../../src/embedded/free-port.js';
import { ProgressRepository } from '../../../src/ledger/progress.repository.js';
import { MessagesModule } from '../../../src/messages/messages.module.js';
import { RouterModule } from '../../../src/router/router.module.js';
import { ControlClient } from '../../../src/simulator/control-client.js';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.js';
import { ApiApp, assembled } from '../../support/api-app.js';

/** Every member that an answer of these routes has; which of them are there is what specs ask. */
export interface ReplyBody {
  readonly id: string;
  readonly success: boolean;
  readonly message: string;
  readonly task_id: string;
  readonly status: string | number;
  readonly state: string;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly code: string;
  readonly detail: string;
  readonly known: readonly unknown[];
  readonly errors: readonly { readonly pointer: string }[];
}

export interface Reply {
  readonly status: number;
  readonly body: ReplyBody;
  readonly headers: Readonly<Record<string, unknown>>;
}

/**
 * All that sends a single message, in one process and on a simulated provider, but for the ticks: what these specs see
 * leave has left by its own bell.
 */
export class MessagesFixture {
  private numbers = 0;

  private constructor(
    private readonly api: ApiApp,
    readonly control: ControlClient,
    private readonly simulator: Simulator,
  ) {}

  static async start(environment: Record<string, string> = {}): Promise<MessagesFixture> {
    const simulator = await startSimulator({ port: 0, host: '127.0.0.1' });
    const port = await freeLoopbackPort();
    const api = await ApiApp.start({
      assembly: assembled((config) => [ContactsModule, MessagesModule, RouterModule.register(config)]),
      port,
      environment: {
        CAUDAL_DATABASE_POOL: '10',
        CAUDAL_SIMULATOR_URL: simulator.url,
        CAUDAL_PUBLIC_URL: `http://127.0.0.1:${port}`,
        CAUDAL_MESSAGE_RETRIES: '1',
        CAUDAL_MESSAGE_RETRY_MS: '300',
        ...environment,
      },
    });
    return new MessagesFixture(api, new ControlClient(simulator.url), simulator);
  }

  get sql(): Sql {
    return this.api.sql;
  }

  get<T>(type: Type<T>): T {
    return this.api.get(type);
  }

  async call(
    method: 'GET' | 'POST',
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const { status, text, headers: answered } = await this.api.inject(method, path, body, headers);
    return { status, body: (text === '' ? {} : JSON.parse(text)) as ReplyBody, headers: answered };
  }

  /** A simulated channel, and the number that the provider knows it by. */
  async createChannel(settings: object = {}, fields: object = {}): Promise<{ id: string; number: string }> {
    const number = String(106_000_000_000_000 + Math.floor(Math.random() * 1e9));
    const { status, body } = await this.call('POST', '/api/channels', {
      name: `canal ${number}`,
      provider: 'simulator',
      settings: { phoneNumberId: number, statusDelayMs: 10, readRate: 1, ...settings },
      ...fields,
    });
    if (status !== 201) throw new Error(`the channel was answered ${status}: ${JSON.stringify(body)}`);
    return { id: body.id, number };
  }

  /** A number that no other message of these specs goes to. */
  nextPhone(): string {
    this.numbers += 1;
    return `+5255${String(20_000_000 + this.numbers)}`;
  }

  post(fields: object, headers: Record<string, string> = {}): Promise<Reply> {
    return this.call(
      'POST',
      '/api/messages',
      { phone: this.nextPhone(), message: 'Hola', ...fields },
      headers,
    );
  }

  /** Posts, and returns the id of the task. */
  async posted(fields: object): Promise<string> {
    const { status, body } = await this.post(fields);
    if (status !== 202) throw new Error(`the message was answered ${status}: ${JSON.stringify(body)}`);
    return body.task_id;
  }

  async task(id: string): Promise<ReplyBody> {
    const { status, body } = await this.call('GET', `/api/tasks/${id}`);
    if (status !== 200) throw new Error(`the task was answered ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  async streamsOf(
    channelId: string,
  ): Promise<
    { id: string; category: string; total: number; batches: number; finished: boolean; open: boolean }[]
  > {
    return this.sql.query(
      `SELECT d.id, d.category, d.total, d.batch_count AS batches, d.finished_at IS NOT NULL AS finished, g.open
       FROM dispatches d JOIN dispatch_gates g ON g.dispatch_id = d.id
       WHERE d.kind = 'stream'
         AND EXISTS (SELECT FROM messages m WHERE m.dispatch_id = d.id AND m.seq = 1 AND m.channel_id = $1)
       ORDER BY d.id`,
      [channelId],
    );
  }

  /** The counters of a dispatch, beside a count of its rows at the same moment. */
  async counts(dispatchId: string) {
    const progress = this.get(ProgressRepository);
    return this.sql.transaction(async (tx) => {
      await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      return {
        counted: await progress.of(dispatchId, tx),
        recounted: await progress.recount(dispatchId, tx),
      };
    });
  }

  /** Another workspace, with a key of its own. */
  async otherKey(): Promise<string> {
    return (await this.api.otherWorkspace()).key;
  }

  async stop(): Promise<void> {
    await this.api.stop();
    await this.simulator.close();
  }
}
