import type { FastifyInstance } from 'fastify';

/** What a client may still send of a body that was answered before its end; then its connection is closed. */
const DRAIN_MS = 5000;

/**
 * Reads on where a request was answered in the middle of its body: a file too large, a broken form, a full disk. Node
 * does that only for bodies that nobody began to read. Of all others the rest would stay in the connection for ever,
 * and the client's next request would wait behind it without an answer.
 */
export function drainUnreadBodies(server: FastifyInstance, drainMs = DRAIN_MS): void {
  server.addHook('onResponse', ({ raw }, _reply, done) => {
    if (!raw.readableEnded && !raw.destroyed) {
      const patience = setTimeout(() => raw.socket.destroy(), drainMs).unref();
      raw.once('end', () => clearTimeout(patience));
      // A parser that stopped reading would hold it back.
      raw.unpipe();
      raw.resume();
    }
    done();
  });
}
