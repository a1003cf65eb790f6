import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface Received {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly headers: IncomingHttpHeaders;
  /** As they came, for whoever checks the signature himself. */
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Somebody else's server: it checks each webhook with the public library before it believes a word of it. */
export class Subscriber {
  readonly received: Received[] = [];
  /** Why a webhook was not believed. */
  readonly refused: string[] = [];
  secret = '';
  /** What it answers; what is answered 2xx it has taken. */
  answer: (event: Received) => Reply = () => ({ status: 204 });
  private server: Server | undefined;
  private port = 0;

  private constructor(private readonly host: string) {}

  static async start(host = '127.0.0.1'): Promise<Subscriber> {
    const subscriber = new Subscriber(host);
    await subscriber.open();
    return subscriber;
  }

  get url(): string {
    return `http://${this.host}:${this.port}/hook?source=caudal`;
  }

  /** At the same address as before. */
  async open(): Promise<void> {
    const server = createServer((request, response) => {
      this.take(request)
        .then(({ status, body = '', headers = {} }) => response.writeHead(status, headers).end(body))
        .catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(this.port, this.host, resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /** Its machine is gone: open connections are cut, new ones refused. */
  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  idsOf(type?: string): string[] {
    return this.received.filter((event) => type === undefined || event.type === type).map(({ id }) => id);
  }

  private async take(request: IncomingMessage): Promise<Reply> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { headers } = request;
    try {
      const told = new Webhook(this.secret).verify(body, headers as Record<string, string>);
      const event = { ...(told as Omit<Received, 'headers' | 'body'>), headers, body };
      const reply = this.answer(event);
      if (reply.status < 300) this.received.push(event);
      return reply;
    } catch (error) {
      this.refused.push((error as Error).message);
      return { status: 401, body: 'the signature is wrong' };
    }
  }
}
