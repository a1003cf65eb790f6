import type { FastifyRequest, RawServerDefault } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { DomainError } from '../common/domain-error.js';
import { refuseUnstorable } from './storable-text.js';

type Done = (error: Error | null, body?: unknown) => void;
type Request = FastifyRequest<object, RawServerDefault, IncomingMessage>;

/**
 * Fastify's own parser, but an empty body is no body (many clients send the header with every POST), and a broken
 * one is told where it breaks.
 */
export function parseJson(request: Request, body: Buffer | string, done: Done): void {
  const text = body.toString();
  if (text.trim() === '') return done(null, undefined);
  const parse = request.server.getDefaultJsonParser('error', 'error');
  void parse(request, text, (error, parsed) => {
    if (error === null) {
      try {
        refuseUnstorable(text, parsed);
      } catch (refusal) {
        return done(refusal as DomainError);
      }
      return done(null, parsed);
    }
    done(new DomainError('invalid', 'invalid_json', `The body is not valid JSON: ${whyBroken(text, error)}`));
  });
}

function whyBroken(text: string, error: Error): string {
  try {
    JSON.parse(text);
    // Valid, but with a key that would reach into prototypes.
    return error.message;
  } catch (fault) {
    return (fault as Error).message.slice(0, 200);
  }
}
