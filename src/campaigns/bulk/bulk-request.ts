import type { CountryCode } from 'libphonenumber-js';
import { DomainError, type FieldError } from '../../common/domain-error.js';
import { MESSAGE_CATEGORIES, type MessageCategory } from '../../ledger/suppression.js';
import type { BulkRequest } from './bulk.js';
import { bulkMessageOf } from './bulk-message.js';
import { isMembers, isStorable, shownValue } from './bulk-value.js';

export const MOST_BULK_MESSAGES = 10_000;
const LONGEST_NAME = 200;
/** A list of ten thousand bad messages is told by its first ones. */
const MOST_FAULTS = 50;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Reads a bulk request by hand: ten thousand messages take 0.1 s, in which the process answers nobody, and class-validator
 * would take as much or three times as much again before a number or a variable is looked at. Throws one error that
 * points at every fault, up to fifty of them; then nothing is stored. Fields that it does not know are ignored.
 */
export function bulkRequestOf(body: unknown, defaultCountry: CountryCode | undefined): BulkRequest {
  const faults: FieldError[] = [];
  if (!isMembers(body)) {
    throw faulty([
      { pointer: '', detail: `the body must be an object such as {"messages":[{"phone","message"}]}` },
    ]);
  }
  const list = listOf(body['messages'], faults);
  const messages = list.flatMap((item, index) => {
    if (faults.length > MOST_FAULTS) return [];
    const message = bulkMessageOf(item, `/messages/${index}`, defaultCountry, faults);
    return message === null ? [] : [message];
  });
  const name = nameOf(body['name'], faults);
  const channelId = channelIdOf(body['channelId'], faults);
  const category = categoryOf(body['category'], faults);
  if (faults.length > 0) throw faulty(faults);
  return { name: name ?? `Bulk of ${messages.length}`, channelId, category, messages };
}

function listOf(value: unknown, faults: FieldError[]): readonly unknown[] {
  if (Array.isArray(value) && value.length > 0 && value.length <= MOST_BULK_MESSAGES) return value;
  const is = Array.isArray(value) ? `has ${value.length}; it` : shownValue(value);
  faults.push({
    pointer: '/messages',
    detail: `messages ${is} must be a list of 1 to ${MOST_BULK_MESSAGES} objects {"phone","message"}; send more in several requests`,
  });
  return [];
}

function nameOf(value: unknown, faults: FieldError[]): string | null {
  if (value === undefined || value === null) return null;
  const isName =
    typeof value === 'string' && value.trim() !== '' && value.length <= LONGEST_NAME && isStorable(value);
  if (isName) return value.trim();
  const detail = `name ${shownValue(value)} must be a text of 1 to ${LONGEST_NAME} characters`;
  faults.push({ pointer: '/name', detail });
  return null;
}

function channelIdOf(value: unknown, faults: FieldError[]): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && UUID.test(value)) return value.toLowerCase();
  faults.push({
    pointer: '/channelId',
    detail: `channelId ${shownValue(value)} must be the id of a channel, such as 7f9c2ba4-e88f-4d0b-9d0c-3b1f0f6a1c55`,
  });
  return null;
}

function categoryOf(value: unknown, faults: FieldError[]): MessageCategory {
  const category = MESSAGE_CATEGORIES.find((known) => known === (value ?? 'marketing'));
  if (category !== undefined) return category;
  const detail = `category ${shownValue(value)} must be one of ${MESSAGE_CATEGORIES.join(', ')}`;
  faults.push({ pointer: '/category', detail });
  return 'marketing';
}

function faulty(faults: readonly FieldError[]): DomainError {
  const errors = faults.slice(0, MOST_FAULTS);
  const [first] = errors;
  const more = faults.length > MOST_FAULTS ? `, ${MOST_FAULTS} of which are listed` : '';
  const detail =
    faults.length === 1 && first !== undefined
      ? `${placeOf(first)}${first.detail}. Nothing was stored.`
      : `${faults.length > MOST_FAULTS ? 'More than ' : ''}${Math.min(faults.length, MOST_FAULTS)} faults${more}. Nothing was stored.`;
  return new DomainError('invalid', 'validation_failed', detail, { errors });
}

/** `messages[3]: ` of what is wrong with a message. */
function placeOf({ pointer }: FieldError): string {
  const index = /^\/messages\/(\d+)/.exec(pointer)?.[1];
  return index === undefined ? '' : `messages[${index}]: `;
}
