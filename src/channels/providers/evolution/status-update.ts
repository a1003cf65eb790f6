import type { WebhookElement } from '../webhook-element.js';
import { member, textOf, wordOf } from '../json-reader.js';
import { crowdOfJid } from './evolution-ids.js';
import { FAILED_AT_WHATSAPP, statusOfWord } from './evolution-status.js';
import type { EvolutionEvent } from './evolution-event.js';

/** "messages.update": `{ keyId, remoteJid, fromMe, status, … }`, in version 1 with `id` in place of `keyId`. */
export function readStatusUpdate({ data, at, isBusiness }: EvolutionEvent, element: number): WebhookElement {
  const crowd = crowdOfJid(member(data, 'remoteJid'));
  if (crowd !== undefined) return { kind: 'ignored', element, what: crowd };
  // That one of ours was read by us says nothing: these are messages that people wrote.
  if (!isBusiness && member(data, 'fromMe') !== true) {
    return { kind: 'ignored', element, what: 'status of a received message' };
  }
  const word = member(data, 'status');
  const status = statusOfWord(word);
  if (status === undefined) return { kind: 'ignored', element, what: `status:${wordOf(word)}` };
  const providerId = textOf(member(data, 'keyId')) ?? textOf(member(data, 'id'));
  if (providerId === undefined) return { kind: 'unreadable', element, reason: 'a status holds no keyId' };
  return {
    kind: 'status',
    element,
    accountRef: null,
    providerId,
    correlationId: null,
    status,
    at: saidInstant(data) ?? at,
    ...(status === 'failed' ? FAILED_AT_WHATSAPP : {}),
  };
}

/** Version 1 gives the milliseconds since 1970. */
function saidInstant(data: unknown): Date | undefined {
  const ms = member(data, 'datetime');
  return typeof ms === 'number' && ms > 0 && ms < 32_503_680_000_000 ? new Date(ms) : undefined;
}
