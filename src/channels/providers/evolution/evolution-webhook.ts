import type { WebhookElement } from '../webhook-element.js';
import { member, textOf, wordOf } from '../json-reader.js';
import { eventInstant } from './event-instant.js';
import type { EvolutionEvent } from './evolution-event.js';
import { readInbound } from './evolution-inbound.js';
import { readSessionEvent } from './session-events.js';
import { readStatusUpdate } from './status-update.js';

/**
 * The elements of one webhook: `{ event, instance, data, date_time, … }`, one event a call. `data` is one element, or a
 * list of them in some versions. An address may get the events of all instances of a server (its global webhook); those
 * of others are left alone.
 */
export function parseEvolutionWebhook(
  body: unknown,
  settings: Readonly<Record<string, unknown>>,
  receivedAtMs: number,
): WebhookElement[] {
  const said = textOf(member(body, 'event'));
  if (said === undefined) return [{ kind: 'unreadable', element: 0, reason: 'the body names no event' }];
  const instance = textOf(settings['instance']);
  if (instance !== undefined && member(body, 'instance') !== instance) {
    return [{ kind: 'ignored', element: 0, what: 'event of another instance' }];
  }
  const data = member(body, 'data');
  const elements: readonly unknown[] = Array.isArray(data) ? data : [data];
  const event = {
    name: said.toLowerCase().replace(/[_-]/g, '.'),
    at: eventInstant(member(body, 'date_time'), receivedAtMs),
    isBusiness: settings['integration'] === 'WHATSAPP-BUSINESS',
  };
  return elements.map((one, element) => readEvent({ ...event, data: one }, element));
}

function readEvent(event: EvolutionEvent, element: number): WebhookElement {
  switch (event.name) {
    case 'messages.update':
      return readStatusUpdate(event, element);
    case 'messages.upsert':
      return readInbound(event, element);
    case 'send.message':
      return { kind: 'ignored', element, what: 'echo' };
    case 'connection.update':
    case 'qrcode.updated':
    case 'status.instance':
    case 'logout.instance':
    case 'remove.instance':
      return readSessionEvent(event, element);
    default:
      return { kind: 'ignored', element, what: `event:${wordOf(event.name.replace(/\./g, '_'))}` };
  }
}
