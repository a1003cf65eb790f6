import { createHash } from 'node:crypto';
import {
  Injectable,
  Logger,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { catchError, from, mergeMap, of, throwError, type Observable } from 'rxjs';
import { DomainError } from '../common/domain-error.js';
import {
  IdempotencyInProgressError,
  IdempotencyKeyFormatError,
  IdempotencyKeyReusedError,
  IdempotencyNeedsJsonError,
  IdempotencyOutcomeUnknownError,
} from './idempotency.errors.js';
import { IdempotencyRepository, type IdempotencyClaim } from './idempotency.repository.js';
import type { AuthenticatedRequest } from './principal.js';
import { keptOf } from './shown-once.js';

type IdempotentRequest = AuthenticatedRequest & { rawBody?: Buffer };

/** No request takes this long: one that is still open then belongs to a process that is gone. */
const ABANDONED_AFTER_SECONDS = 120;

/**
 * The first answer to a key is kept and given again for 24 hours, so that a client that saw no answer may ask again.
 * A request that failed frees its key. One whose process died does not: whether it took effect is not known, and
 * doing it again by itself could send twice.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly logger = new Logger('Idempotency');

  constructor(private readonly keys: IdempotencyRepository) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<IdempotentRequest>();
    const reply = http.getResponse<FastifyReply>();
    const key = keyOf(request);
    if (key === undefined) return next.handle();
    const workspaceId = workspaceOf(request);
    const hash = requestHash(request);
    const claim = await this.keys.claim(workspaceId, key, hash);
    if (claim.kind === 'claimed') return this.first(workspaceId, key, claim.fence, reply, next);
    return replay(key, hash, claim, reply);
  }

  private first(
    workspaceId: string,
    key: string,
    fence: string,
    reply: FastifyReply,
    next: CallHandler,
  ): Observable<unknown> {
    return next.handle().pipe(
      mergeMap(async (body: unknown) => {
        await (
          reply.statusCode >= 500
            ? this.keys.free(workspaceId, key, fence)
            : this.keys.keepAnswer(workspaceId, key, fence, reply.statusCode, keptOf(body))
        ).catch((error: Error) =>
          this.logger.error(`an answer could not be kept: ${error.message}`, error.stack),
        );
        return body;
      }),
      catchError((error: unknown) =>
        from(this.freeAfter(error, workspaceId, key, fence)).pipe(mergeMap(() => throwError(() => error))),
      ),
    );
  }

  /** A request that may have taken effect keeps its key, like one whose process died. */
  private async freeAfter(error: unknown, workspaceId: string, key: string, fence: string): Promise<void> {
    if (error instanceof DomainError && error.details.mayHaveTakenEffect === true) return;
    await this.keys.free(workspaceId, key, fence).catch(() => undefined);
  }
}

function replay(
  key: string,
  hash: Buffer,
  claim: Exclude<IdempotencyClaim, { kind: 'claimed' }>,
  reply: FastifyReply,
): Observable<unknown> {
  if (!claim.requestHash.equals(hash)) throw new IdempotencyKeyReusedError(key);
  if (claim.kind === 'open') {
    throw claim.ageSeconds > ABANDONED_AFTER_SECONDS
      ? new IdempotencyOutcomeUnknownError(key)
      : new IdempotencyInProgressError(key);
  }
  void reply.status(claim.status).header('idempotency-replayed', 'true');
  return of(claim.body);
}

function keyOf(request: IdempotentRequest): string | undefined {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !/^[\x21-\x7E]{1,200}$/.test(header))
    throw new IdempotencyKeyFormatError();
  const contentType = request.headers['content-type'];
  if (contentType !== undefined && !contentType.toLowerCase().startsWith('application/json')) {
    throw new IdempotencyNeedsJsonError(contentType);
  }
  return header;
}

function workspaceOf(request: IdempotentRequest): string {
  if (request.principal === undefined) throw new Error('an idempotent route must be behind the guard');
  return request.principal.workspaceId;
}

/** The bytes as they came: two bodies that differ only in spaces count as two. */
function requestHash(request: IdempotentRequest): Buffer {
  return createHash('sha256')
    .update(`${request.method} ${request.url}\n`)
    .update(request.rawBody ?? '')
    .digest();
}
