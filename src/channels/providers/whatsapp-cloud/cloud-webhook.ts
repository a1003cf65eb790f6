import type { WebhookElement } from '../webhook-element.js';
import { readAccount, readCapability, readNumberQuality, readReview } from './cloud-account-change.js';
import { listOf, member, textOf, wholeNumber, wordOf } from '../json-reader.js';
import { readInbound } from './cloud-inbound.js';
import { readPreference } from './cloud-preference.js';
import { readStatus } from './cloud-status.js';
import { readTemplateQuality, readTemplateStatus } from './cloud-template-change.js';

/** Reads one entry of a list of a number. */
type NumberReader = (entry: unknown, accountRef: unknown, element: number, value: unknown) => WebhookElement;
/** Reads a change of an account, which is one element. */
type AccountReader = (value: unknown, wabaRef: string, element: number) => WebhookElement;

/** What is read of a number's change, list by list: statuses of our own messages before what people wrote. */
const NUMBER_FIELDS: Readonly<Record<string, Readonly<Record<string, NumberReader>>>> = {
  messages: {
    statuses: readStatus,
    messages: (message, accountRef, element, value) => readInbound(message, value, accountRef, element),
    // Of messages that could not be handed to us; a `messages` value may hold nothing else.
    errors: (error, _accountRef, element) => ({
      kind: 'ignored',
      element,
      what: `error:${wholeNumber(member(error, 'code')) ?? 'unknown'}`,
    }),
  },
  user_preferences: { user_preferences: readPreference },
};

const ACCOUNT_FIELDS: Readonly<Record<string, AccountReader>> = {
  message_template_status_update: readTemplateStatus,
  message_template_quality_update: readTemplateQuality,
  phone_number_quality_update: readNumberQuality,
  business_capability_update: readCapability,
  account_update: readAccount,
  account_review_update: readReview,
};

/**
 * The elements of one webhook: up to a thousand, over several entries, changes and lists, in the order of the body.
 * Each is read by itself: one that is wrong is reported under its position, and its neighbours are not touched.
 */
export function parseCloudWebhook(body: unknown): WebhookElement[] {
  const elements: WebhookElement[] = [];
  const entries = member(body, 'entry');
  if (!Array.isArray(entries)) {
    return [{ kind: 'unreadable', element: 0, reason: 'the body holds no list "entry"' }];
  }
  for (const entry of entries) {
    const changes = member(entry, 'changes');
    if (Array.isArray(changes)) for (const change of changes) readChange(change, entry, elements);
    else
      elements.push({
        kind: 'unreadable',
        element: elements.length,
        reason: 'an entry holds no list "changes"',
      });
  }
  return elements;
}

function readChange(change: unknown, entry: unknown, elements: WebhookElement[]): void {
  const field = wordOf(member(change, 'field'));
  const value = member(change, 'value');
  if (Object.hasOwn(NUMBER_FIELDS, field)) readLists(NUMBER_FIELDS[field]!, field, value, elements);
  else if (Object.hasOwn(ACCOUNT_FIELDS, field))
    elements.push(readAccountChange(field, value, entry, elements));
  else elements.push({ kind: 'ignored', element: elements.length, what: `change:${field}` });
}

function readLists(
  readers: Readonly<Record<string, NumberReader>>,
  field: string,
  value: unknown,
  elements: WebhookElement[],
): void {
  const accountRef = member(member(value, 'metadata'), 'phone_number_id');
  const before = elements.length;
  for (const [list, read] of Object.entries(readers)) {
    for (const entry of listOf(value, list)) elements.push(read(entry, accountRef, elements.length, value));
  }
  if (elements.length === before) {
    elements.push({ kind: 'ignored', element: before, what: `change:${field}` });
  }
}

function readAccountChange(
  field: string,
  value: unknown,
  entry: unknown,
  elements: readonly WebhookElement[],
): WebhookElement {
  const element = elements.length;
  const id = member(entry, 'id');
  const wabaRef = typeof id === 'number' ? String(id) : textOf(id);
  if (wabaRef === undefined)
    return { kind: 'unreadable', element, reason: `an entry of ${field} holds no id` };
  return ACCOUNT_FIELDS[field]!(value, wabaRef, element);
}
