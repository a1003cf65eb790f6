import { DomainError } from '../common/domain-error.js';

/** A field of a request that is well-formed and still cannot be. `field` is its path: "recurrence/cron". */
export function invalid(field: string, detail: string): DomainError {
  return new DomainError('invalid', 'validation_failed', detail, {
    errors: [{ pointer: `/${field}`, detail }],
  });
}
