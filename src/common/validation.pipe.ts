import { SetMetadata, ValidationPipe, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { validationFault } from './validation-fault.js';

const UNKNOWN_FIELDS_IGNORED = 'caudal:unknown-fields-ignored';

/** On a body's class: fields that it does not know are dropped instead of refused, for clients of other systems. */
export const IgnoreUnknownFields = () => SetMetadata(UNKNOWN_FIELDS_IGNORED, true);

/** What the checking pipe throws for this one to word: only here is it known what the caller sent. */
class Refusal {
  constructor(readonly errors: readonly ValidationError[]) {}
}

/** Checks and converts every body, query and parameter that has a class; what is wrong becomes one problem. */
export class RequestValidationPipe implements PipeTransform {
  private readonly strict = pipe(true);
  private readonly tolerant = pipe(false);

  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { metatype } = metadata;
    const isTolerant = metatype !== undefined && Reflect.hasMetadata(UNKNOWN_FIELDS_IGNORED, metatype);
    try {
      return (await (isTolerant ? this.tolerant : this.strict).transform(value, metadata)) as unknown;
    } catch (error) {
      throw error instanceof Refusal ? validationFault(error.errors, value) : error;
    }
  }
}

function pipe(forbidNonWhitelisted: boolean): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted,
    exceptionFactory: (errors: ValidationError[]) => new Refusal(errors),
  });
}
