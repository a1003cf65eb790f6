import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Detour } from '../support/stack.js';

/** What comes in on one side of a connection and has to go out on the other, each piece not before its time. */
class Flow {
  private readonly waiting: { bytes: Buffer; dueMs: number }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private hasEnded = false;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly rule: { readonly delayMs: number; readonly isStalled: boolean },
  ) {
    from.on('data', (bytes: Buffer) => {
      const soonestMs = this.waiting.at(-1)?.dueMs ?? 0;
      this.waiting.push({ bytes, dueMs: Math.max(soonestMs, performance.now() + rule.delayMs) });
      this.pump();
    });
    from.on('end', () => {
      this.hasEnded = true;
      this.pump();
    });
    to.on('drain', () => this.pump());
  }

  /** Stalled: what the sender writes stays in the kernel's buffers, as behind a router that drops everything. */
  pump(): void {
    clearTimeout(this.timer);
    if (this.rule.isStalled) {
      this.from.pause();
      return;
    }
    while (this.waiting.length > 0 && !this.to.writableNeedDrain) {
      const leftMs = this.waiting[0]!.dueMs - performance.now();
      if (leftMs > 0) {
        this.timer = setTimeout(() => this.pump(), Math.ceil(leftMs));
        break;
      }
      this.to.write(this.waiting.shift()!.bytes);
    }
    if (this.to.writableNeedDrain) this.from.pause();
    else this.from.resume();
    if (this.hasEnded && this.waiting.length === 0) this.to.end();
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}

interface Pair {
  readonly sides: readonly [Socket, Socket];
  readonly flows: readonly [Flow, Flow];
}

/** A proxy that can stand before any server of a stack and fail as networks do. One rule for all its connections. */
export class TcpProxy implements Detour {
  private readonly pairs = new Set<Pair>();
  private readonly rule = { delayMs: 0, isStalled: false, isRefusing: false };
  private target = 0;
  private heardMs = -Infinity;

  private constructor(private readonly server: Server) {
    server.on('connection', (client) => this.join(client));
  }

  static async open(address = '127.0.0.1'): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.listen(0, address);
    await once(server, 'listening');
    return new TcpProxy(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get openConnections(): number {
    return this.pairs.size;
  }

  /** When a client last said anything, by performance.now(). */
  get lastHeardMs(): number {
    return this.heardMs;
  }

  /** Where new connections go from now on. */
  leadTo(port: number): void {
    this.target = port;
  }

  /** Undoes stall, refuse and delay. */
  pass(): void {
    Object.assign(this.rule, { delayMs: 0, isStalled: false, isRefusing: false });
    this.pumpAll();
  }

  /** Stops forwarding and closes nothing: connections look open, new ones are taken, and no byte goes through. */
  stall(): void {
    this.rule.isStalled = true;
    this.pumpAll();
  }

  /** New connections are reset; open ones go on. */
  refuse(): void {
    this.rule.isRefusing = true;
  }

  /** Every piece arrives this much later, in order. */
  delay(delayMs: number): void {
    this.rule.delayMs = delayMs;
  }

  /** Resets open connections, all of them or those for which `chosen` says so. Returns how many. */
  cut(chosen: () => boolean = () => true): number {
    const cut = [...this.pairs].filter(() => chosen());
    for (const pair of cut) this.sever(pair);
    return cut.length;
  }

  async close(): Promise<void> {
    this.server.close();
    this.cut();
    await once(this.server, 'close');
  }

  private join(client: Socket): void {
    if (this.rule.isRefusing) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const server = connect({ host: '127.0.0.1', port: this.target, allowHalfOpen: true, noDelay: true });
    const pair: Pair = {
      sides: [client, server],
      flows: [new Flow(client, server, this.rule), new Flow(server, client, this.rule)],
    };
    client.on('data', () => {
      this.heardMs = performance.now();
    });
    this.pairs.add(pair);
    for (const side of pair.sides) {
      side.on('error', () => this.sever(pair));
      side.on('close', () => {
        if (pair.sides.every((one) => one.destroyed)) this.pairs.delete(pair);
      });
    }
    for (const flow of pair.flows) flow.pump();
  }

  private sever(pair: Pair): void {
    this.pairs.delete(pair);
    for (const flow of pair.flows) flow.stop();
    for (const side of pair.sides) if (!side.destroyed) side.resetAndDestroy();
  }

  private pumpAll(): void {
    for (const { flows } of this.pairs) for (const flow of flows) flow.pump();
  }
}
