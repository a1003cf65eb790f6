import type { WebhookElement } from '../webhook-element.js';
import { member, textOf, wholeNumber } from '../json-reader.js';
import { crowdOfJid, personOfKey } from './evolution-ids.js';
import { contextOf, inboundBody } from './evolution-inbound-body.js';
import type { EvolutionEvent } from './evolution-event.js';

/** A message as Evolution passes it on; every call of ours comes back as one too, with `fromMe`. */
export function readInbound({ data }: EvolutionEvent, element: number): WebhookElement {
  const key = member(data, 'key');
  const crowd = crowdOfJid(member(key, 'remoteJid'));
  if (crowd !== undefined) return { kind: 'ignored', element, what: crowd };
  if (member(key, 'fromMe') === true) return { kind: 'ignored', element, what: 'echo' };
  const content = member(data, 'message');
  // A call that was missed, or what could not be decrypted: there is nothing that somebody wrote.
  if (typeof content !== 'object' || content === null || Object.keys(content).length === 0) {
    return { kind: 'ignored', element, what: 'message without content' };
  }
  // Deleted, edited, or keys and settings between phones.
  if (member(content, 'protocolMessage') !== undefined) {
    return { kind: 'ignored', element, what: 'message:protocol' };
  }
  const providerId = textOf(member(key, 'id'));
  if (providerId === undefined) return { kind: 'unreadable', element, reason: 'a message holds no key.id' };
  const person = personOfKey(key as Record<string, unknown>);
  if (person === undefined) return { kind: 'unreadable', element, reason: 'key.remoteJid names nobody' };
  const at = instantOf(member(data, 'messageTimestamp'));
  if (at === undefined) return { kind: 'unreadable', element, reason: 'a message holds no messageTimestamp' };
  const context = contextOf(data);
  return {
    kind: 'inbound',
    element,
    accountRef: null,
    message: {
      providerId,
      ...person,
      profileName: textOf(member(data, 'pushName')) ?? null,
      at,
      body: inboundBody(data, providerId),
      replyTo: textOf(member(context, 'stanzaId')) ?? null,
      isForwarded: member(context, 'isForwarded') === true,
    },
  };
}

/** Seconds since 1970 as a number, as a text, or as the two halves of a 64-bit number. */
function instantOf(value: unknown): Date | undefined {
  const seconds = wholeNumber(value) ?? wholeNumber(member(value, 'low'));
  if (seconds === undefined || seconds <= 0 || seconds > 32_503_680_000) return undefined;
  return new Date(seconds * 1000);
}
