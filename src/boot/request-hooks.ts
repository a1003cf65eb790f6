import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { withLogContext } from '../common/log-context.js';

const CALLERS_ID = /^[\w.:-]{8,80}$/;
/** What an ordinary request may still take when the server stops; event streams would stay for ever. */
const CLOSE_PATIENCE_MS = 5000;

/** The caller's id where it is harmless to repeat, so that a request can be followed through a proxy. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && CALLERS_ID.test(given) ? given : randomUUID();
}

/** Gives every request its id (in its log lines and its answer) and one line in the log at debug. */
export function addRequestHooks(server: FastifyInstance): void {
  const logger = new Logger('Http');
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    withLogContext({ requestId: request.id }, done);
  });
  // Reading the body leaves the context that the request began in; the handler must be inside it again.
  server.addHook('preValidation', (request, _reply, done) => {
    withLogContext({ requestId: request.id }, done);
  });
  server.addHook('onResponse', (request, reply, done) => {
    // The route and not the address: addresses hold webhook secrets and phone numbers.
    const route = request.routeOptions.url ?? '(no route)';
    logger.debug(`${request.method} ${route} ${reply.statusCode}`, {
      requestId: request.id,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
    });
    done();
  });
}

/** Lets the server close: event streams end at once, and whatever else is open after a while. */
export function endStreamsOnClose(server: FastifyInstance): void {
  const streams = new Set<FastifyReply>();
  server.addHook('onRequest', (request, reply, done) => {
    if (request.headers.accept?.includes('text/event-stream')) {
      streams.add(reply);
      reply.raw.once('close', () => streams.delete(reply));
    }
    done();
  });
  server.addHook('preClose', (done) => {
    for (const reply of streams) reply.raw.destroy();
    setTimeout(() => server.server.closeAllConnections(), CLOSE_PATIENCE_MS).unref();
    done();
  });
}
