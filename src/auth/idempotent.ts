import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';

/**
 * For routes that create or send: a repeated request with the same Idempotency-Key gets the first answer again.
 * A route whose answer shows a secret says by shownOnce() what of it may be kept.
 */
export const Idempotent = () =>
  applyDecorators(
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'Any text of your own, one for each request: repeating it within 24 hours repeats the answer only.',
    }),
  );
