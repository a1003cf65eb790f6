import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError, type ErrorKind, type FieldError } from './domain-error.js';

/** RFC 9457 problem details, the one shape of every error that leaves the API. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  errors?: readonly FieldError[];
  [member: string]: unknown;
}

const STATUS_OF_KIND: Record<ErrorKind, number> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  missing: 404,
  conflict: 409,
  'too-large': 413,
  unprocessable: 422,
  'too-many': 429,
  'bad-gateway': 502,
  unavailable: 503,
  'too-slow': 504,
  'no-room': 507,
};

const TITLE_OF_STATUS: Record<number, string> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Cannot be processed',
  429: 'Too many requests',
  502: 'The provider did not do it',
  503: 'Not available',
  504: 'Took too long',
  507: 'No room',
};

const CODE_OF_STATUS: Record<number, string> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  413: 'too_large',
  415: 'unsupported_media_type',
  429: 'too_many_requests',
};

@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  /** `explain` tells errors of the infrastructure that a caller can act on; null for those that are defects. */
  constructor(private readonly explain: (error: unknown) => DomainError | null = () => null) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const error = this.explained(thrown);
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = problemOf(error, request.id);
    if (problem.status >= 500 && !(error instanceof DomainError)) {
      this.logger.error(
        `${request.method} ${request.routeOptions.url ?? request.url} failed`,
        stackOf(error),
      );
    }
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    const retryAfter = error instanceof DomainError ? error.details.retryAfterSeconds : undefined;
    if (retryAfter !== undefined) void reply.header('retry-after', String(retryAfter));
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
    void reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  }

  private explained(thrown: unknown): unknown {
    if (thrown instanceof DomainError || thrown instanceof HttpException) return thrown;
    const fault = this.explain(thrown);
    if (fault !== null) this.logger.warn(`${fault.code}: ${messageOf(thrown)}`);
    return fault ?? thrown;
  }
}

/** Exported for its tests and for streams that must report an error after their headers are out. */
export function problemOf(error: unknown, requestId: string): Problem {
  if (error instanceof DomainError) {
    return problem(STATUS_OF_KIND[error.kind], error.code, error.message, requestId, {
      ...error.details.params,
      ...(error.details.errors ? { errors: error.details.errors } : {}),
    });
  }
  const status = statusOf(error);
  if (status < 500) {
    return problem(
      status,
      codeOf(error) ?? CODE_OF_STATUS[status] ?? 'bad_request',
      messageOf(error),
      requestId,
    );
  }
  return problem(
    500,
    'internal_error',
    'Something broke on our side; the log has it under this instance.',
    requestId,
  );
}

function problem(
  status: number,
  code: string,
  detail: string,
  requestId: string,
  members: Record<string, unknown> = {},
): Problem {
  return {
    type: `/docs/errors#${code}`,
    title: TITLE_OF_STATUS[status] ?? 'Internal error',
    status,
    detail,
    instance: `urn:request:${requestId}`,
    code,
    ...members,
  };
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  // Fastify's own refusals (body too large, malformed JSON, wrong media type) carry a statusCode.
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status >= 400 ? status : 500;
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof HttpException ? error.errorCode : undefined;
  return typeof code === 'string' ? code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
