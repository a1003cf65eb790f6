import type { WebhookElement } from '../webhook-element.js';
import { member, wholeNumber } from './cloud-answer.js';
import { cloudError, cloudReason } from './cloud-errors.js';

/** Meta's words; `played` is a voice message that was listened to, which is read and more. */
const STATUS_WORDS: Readonly<Record<string, 'sent' | 'delivered' | 'read' | 'failed'>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  played: 'read',
  failed: 'failed',
};

/**
 * The elements of one webhook: up to a thousand, over several entries, changes and lists, in the order of the body.
 * Each is read by itself: one that is wrong is reported under its position, and its neighbours are not touched.
 */
export function parseCloudWebhook(body: unknown): WebhookElement[] {
  const updates: WebhookElement[] = [];
  const entries = member(body, 'entry');
  if (!Array.isArray(entries)) {
    return [{ kind: 'unreadable', element: 0, reason: 'the body holds no list "entry"' }];
  }
  for (const entry of entries) {
    const changes = member(entry, 'changes');
    if (Array.isArray(changes)) for (const change of changes) readChange(change, updates);
    else
      updates.push({
        kind: 'unreadable',
        element: updates.length,
        reason: 'an entry holds no list "changes"',
      });
  }
  return updates;
}

function readChange(change: unknown, updates: WebhookElement[]): void {
  const field = member(change, 'field');
  const value = member(change, 'value');
  if (field !== 'messages') {
    updates.push({ kind: 'ignored', element: updates.length, what: `change:${word(field)}` });
    return;
  }
  const accountRef = member(member(value, 'metadata'), 'phone_number_id');
  const before = updates.length;
  for (const status of listOf(value, 'statuses'))
    updates.push(readStatus(status, accountRef, updates.length));
  for (const message of listOf(value, 'messages')) {
    updates.push({
      kind: 'ignored',
      element: updates.length,
      what: `message:${word(member(message, 'type'))}`,
    });
  }
  for (const _error of listOf(value, 'errors')) {
    updates.push({ kind: 'ignored', element: updates.length, what: 'error' });
  }
  if (updates.length === before) updates.push({ kind: 'ignored', element: before, what: 'change:messages' });
}

function readStatus(status: unknown, accountRef: unknown, element: number): WebhookElement {
  const said = member(status, 'status');
  if (typeof said !== 'string')
    return { kind: 'unreadable', element, reason: 'a status holds no word "status"' };
  const known = Object.hasOwn(STATUS_WORDS, said) ? STATUS_WORDS[said] : undefined;
  if (known === undefined) return { kind: 'ignored', element, what: `status:${word(said)}` };
  if (typeof accountRef !== 'string' || accountRef === '') {
    return { kind: 'unreadable', element, reason: 'metadata.phone_number_id is missing' };
  }
  const providerId = member(status, 'id');
  if (typeof providerId !== 'string' || providerId === '') {
    return { kind: 'unreadable', element, reason: 'a status holds no id' };
  }
  const seconds = wholeNumber(member(status, 'timestamp'));
  if (seconds === undefined || seconds <= 0 || seconds > 32_503_680_000) {
    return { kind: 'unreadable', element, reason: 'a status holds no timestamp' };
  }
  const correlationId = member(status, 'biz_opaque_callback_data');
  return {
    kind: 'status',
    element,
    accountRef,
    providerId,
    correlationId: typeof correlationId === 'string' && correlationId !== '' ? correlationId : null,
    status: known,
    at: new Date(seconds * 1000),
    ...(known === 'failed' ? failureOf(status) : {}),
  };
}

/** `errors[]` may be missing, hold only a code and a title, or have its details at the top. */
function failureOf(status: unknown): { code: string; reason: string; suppress?: boolean } {
  const [error] = listOf(status, 'errors');
  const code = wholeNumber(member(error, 'code'));
  const title = member(error, 'title');
  if (code === undefined)
    return { code: 'failed', reason: 'WhatsApp reported a failure without saying which.' };
  return {
    code: String(code),
    reason: cloudReason(code, typeof title === 'string' ? title : undefined),
    ...(cloudError(code)?.suppress ? { suppress: true } : {}),
  };
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = member(value, name);
  return Array.isArray(list) ? list : [];
}

/** A word of the body that goes into our own records: short, and nothing but letters. */
function word(value: unknown): string {
  return typeof value === 'string' && /^\w{1,60}$/.test(value) ? value : 'unknown';
}
