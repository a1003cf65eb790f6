import type { TemplateElement, WebhookElement } from '../webhook-element.js';
import { member, textOf, wordOf } from '../json-reader.js';

/** message_template_status_update: the event is the status, but for two that are none. */
export function readTemplateStatus(value: unknown, wabaRef: string, element: number): WebhookElement {
  const event = wordOf(member(value, 'event')).toUpperCase();
  // It cannot be edited; whether it may be sent has not changed.
  if (event === 'LOCKED') return { kind: 'ignored', element, what: 'template:LOCKED' };
  const reason = reasonOf(value);
  return template(value, wabaRef, element, {
    status: event === 'UNARCHIVED' ? 'APPROVED' : event,
    ...(reason === undefined ? {} : { reason }),
  });
}

/** message_template_quality_update */
export function readTemplateQuality(value: unknown, wabaRef: string, element: number): WebhookElement {
  const quality = wordOf(member(value, 'new_quality_score')).toUpperCase();
  return template(value, wabaRef, element, { quality });
}

function template(
  value: unknown,
  wabaRef: string,
  element: number,
  said: Pick<TemplateElement, 'status' | 'quality' | 'reason'>,
): WebhookElement {
  const name = textOf(member(value, 'message_template_name'));
  const language = textOf(member(value, 'message_template_language'));
  if (name === undefined || language === undefined) {
    return { kind: 'unreadable', element, reason: 'a change of a template names none' };
  }
  return {
    kind: 'template',
    element,
    accountRef: null,
    wabaRef,
    name,
    // Written en-US in some of Meta's own examples, and en_US wherever templates are listed and sent.
    language: language.replace('-', '_'),
    ...said,
  };
}

/** What Meta says why, the most telling first; "NONE" is its word for nothing. */
function reasonOf(value: unknown): string | undefined {
  const said = [
    member(member(value, 'rejection_info'), 'reason'),
    member(member(value, 'other_info'), 'description'),
    member(member(value, 'other_info'), 'title'),
    member(value, 'reason'),
  ];
  const words = said.map(textOf).find((word) => word !== undefined && word !== 'NONE');
  return words?.slice(0, 500);
}
