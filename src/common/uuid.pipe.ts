import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { DomainError } from './domain-error.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** `@Param('id', UuidPipe)`: says which parameter is wrong, and what it was. */
export class UuidPipe implements PipeTransform<string, string> {
  transform(value: string, { data = 'id' }: ArgumentMetadata): string {
    if (UUID.test(value)) return value.toLowerCase();
    const detail = `${data} "${value.slice(0, 80)}" must be a UUID such as 7f9c2ba4-e88f-4d0b-9d0c-3b1f0f6a1c55`;
    throw new DomainError('invalid', 'validation_failed', detail, {
      errors: [{ pointer: `/${data}`, detail }],
    });
  }
}
