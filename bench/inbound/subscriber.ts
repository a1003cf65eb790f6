import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { instantMs } from '../../src/simulator/instant.js';

interface Told {
  readonly type: string;
  readonly data: { readonly phone: string };
}

/** Somebody's server, which notes when it was first told of what a person did, and takes everything at once. */
export class NotingSubscriber {
  /** By type and number. */
  private readonly toldAtMs = new Map<string, number>();
  private readonly server = createServer((request, response) => {
    const atMs = instantMs();
    this.note(request, atMs).then(
      () => response.writeHead(204).end(),
      () => response.destroy(),
    );
  });

  static async start(): Promise<NotingSubscriber> {
    const subscriber = new NotingSubscriber();
    subscriber.server.listen(0, '127.0.0.1');
    await once(subscriber.server, 'listening');
    return subscriber;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  atMs(type: string, recipient: string): number | undefined {
    return this.toldAtMs.get(`${type} ${recipient}`);
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async note(request: IncomingMessage, atMs: number): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { type, data } = JSON.parse(Buffer.concat(chunks).toString()) as Told;
    const key = `${type} ${data.phone}`;
    if (!this.toldAtMs.has(key)) this.toldAtMs.set(key, atMs);
  }
}
