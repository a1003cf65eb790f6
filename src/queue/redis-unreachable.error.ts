import { DomainError } from '../common/domain-error.js';

export class RedisUnreachableError extends DomainError {
  constructor(consequence: string) {
    super(
      'unavailable',
      'redis_unreachable',
      `Redis cannot be reached: ${consequence}. Nothing is sent meanwhile; ask again once /health shows it.`,
      { retryAfterSeconds: 5 },
    );
  }
}
