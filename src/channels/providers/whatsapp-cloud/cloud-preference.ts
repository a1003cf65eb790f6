import type { WebhookElement } from '../webhook-element.js';
import { instantOf, member, textOf, wordOf } from '../json-reader.js';
import { personOf } from './cloud-person.js';

/** One entry of `user_preferences`: somebody told WhatsApp whether they want marketing of this business. */
export function readPreference(preference: unknown, accountRef: unknown, element: number): WebhookElement {
  const category = member(preference, 'category');
  const value = member(preference, 'value');
  if (category !== 'marketing_messages' || !(value === 'stop' || value === 'resume' || value === 'signup')) {
    return { kind: 'ignored', element, what: `preference:${wordOf(category)}:${wordOf(value)}` };
  }
  const ref = textOf(accountRef);
  if (ref === undefined) {
    return { kind: 'unreadable', element, reason: 'metadata.phone_number_id is missing' };
  }
  const { phone, userId } = personOf(member(preference, 'wa_id'), member(preference, 'user_id'));
  const person = phone ?? userId;
  if (person === null) return { kind: 'unreadable', element, reason: 'a preference says of nobody' };
  const at = instantOf(member(preference, 'timestamp'));
  if (at === undefined) return { kind: 'unreadable', element, reason: 'a preference holds no timestamp' };
  return {
    kind: 'preference',
    element,
    accountRef: ref,
    person,
    category: 'marketing',
    wants: value === 'stop' ? 'stop' : 'resume',
    at,
  };
}
