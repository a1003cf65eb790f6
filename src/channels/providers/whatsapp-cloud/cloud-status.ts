import type { WebhookElement } from '../webhook-element.js';
import { instantOf, listOf, member, textOf, wholeNumber, wordOf } from '../json-reader.js';
import { cloudError, cloudReason } from './cloud-errors.js';

/** Meta's words; `played` is a voice message that was listened to, which is read and more. */
const STATUS_WORDS: Readonly<Record<string, 'sent' | 'delivered' | 'read' | 'failed'>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  played: 'read',
  failed: 'failed',
};

/** One entry of `statuses`. Whom the message was for is not read: our id or Meta's says which message it is. */
export function readStatus(status: unknown, accountRef: unknown, element: number): WebhookElement {
  const said = member(status, 'status');
  if (typeof said !== 'string')
    return { kind: 'unreadable', element, reason: 'a status holds no word "status"' };
  const known = Object.hasOwn(STATUS_WORDS, said) ? STATUS_WORDS[said] : undefined;
  if (known === undefined) return { kind: 'ignored', element, what: `status:${wordOf(said)}` };
  if (typeof accountRef !== 'string' || accountRef === '') {
    return { kind: 'unreadable', element, reason: 'metadata.phone_number_id is missing' };
  }
  const providerId = textOf(member(status, 'id'));
  if (providerId === undefined) return { kind: 'unreadable', element, reason: 'a status holds no id' };
  const at = instantOf(member(status, 'timestamp'));
  if (at === undefined) return { kind: 'unreadable', element, reason: 'a status holds no timestamp' };
  return {
    kind: 'status',
    element,
    accountRef,
    providerId,
    correlationId: textOf(member(status, 'biz_opaque_callback_data')) ?? null,
    status: known,
    at,
    ...(known === 'failed' ? failureOf(status) : {}),
  };
}

/** `errors[]` may be missing, hold only a code and a title, or have its details at the top. */
function failureOf(status: unknown): { code: string; reason: string; suppress?: boolean } {
  const [error] = listOf(status, 'errors');
  const code = wholeNumber(member(error, 'code'));
  if (code === undefined)
    return { code: 'failed', reason: 'WhatsApp reported a failure without saying which.' };
  return {
    code: String(code),
    reason: cloudReason(code, textOf(member(error, 'title'))),
    ...(cloudError(code)?.suppress ? { suppress: true } : {}),
  };
}
