import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';

interface RawBodyConfig {
  readonly takesRawBody?: boolean;
}

/** A type that no client sends: the parser registered for it hands the bytes over as they came. */
const RAW_TYPE = 'application/vnd.caudal.raw';

/** The body of this route reaches its handler as a Buffer, whatever its content type, and is not parsed before. */
export const TakesRawBody = () => RouteConfig({ takesRawBody: true } satisfies RawBodyConfig);

/**
 * Teaches Fastify TakesRawBody and gives these routes their own size limit. Its parsers are chosen by content type and
 * run before any handler: a webhook would be parsed before its signature is looked at, so these routes are given a
 * content type of their own. To be called before routes are registered.
 */
export function takeRawBodies(fastify: FastifyInstance, maxBytes: number): void {
  fastify.addContentTypeParser(RAW_TYPE, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  fastify.addHook('onRoute', (route) => {
    if ((route.config as RawBodyConfig | undefined)?.takesRawBody !== true) return;
    route.bodyLimit = maxBytes;
    route.onRequest = (request, _reply, done) => {
      request.raw.headers['content-type'] = RAW_TYPE;
      done();
    };
  });
}

/** The bytes of a TakesRawBody route; none where the request had no body. */
export function rawBodyOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}
