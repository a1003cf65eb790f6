import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export type Wickedness = 'hangs' | 'streams' | 'redirects';

const CHUNK = Buffer.alloc(65_536, 'x');

/** An endpoint that means no good; it counts who comes and how much it could make them take. */
export class WickedEndpoint {
  connections = 0;
  requests = 0;
  writtenBytes = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly kind: Wickedness,
  ) {
    server.on('connection', (socket) => this.take(socket));
  }

  static async listen(kind: Wickedness, host: string): Promise<WickedEndpoint> {
    const server = createServer();
    server.listen(0, host);
    await once(server, 'listening');
    return new WickedEndpoint(server, kind);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    const closed = once(this.server, 'close');
    this.server.close();
    await closed;
  }

  private take(socket: Socket): void {
    this.connections += 1;
    this.sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
    socket.on('data', (bytes: Buffer) => {
      if (!bytes.includes('POST ')) return;
      this.requests += 1;
      if (this.kind === 'redirects') this.redirect(socket);
      if (this.kind === 'streams') this.stream(socket);
    });
  }

  private redirect(socket: Socket): void {
    const location = `http://127.0.0.2:${this.port}/again/${this.requests}`;
    socket.write(`HTTP/1.1 302 Found\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`);
  }

  private stream(socket: Socket): void {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    const pour = (): void => {
      while (!socket.destroyed) {
        this.writtenBytes += CHUNK.length;
        const hasRoom = socket.write(`${CHUNK.length.toString(16)}\r\n`) && socket.write(CHUNK);
        if (!socket.write('\r\n') || !hasRoom) break;
      }
    };
    socket.on('drain', pour);
    pour();
  }
}
