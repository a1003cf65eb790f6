import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LargeBodies } from './large-bodies.js';
import type { Refusals } from './refusals.js';
import { IntakeUnavailableError, RefusedTooOftenError } from './webhook.errors.js';

interface RawBodyConfig {
  readonly takesRawBody?: boolean;
}

/** What came in the header, of which the route's own type has taken the place. */
type RawRequest = FastifyRequest & { givenContentType?: string | undefined };

/** A type that no client sends: the parser registered for it hands the bytes over as they came. */
const RAW_TYPE = 'application/vnd.caudal.raw';

/** The body of this route reaches its handler as a Buffer, whatever its content type, and is not parsed before. */
export const TakesRawBody = () => RouteConfig({ takesRawBody: true } satisfies RawBodyConfig);

/**
 * Teaches Fastify TakesRawBody and gives these routes their own size limit. Its parsers are chosen by content type and
 * run before any handler: a webhook would be parsed before its signature is looked at, so these routes are given a
 * content type of their own. Who was refused too often is turned away before a byte of the body is read, and so is a
 * large body while there is no room for it. To be called before routes are registered.
 */
export function takeRawBodies(fastify: FastifyInstance, maxBytes: number, refusals: Refusals): void {
  const largeBodies = new LargeBodies(maxBytes);
  fastify.addContentTypeParser(RAW_TYPE, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  fastify.decorateRequest('givenContentType');
  fastify.addHook('onRoute', (route) => {
    if ((route.config as RawBodyConfig | undefined)?.takesRawBody !== true) return;
    route.bodyLimit = maxBytes;
    route.onRequest = (request: RawRequest, reply, done) => {
      const waitSeconds = refusals.waitSeconds(request.ip);
      if (waitSeconds > 0) {
        void reply.header('connection', 'close');
        done(new RefusedTooOftenError(waitSeconds));
        return;
      }
      const { headers } = request.raw;
      const leave = largeBodies.enter(headers['content-length']);
      if (leave === undefined) {
        void reply.header('connection', 'close');
        done(new IntakeUnavailableError('Too many large webhooks are being read.'));
        return;
      }
      reply.raw.once('close', leave);
      request.givenContentType = headers['content-type'];
      headers['content-type'] = RAW_TYPE;
      done();
    };
  });
}

/** The bytes of a TakesRawBody route; none where the request had no body. */
export function rawBodyOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

const MEDIA_TYPE = /^[\w.+-]{1,80}\/[\w.+-]{1,80}$/;

/** In lower case without parameters; null where none came, or something that is no media type. */
export function contentTypeOf(request: RawRequest): string | null {
  const type = request.givenContentType;
  if (type === undefined || type === 'application/json') return type ?? null;
  const [plain = ''] = type.split(';', 1);
  const media = plain.trim().toLowerCase();
  return MEDIA_TYPE.test(media) ? media : null;
}
