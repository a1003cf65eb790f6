import type { FastifyReply } from 'fastify';

/** What one listener may leave unread before it is dropped: it can come back, this process's memory cannot. */
const MOST_UNREAD_BYTES = 262_144;
/** Proxies close connections that are silent for longer. */
const HEARTBEAT_MS = 15_000;

/** Server-sent events to one listener. */
export class EventStream {
  private readonly heartbeat: NodeJS.Timeout;

  private constructor(private readonly reply: FastifyReply) {
    this.heartbeat = setInterval(() => this.write(': still here\n\n'), HEARTBEAT_MS).unref();
    reply.raw.once('close', () => clearInterval(this.heartbeat));
    // A listener that goes away in the middle of a write is no event.
    reply.raw.on('error', () => undefined);
  }

  /** Takes the connection out of the framework's hands, with the headers that were set so far. */
  static open(reply: FastifyReply): EventStream {
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    reply.raw.flushHeaders();
    return new EventStream(reply);
  }

  send(type: string, data: unknown): void {
    this.write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  end(): void {
    clearInterval(this.heartbeat);
    this.reply.raw.end();
  }

  onClose(act: () => void): void {
    if (this.reply.raw.destroyed) act();
    else this.reply.raw.once('close', act);
  }

  private write(text: string): void {
    const { raw } = this.reply;
    if (raw.writableEnded || raw.destroyed) return;
    raw.write(text);
    if (raw.writableLength > MOST_UNREAD_BYTES) raw.destroy();
  }
}
