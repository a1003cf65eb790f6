import { DomainError } from '../common/domain-error.js';

export class IdempotencyKeyFormatError extends DomainError {
  constructor() {
    super('invalid', 'idempotency_key_invalid', 'Idempotency-Key must be 1 to 200 visible ASCII characters.');
  }
}

export class IdempotencyNeedsJsonError extends DomainError {
  constructor(contentType: string) {
    super(
      'invalid',
      'idempotency_needs_json',
      `Idempotency-Key works with JSON bodies only, this one is "${contentType.split(';')[0]}": ` +
        'a streamed upload cannot be compared with the one before. Leave the header out.',
    );
  }
}

export class IdempotencyKeyReusedError extends DomainError {
  constructor(key: string) {
    super(
      'conflict',
      'idempotency_key_reused',
      `Idempotency-Key "${key}" was used within 24 hours for another route or body: give each request a key of its own.`,
    );
  }
}

export class IdempotencyInProgressError extends DomainError {
  constructor(key: string) {
    super(
      'conflict',
      'idempotency_in_progress',
      `The first request with Idempotency-Key "${key}" is still being answered: repeat this one in a moment.`,
      { retryAfterSeconds: 1 },
    );
  }
}

export class IdempotencyOutcomeUnknownError extends DomainError {
  constructor(key: string) {
    super(
      'conflict',
      'idempotency_outcome_unknown',
      `The first request with Idempotency-Key "${key}" never came to an end that was recorded; it may have taken effect. ` +
        'Look whether it did, then use a new key.',
    );
  }
}
