import type { InboundBody, InboundMedia } from '../inbound-message.js';
import { listOf, member, textOf, wordOf } from '../json-reader.js';

/** What a message says; a type without a form of its own, or one that is not whole, is kept as it came. */
export function inboundBody(message: unknown): InboundBody {
  const type = member(message, 'type');
  const part = typeof type === 'string' ? member(message, type) : undefined;
  return read(type, part) ?? { type: 'unknown', what: whatOf(message, type), raw: message };
}

function read(type: unknown, part: unknown): InboundBody | undefined {
  switch (type) {
    case 'text':
      return textBody(part);
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
    case 'sticker':
      return mediaBody(type, part);
    case 'location':
      return locationBody(part);
    case 'contacts':
      return contactsBody(part);
    case 'reaction':
      return reactionBody(part);
    case 'button':
      return replyBody('button', member(part, 'text'), member(part, 'payload'));
    case 'interactive':
      return interactiveBody(part);
    default:
      return undefined;
  }
}

function textBody(text: unknown): InboundBody | undefined {
  const body = member(text, 'body');
  return typeof body === 'string' ? { type: 'text', text: body } : undefined;
}

function mediaBody(type: InboundMedia['type'], media: unknown): InboundBody | undefined {
  const ref = textOf(member(media, 'id'));
  if (ref === undefined) return undefined;
  const mimeType = textOf(member(media, 'mime_type')) ?? null;
  const fileName = textOf(member(media, 'filename')) ?? null;
  const caption = textOf(member(media, 'caption')) ?? null;
  return { type: 'media', media: { type, ref, mimeType, fileName }, caption };
}

function locationBody(location: unknown): InboundBody | undefined {
  const latitude = Number(member(location, 'latitude') ?? NaN);
  const longitude = Number(member(location, 'longitude') ?? NaN);
  if (!Number.isFinite(latitude) || !Number.isFinite(longitude)) return undefined;
  const name = textOf(member(location, 'name')) ?? null;
  const address = textOf(member(location, 'address')) ?? null;
  return { type: 'location', latitude, longitude, name, address };
}

function contactsBody(contacts: unknown): InboundBody | undefined {
  if (!Array.isArray(contacts)) return undefined;
  return {
    type: 'contacts',
    contacts: contacts.map((contact) => ({
      name: textOf(member(member(contact, 'name'), 'formatted_name')) ?? '',
      phones: listOf(contact, 'phones').flatMap((phone) => textOf(member(phone, 'phone')) ?? []),
    })),
  };
}

/** Without an emoji, or with an empty one, the reaction was taken back. */
function reactionBody(reaction: unknown): InboundBody | undefined {
  const toProviderId = textOf(member(reaction, 'message_id'));
  if (toProviderId === undefined) return undefined;
  return { type: 'reaction', emoji: textOf(member(reaction, 'emoji')) ?? null, toProviderId };
}

function interactiveBody(interactive: unknown): InboundBody | undefined {
  const button = member(interactive, 'button_reply');
  if (button !== undefined) return replyBody('button', member(button, 'title'), member(button, 'id'));
  const row = member(interactive, 'list_reply');
  if (row !== undefined) return replyBody('list', member(row, 'title'), member(row, 'id'));
  const flow = member(interactive, 'nfm_reply');
  if (flow === undefined) return undefined;
  return replyBody('flow', member(flow, 'body'), member(flow, 'response_json'));
}

function replyBody(
  source: 'button' | 'list' | 'flow',
  text: unknown,
  payload: unknown,
): InboundBody | undefined {
  if (textOf(text) === undefined && textOf(payload) === undefined) return undefined;
  return { type: 'reply', source, text: textOf(text) ?? '', payload: textOf(payload) ?? null };
}

/** The type, and of what says more, that too: "system:user_changed_number", "interactive:call_permission_reply". */
function whatOf(message: unknown, type: unknown): string {
  const word = wordOf(type);
  const closer = member(member(message, word), 'type');
  return closer === undefined ? word : `${word}:${wordOf(closer)}`;
}
