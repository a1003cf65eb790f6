import type { StatusUpdate, WebhookElement } from '../webhook-element.js';
import { member } from '../json-reader.js';
import { statusOfAck } from './waha-ack.js';
import { reasonOfAck } from './waha-errors.js';
import { messageIdPart } from './waha-ids.js';
import { readInbound, readReaction } from './waha-inbound.js';
import { wahaSessionState } from './waha-session.js';

/** Whose address was called; both undefined where the address was not one channel's. */
export interface WahaChannel {
  readonly session: string | undefined;
  readonly accountRef: string | null;
}

/** Chats that are not one person's. */
const NOT_A_PERSON = /@(?:g\.us|broadcast|newsletter)$/;
/** A delivery is one event, and its one element. */
const ELEMENT = 0;

/**
 * One event a body. A WAHA may post the events of all its sessions to one address, so each names its own; ids are cut to
 * the part that answers and acks share.
 */
export function parseWahaWebhook(body: unknown, channel: WahaChannel, receivedAt: Date): WebhookElement[] {
  const event = member(body, 'event');
  if (typeof event !== 'string') return [unreadable('the body holds no word "event"')];
  const session = member(body, 'session');
  if (channel.session !== undefined && session !== channel.session) return [ignored('session:other')];
  const payload = member(body, 'payload');
  const placed = { element: ELEMENT, accountRef: channel.accountRef };
  // In the event's own time; older versions give none.
  const saidAt = timeOf(member(body, 'timestamp'), 1);
  switch (event) {
    case 'message':
    case 'message.any':
    case 'message.reaction':
      return [readMessage(event, payload, placed, saidAt ?? receivedAt)];
    case 'message.ack':
      return [readAck(payload, placed, saidAt ?? receivedAt)];
    case 'session.status':
      return [readSession(payload, placed, saidAt)];
    default:
      return [ignored(`event:${word(event)}`)];
  }
}

type Placed = Pick<StatusUpdate, 'element' | 'accountRef'>;

function readMessage(event: string, payload: unknown, placed: Placed, toldAt: Date): WebhookElement {
  if (member(payload, 'fromMe') === true) return ignored('message:own');
  if (isOfNoPerson(payload)) return ignored('message:not_a_person');
  const at = timeOf(member(payload, 'timestamp'), 1000) ?? toldAt;
  const read = event === 'message.reaction' ? readReaction(payload, at) : readInbound(payload, at);
  return typeof read === 'string' ? unreadable(read) : { ...placed, kind: 'inbound', message: read };
}

function readAck(payload: unknown, placed: Placed, at: Date): WebhookElement {
  // The stub of a call that came in is acked too, with -1 (devlikeapro/waha#840): only our own messages count.
  if (member(payload, 'fromMe') !== true) return ignored('ack:not_ours');
  if (isOfNoPerson(payload)) return ignored('ack:not_a_person');
  const providerId = messageIdPart(member(payload, 'id'));
  if (providerId === undefined) return unreadable('an ack holds no id of a message');
  const status = statusOfAck(payload);
  if (status === undefined) return ignored(`ack:${word(member(payload, 'ackName'))}`);
  const update = {
    ...placed,
    kind: 'status',
    providerId,
    correlationId: null,
    at,
  } as const;
  if (status !== 'failed') return { ...update, status };
  const code = codeOf(payload);
  return { ...update, status, code, reason: reasonOfAck(code) };
}

/** Newer versions name WhatsApp's code: `error: { code: "463", … }`. */
function codeOf(payload: unknown): string {
  const code = String(member(member(payload, 'error'), 'code'));
  return /^\d{3}$/.test(code) ? code : 'ack_error';
}

function readSession(payload: unknown, placed: Placed, saidAt: Date | null): WebhookElement {
  const status = member(payload, 'status');
  if (typeof status !== 'string') return unreadable('a session holds no word "status"');
  const state = wahaSessionState(status);
  if (state === undefined) return ignored(`session:${word(status)}`);
  return { ...placed, ...state, kind: 'session', code: status, at: timeOfLast(payload) ?? saidAt };
}

/** The newest of the statuses that are listed is the one that is told. */
function timeOfLast(payload: unknown): Date | null {
  const statuses = member(payload, 'statuses');
  return Array.isArray(statuses) ? timeOf(member(statuses.at(-1), 'timestamp'), 1) : null;
}

function isOfNoPerson(payload: unknown): boolean {
  return ['from', 'to'].some((name) => NOT_A_PERSON.test(String(member(payload, name))));
}

function timeOf(value: unknown, unitMs: number): Date | null {
  const ms = typeof value === 'number' ? value * unitMs : Number.NaN;
  return ms > 0 && ms < 32_503_680_000_000 ? new Date(ms) : null;
}

function ignored(what: string): WebhookElement {
  return { kind: 'ignored', element: ELEMENT, what };
}

function unreadable(reason: string): WebhookElement {
  return { kind: 'unreadable', element: ELEMENT, reason };
}

/** A word of the body that goes into our own records: short, and nothing but letters. */
function word(value: unknown): string {
  return typeof value === 'string' && /^[\w.]{1,60}$/.test(value) ? value : 'unknown';
}
