import { Client, type buildConnector, type Dispatcher } from 'undici';

/**
 * Kept-alive connections to one origin, one call at a time on each. A stack of the free ones and not undici's Pool,
 * which walks past every busy connection to find a free one and hears several events of each call: with 256
 * connections that was 6 of 58 µs a call.
 */
export class Connections {
  private readonly clients: Client[] = [];
  /** The one used last on top: few connections stay warm, the others run out of their keep-alive. */
  private readonly free: Client[] = [];

  constructor(
    private readonly origin: string,
    private readonly most: number,
    private readonly connect: buildConnector.connector,
    private readonly onFree: () => void,
  ) {}

  /** False when all of them are busy; then `onFree` says when one is not. */
  dispatch(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const client = this.free.pop() ?? (this.clients.length < this.most ? this.open() : undefined);
    if (client === undefined) return false;
    const isFreeSoon = client.dispatch(request, handler);
    // What undici refuses at once (a header it may not write) never enters its queue, and no drain follows.
    if (!isFreeSoon && client.stats.size === 0) this.release(client);
    return true;
  }

  /** What is under way ends as it would. */
  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
  }

  private open(): Client {
    const client = new Client(this.origin, {
      pipelining: 1,
      allowH2: false,
      // The deadline of the call covers both; undici's own timers would only cost.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: this.connect,
    });
    // A turn of the event loop after the answer: a server that closes behind it is heard before the next call is written.
    client.on('drain', () => this.release(client));
    this.clients.push(client);
    return client;
  }

  private release(client: Client): void {
    this.free.push(client);
    this.onFree();
  }
}
