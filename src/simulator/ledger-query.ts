import { ControlProblem } from './control-fields.js';
import type { LedgerFilter } from './ledger-summary.js';
import type { LedgerPageRequest } from './ledger.js';
import type { NumberRegistry } from './number-registry.js';

const DEFAULT_LIMIT = 1_000;
const MAX_LIMIT = 100_000;

export function readLedgerFilter(query: URLSearchParams, numbers: NumberRegistry): LedgerFilter {
  const phoneNumberId = query.get('phoneNumberId');
  return {
    number: phoneNumberId === null ? undefined : numbers.required(phoneNumberId).index,
    callbackPrefix: query.get('callbackPrefix') || undefined,
  };
}

/** `?after=&limit=&phoneNumberId=&callbackPrefix=&everyCall=` */
export function readLedgerPage(query: URLSearchParams, numbers: NumberRegistry): LedgerPageRequest {
  return {
    ...readLedgerFilter(query, numbers),
    after: wholeNumber(query, 'after', 0, Number.MAX_SAFE_INTEGER),
    limit: wholeNumber(query, 'limit', 1, MAX_LIMIT) ?? DEFAULT_LIMIT,
    everyCall: query.get('everyCall') === 'true',
  };
}

function wholeNumber(query: URLSearchParams, name: string, min: number, max: number): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new ControlProblem(
    400,
    `${name} is "${text}"; it must be a whole number from ${min} to ${max}`,
    name,
  );
}
