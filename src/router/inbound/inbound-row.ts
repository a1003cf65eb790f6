import type { InboundBody, InboundMessage } from '../../channels/providers/inbound-message.js';
import { assertNever } from '../../common/assert-never.js';

/** A message to be stored, on the number that it was written to. */
export interface InboundRow {
  readonly workspaceId: string;
  readonly channelId: string;
  readonly eventId: string;
  readonly message: InboundMessage;
}

/** A message that was stored just now, with whose it is. */
export interface StoredInbound {
  readonly id: string;
  readonly workspaceId: string;
  readonly channelId: string;
  readonly contactId: string;
  readonly conversationId: string;
  readonly providerId: string;
  readonly recipient: string;
  readonly name: string | null;
  readonly isOptedOut: boolean;
  readonly type: string;
  readonly text: string;
  readonly body: InboundBody;
  readonly at: Date;
  /** From when the webhook came to when this was stored. */
  readonly waitedMs: number;
}

const LONGEST_TEXT = 8192;

/** Whom answers go to: the number, or the provider's id of a person who hides it. Undefined where neither is told. */
export function senderOf({ phone, userId }: InboundMessage): string | undefined {
  return phone ?? userId ?? undefined;
}

/** How a body is called in lists and rules: a file by its kind. */
export function typeOf(body: InboundBody): string {
  if (body.type === 'media') return body.media.type;
  return body.type === 'unknown' ? body.what : body.type;
}

/** What can be read of it: what keywords and rules look at, and what a list shows. */
export function textOf(body: InboundBody): string {
  switch (body.type) {
    case 'text':
    case 'reply':
      return storable(body.text);
    case 'media':
      return storable(body.caption ?? '');
    case 'location':
      return storable([body.name, body.address].filter((part) => part !== null).join(', '));
    case 'contacts':
      return storable(body.contacts.map(({ name }) => name).join(', '));
    case 'reaction':
      return storable(body.emoji ?? '');
    case 'unknown':
      return '';
    default:
      return assertNever(body);
  }
}

/** Postgres keeps no NUL, in texts or in JSON. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').slice(0, LONGEST_TEXT);
}

/** Written as JSON with every NUL left out, however deep it stands. */
export function storableJson(body: InboundBody): string {
  return JSON.stringify(body, (_key, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : value,
  );
}
