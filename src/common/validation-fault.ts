import type { ValidationError } from 'class-validator';
import { DomainError, type FieldError } from './domain-error.js';

/** A list of ten thousand bad items is told by its first ones. */
const MOST_ERRORS = 50;
const MOST_SHOWN_CHARACTERS = 80;
const SECRET_FIELD = /secret|token|password|passwd|apikey|api_key|^key$|authorization|credential/i;

/**
 * class-validator's tree of errors as one problem that points at each field and shows what was there. `input` is
 * what the caller sent: in the tree, a number that could not be read is NaN already.
 */
export function validationFault(errors: readonly ValidationError[], input: unknown): DomainError {
  const faults = [...faultsOf(errors, '', input)];
  const shown = faults.slice(0, MOST_ERRORS);
  const listed = faults.length > shown.length ? `; the first ${MOST_ERRORS} are listed` : '';
  const detail =
    faults.length === 1 && shown[0] !== undefined
      ? shown[0].detail
      : `${faults.length} fields are wrong${listed}`;
  return new DomainError('invalid', 'validation_failed', detail, { errors: shown });
}

function* faultsOf(
  errors: readonly ValidationError[],
  parent: string,
  input: unknown,
): Generator<FieldError> {
  for (const error of errors) {
    const pointer = `${parent}/${error.property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const value = memberOf(input, error.property);
    const rule = gravestRule(Object.keys(error.constraints ?? {}));
    if (rule !== undefined) yield { pointer, detail: detailOf(error, rule, value) };
    yield* faultsOf(error.children ?? [], pointer, value);
  }
}

/** Of a text where a number is wanted, that it is no number says more than that it is not below 500. */
function gravestRule(rules: readonly string[]): string | undefined {
  return (
    rules.find((rule) => rule === 'whitelistValidation' || rule === 'isDefined') ??
    rules.find((rule) => rule.startsWith('is') && rule !== 'isLength') ??
    rules[0]
  );
}

function detailOf({ property, constraints }: ValidationError, rule: string, value: unknown): string {
  if (rule === 'whitelistValidation') return `${property} is not a field of this request`;
  const message = constraints?.[rule] ?? 'is wrong';
  const isAboutField = message.startsWith(`${property} `);
  const rightIs = isAboutField ? message.slice(property.length + 1) : message;
  if (value === undefined) return `${property} is missing: ${isAboutField ? `it ${rightIs}` : rightIs}`;
  const shown = SECRET_FIELD.test(property) ? '' : ` ${shownValue(value)}`;
  return `${property}${shown}${isAboutField ? '' : ':'} ${rightIs}`;
}

function memberOf(container: unknown, name: string): unknown {
  if (typeof container !== 'object' || container === null) return undefined;
  return Object.hasOwn(container, name) ? (container as Record<string, unknown>)[name] : undefined;
}

function shownValue(value: unknown): string {
  if (Array.isArray(value)) return `(a list of ${value.length})`;
  if (typeof value === 'object' && value !== null) return '(an object)';
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= MOST_SHOWN_CHARACTERS ? text : `${text.slice(0, MOST_SHOWN_CHARACTERS)}…`;
}
