import { createHash } from 'node:crypto';
import { canonicalRecipient } from '../../../common/recipient.js';
import type { InboundMessage } from '../inbound-message.js';
import type { StatusUpdate, WebhookElement } from '../webhook-element.js';
import type { StatusWord, WebhookMapping } from './gateway-mapping.js';
import { jsonPath, textAt, valueAt } from './json-path.js';
import { OwnWords } from './own-words.js';

/** WhatsApp Web's own. */
const ACKS: Readonly<Record<string, StatusWord | 'pending'>> = {
  '-1': 'failed',
  '0': 'pending',
  '1': 'sent',
  '2': 'delivered',
  '3': 'read',
  '4': 'read',
};
const NOT_A_PERSON = /@(?:g\.us|broadcast|newsletter)$/i;
const HIDDEN_NUMBER = /@lid$/i;
const MOST_ELEMENTS = 1_000;
const LATEST_MS = 32_503_680_000_000;
const WORDS = new OwnWords([]);

/** The elements of one body: one, a list of them, or a list within. Nobody says which number it is for. */
export function parseGatewayWebhook(body: unknown, mapping: WebhookMapping, now: Date): WebhookElement[] {
  const list = mapping.list.map((path) => valueAt(body, jsonPath(path))).find(Array.isArray) ?? body;
  const elements = Array.isArray(list) ? (list as unknown[]).slice(0, MOST_ELEMENTS) : [list];
  return elements.map((element, index) => readElement(element, index, mapping, now));
}

function readElement(value: unknown, element: number, mapping: WebhookMapping, now: Date): WebhookElement {
  if (typeof value !== 'object' || value === null)
    return { kind: 'unreadable', element, reason: 'an element is no object' };
  const word = wordOf(value, mapping);
  const providerId = read(value, mapping.id);
  const at = instantIn(read(value, mapping.at)) ?? now;
  if (word !== undefined && providerId !== undefined) {
    const status = Object.hasOwn(mapping.words, word) ? mapping.words[word] : ACKS[word];
    if (status === undefined || status === 'pending')
      return { kind: 'ignored', element, what: `status:${shortWord(word)}` };
    const correlationId = read(value, mapping.correlation) ?? null;
    const placed = {
      kind: 'status',
      element,
      accountRef: null,
      providerId,
      correlationId,
      status,
      at,
    } as const;
    return status === 'failed' ? { ...placed, ...failureOf(value, mapping) } : placed;
  }
  return readInbound(value, element, mapping, at);
}

/** In lower case, as the words of a mapping are kept. */
function wordOf(value: unknown, mapping: WebhookMapping): string | undefined {
  const ack = read(value, mapping.ack);
  if (ack !== undefined && Object.hasOwn(ACKS, ack)) return ack;
  const word = read(value, mapping.word)?.toLowerCase();
  // "1" may be anything here: only a mapping that names numbers says what they mean.
  return word !== undefined && Object.hasOwn(ACKS, word) && !Object.hasOwn(mapping.words, word)
    ? `number ${word}`
    : word;
}

function failureOf(value: unknown, mapping: WebhookMapping): Pick<StatusUpdate, 'code' | 'reason'> {
  const said = read(value, mapping.reason) ?? '';
  return {
    code: 'failed',
    reason: WORDS.after('The service reported a failure.', said, undefined),
  };
}

function readInbound(value: unknown, element: number, mapping: WebhookMapping, at: Date): WebhookElement {
  const from = read(value, mapping.from);
  if (from === undefined) return { kind: 'ignored', element, what: 'element' };
  if (NOT_A_PERSON.test(from)) return { kind: 'ignored', element, what: 'message:group' };
  const isOurs = mapping.fromMe.some((path) => valueAt(value, jsonPath(path)) === true);
  if (isOurs) return { kind: 'ignored', element, what: 'message:echo' };
  const text = read(value, mapping.text);
  const message: InboundMessage = {
    providerId: read(value, mapping.id) ?? madeUpId(value),
    ...senderOf(from),
    profileName: read(value, mapping.name) ?? null,
    at,
    body: text === undefined ? { type: 'unknown', what: 'message', raw: value } : { type: 'text', text },
    replyTo: null,
    isForwarded: false,
  };
  if (message.phone === null && message.userId === null)
    return { kind: 'unreadable', element, reason: 'the sender is no phone number' };
  return { kind: 'inbound', element, accountRef: null, message };
}

function senderOf(from: string): Pick<InboundMessage, 'phone' | 'userId' | 'alias'> {
  if (HIDDEN_NUMBER.test(from)) return { phone: null, userId: from, alias: null };
  const written = from.replace(/(?::\d+)?@(?:c\.us|s\.whatsapp\.net)$/i, '');
  const digits = written.replace(/\D/g, '');
  const canonical = canonicalRecipient(`+${digits}`);
  if (!canonical.ok) return { phone: null, userId: null, alias: null };
  const isAlias = canonical.recipient !== `+${digits}`;
  return { phone: canonical.recipient, userId: null, alias: isAlias ? digits : null };
}

/** Without an id of its own, a message is known by all that it holds; one that says the same at the same time is it. */
function madeUpId(value: unknown): string {
  return `sha256:${createHash('sha256').update(JSON.stringify(value)).digest('base64url')}`;
}

/** Seconds, milliseconds, or a date as text. */
function instantIn(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const number = /^\d{9,14}(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
  const atMs = number === undefined ? Date.parse(text) : number < 1e11 ? number * 1000 : number;
  return Number.isNaN(atMs) || atMs <= 0 || atMs > LATEST_MS ? undefined : new Date(Math.floor(atMs));
}

function read(value: unknown, paths: readonly string[]): string | undefined {
  return textAt(value, paths.map(jsonPath));
}

/** A word of the body that goes into our own records. */
function shortWord(word: string): string {
  return /^[\w -]{1,60}$/.test(word) ? word : 'unknown';
}
