import type { FastifyInstance } from 'fastify';

/** From the connect, or the first byte of a further request, to the end of its headers. */
const HEADERS_MS = 15_000;
const LOOK_EVERY_MS = 2_500;
/** For bodies that are held in memory, of a few megabytes at most. */
const BODY_MS = 30_000;

/** Options of Node's server: who connects and says nothing, or drips his headers, is let go. */
export const HEADERS_IN_TIME = { headersTimeout: HEADERS_MS, connectionsCheckingInterval: LOOK_EVERY_MS };

/**
 * Bodies are read before anybody's key is looked at, so what drips is cut off. Uploads are not: they are read as they
 * come, behind the key, and may take hours.
 */
export function cutSlowBodies(server: FastifyInstance, deadlineMs = BODY_MS): void {
  server.addHook('preParsing', (request, _reply, payload, done) => {
    const { 'content-type': type, 'content-length': length, 'transfer-encoding': encoding } = request.headers;
    const hasBody = encoding !== undefined || (length !== undefined && length !== '0');
    if (hasBody && type?.startsWith('multipart/') !== true) {
      const timer = setTimeout(() => request.raw.destroy(), deadlineMs);
      const stop = (): void => clearTimeout(timer);
      request.raw.once('end', stop).once('close', stop);
    }
    done(null, payload);
  });
}
