import type { CallHandler, ExecutionContext } from '@nestjs/common';
import { lastValueFrom, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../common/domain-error.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';
import type { IdempotencyRepository } from './idempotency.repository.js';

class FakeKeys {
  readonly freed: string[] = [];

  claim(): Promise<object> {
    return Promise.resolve({ kind: 'claimed', fence: 'f' });
  }

  free(_workspaceId: string, key: string): Promise<void> {
    this.freed.push(key);
    return Promise.resolve();
  }
}

const REQUEST = {
  headers: { 'idempotency-key': 'k', 'content-type': 'application/json' },
  principal: { workspaceId: 'w' },
  method: 'POST',
  url: '/api/messages',
};
const CONTEXT = {
  switchToHttp: () => ({ getRequest: () => REQUEST, getResponse: () => ({ statusCode: 202 }) }),
} as unknown as ExecutionContext;

describe('the key of a request that failed', () => {
  const keysAfter = async (error: Error): Promise<readonly string[]> => {
    const keys = new FakeKeys();
    const interceptor = new IdempotencyInterceptor(keys as unknown as IdempotencyRepository);
    const handler: CallHandler = { handle: () => throwError(() => error) };
    await expect(lastValueFrom(await interceptor.intercept(CONTEXT, handler))).rejects.toBe(error);
    return keys.freed;
  };

  it('is free again', async () => {
    expect(await keysAfter(new DomainError('unavailable', 'x', 'Nothing was stored.'))).toEqual(['k']);
    expect(await keysAfter(new Error('a defect'))).toEqual(['k']);
  });

  it('stays taken when nobody can tell whether it took effect', async () => {
    const details = { mayHaveTakenEffect: true };
    expect(await keysAfter(new DomainError('unavailable', 'x', 'Not known.', details))).toEqual([]);
  });
});
