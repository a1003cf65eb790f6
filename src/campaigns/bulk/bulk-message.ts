import type { CountryCode } from 'libphonenumber-js';
import { LONGEST_TEXT, parseContent } from '../../channels/parse-content.js';
import type { MessageContent } from '../../channels/providers/message-content.js';
import { variableKey, variablesOf } from '../../channels/render-content.js';
import { DomainError, type FieldError } from '../../common/domain-error.js';
import { canonicalRecipient } from '../../common/recipient.js';
import type { BulkMessage } from './bulk.js';
import { isMembers, isStorable, pointerPart, shownValue, type Members } from './bulk-value.js';

const MOST_VARIABLES = 200;

/** One message of a bulk request; null when something is wrong with it, which `faults` says then. */
export function bulkMessageOf(
  item: unknown,
  pointer: string,
  defaultCountry: CountryCode | undefined,
  faults: FieldError[],
): BulkMessage | null {
  if (!isMembers(item)) {
    faults.push({ pointer, detail: `a message ${shownValue(item)} must be an object {"phone","message"}` });
    return null;
  }
  const recipient = recipientOf(item['phone'], `${pointer}/phone`, defaultCountry, faults);
  const content = contentOf(item, pointer, faults);
  const given = variablesGiven(item['variables'], `${pointer}/variables`, faults);
  if (recipient === null || content === null || given === null) return null;
  const variables = filledIn(content, given, recipient, `${pointer}/variables`, faults);
  return variables === null ? null : { recipient, content, variables };
}

function recipientOf(
  phone: unknown,
  pointer: string,
  defaultCountry: CountryCode | undefined,
  faults: FieldError[],
): string | null {
  const parsed = typeof phone === 'string' ? canonicalRecipient(phone, defaultCountry) : null;
  if (parsed?.ok === true) return parsed.recipient;
  const why = parsed === null ? 'must be a text' : parsed.reason;
  const detail = `phone ${shownValue(phone)} ${why}; write it with country code, as +525512345678`;
  faults.push({ pointer, detail });
  return null;
}

function contentOf(item: Members, pointer: string, faults: FieldError[]): MessageContent | null {
  const [message, content] = [item['message'] ?? null, item['content'] ?? null];
  if ((message === null) === (content === null)) {
    const detail =
      message === null
        ? 'say what to send: message (a text) or content'
        : 'message and content exclude each other: message is a text, content anything else';
    faults.push({ pointer: `${pointer}/message`, detail });
    return null;
  }
  if (message !== null) return textOf(message, `${pointer}/message`, faults);
  return parsedOf(content, pointer, faults);
}

function textOf(message: unknown, pointer: string, faults: FieldError[]): MessageContent | null {
  if (
    typeof message === 'string' &&
    message.trim() !== '' &&
    message.length <= LONGEST_TEXT &&
    isStorable(message)
  ) {
    return parsedOf({ type: 'text', text: message }, pointer, faults);
  }
  const isLong = typeof message === 'string' && message.length > LONGEST_TEXT;
  const is = isLong ? `has ${message.length} characters; it` : shownValue(message);
  faults.push({ pointer, detail: `message ${is} must be a text of 1 to ${LONGEST_TEXT} characters` });
  return null;
}

/** The faults of a content point at /content; here they point at the message that it is of. */
function parsedOf(content: unknown, pointer: string, faults: FieldError[]): MessageContent | null {
  try {
    const parsed = parseContent(content);
    if (isStorable(parsed)) return parsed;
    faults.push({
      pointer: `${pointer}/content`,
      detail: 'content holds a NUL or half a character, which no message can hold',
    });
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    for (const fault of error.details.errors ?? []) {
      faults.push({ pointer: `${pointer}${fault.pointer}`, detail: fault.detail });
    }
  }
  return null;
}

/** By variableKey; empty ones count as not given, as everywhere. */
function variablesGiven(
  value: unknown,
  pointer: string,
  faults: FieldError[],
): ReadonlyMap<string, string> | null {
  const given = new Map<string, string>();
  if (value === undefined || value === null) return given;
  if (!isMembers(value) || Object.keys(value).length > MOST_VARIABLES) {
    const detail = `variables ${shownValue(value)} must be an object of at most ${MOST_VARIABLES}, such as {"nombre":"Ana"}`;
    faults.push({ pointer, detail });
    return null;
  }
  let isRight = true;
  for (const [name, member] of Object.entries(value)) {
    const text = typeof member === 'number' || typeof member === 'boolean' ? String(member) : (member ?? '');
    if (typeof text !== 'string' || text.length > LONGEST_TEXT || !isStorable(text)) {
      const detail = `${name.slice(0, 40)} ${shownValue(member)} must be a text of at most ${LONGEST_TEXT} characters, or a number`;
      faults.push({ pointer: `${pointer}/${pointerPart(name)}`, detail });
      isRight = false;
    } else if (text.trim() !== '' && !given.has(variableKey(name))) given.set(variableKey(name), text.trim());
  }
  return isRight ? given : null;
}

/** What the content asks for and nothing else; the number itself is known without being given. */
function filledIn(
  content: MessageContent,
  given: ReadonlyMap<string, string>,
  recipient: string,
  pointer: string,
  faults: FieldError[],
): Record<string, string> | null {
  const values = new Map<string, string>();
  let isWhole = true;
  for (const { key, name, fallback } of variablesOf(content)) {
    const value = given.get(key) ?? (key === 'phone' ? recipient : null);
    if (value !== null) values.set(key, value);
    else if (fallback === null) {
      const detail = `{{${name}}} has no value: give it in variables, or a default: {{${name}|…}}`;
      faults.push({ pointer: `${pointer}/${pointerPart(name)}`, detail });
      isWhole = false;
    }
  }
  return isWhole ? Object.fromEntries(values) : null;
}
