import type { InboundBody, InboundMedia } from '../inbound-message.js';
import { listOf, member, textOf, wordOf } from '../json-reader.js';
import { contactOfVcard } from './vcard.js';

/** Messages within messages: what disappears, what is shown once, and a document with words below it. */
const WRAPPERS = [
  'ephemeralMessage',
  'viewOnceMessage',
  'viewOnceMessageV2',
  'viewOnceMessageV2Extension',
  'documentWithCaptionMessage',
] as const;

const MEDIA_TYPES: Readonly<Record<string, InboundMedia['type']>> = {
  imageMessage: 'image',
  videoMessage: 'video',
  ptvMessage: 'video',
  audioMessage: 'audio',
  documentMessage: 'document',
  stickerMessage: 'sticker',
};

type Reader = (part: unknown) => InboundBody | undefined;

const READERS: Readonly<Record<string, Reader>> = {
  conversation: (part) => (typeof part === 'string' ? { type: 'text', text: part } : undefined),
  extendedTextMessage: (part) => {
    const text = member(part, 'text');
    return typeof text === 'string' ? { type: 'text', text } : undefined;
  },
  locationMessage,
  liveLocationMessage: locationMessage,
  contactMessage: (part) => contactsBody([part]),
  contactsArrayMessage: (part) => contactsBody(listOf(part, 'contacts')),
  reactionMessage: (part) => {
    const toProviderId = textOf(member(member(part, 'key'), 'id'));
    if (toProviderId === undefined) return undefined;
    return { type: 'reaction', emoji: textOf(member(part, 'text')) ?? null, toProviderId };
  },
  buttonsResponseMessage: (part) =>
    replyBody('button', member(part, 'selectedDisplayText'), member(part, 'selectedButtonId')),
  templateButtonReplyMessage: (part) =>
    replyBody('button', member(part, 'selectedDisplayText'), member(part, 'selectedId')),
  listResponseMessage: (part) =>
    replyBody('list', member(part, 'title'), member(member(part, 'singleSelectReply'), 'selectedRowId')),
  interactiveResponseMessage: (part) =>
    replyBody(
      'flow',
      member(member(part, 'body'), 'text'),
      member(member(part, 'nativeFlowResponseMessage'), 'paramsJson'),
    ),
};

/** What a message says; `providerId` is by what its file is asked for. */
export function inboundBody(data: unknown, providerId: string): InboundBody {
  const message = unwrapped(member(data, 'message'));
  for (const [name, read] of Object.entries(READERS)) {
    const part = member(message, name);
    const body = part === undefined || part === null ? undefined : read(part);
    if (body !== undefined) return body;
  }
  for (const [name, type] of Object.entries(MEDIA_TYPES)) {
    const part = member(message, name);
    if (typeof part === 'object' && part !== null) return mediaBody(type, part, providerId);
  }
  return { type: 'unknown', what: wordOf(member(data, 'messageType')), raw: data };
}

/** Where the answered message and forwarding stand: beside the message, or within its one part. */
export function contextOf(data: unknown): unknown {
  const beside = member(data, 'contextInfo');
  if (typeof beside === 'object' && beside !== null) return beside;
  const message = unwrapped(member(data, 'message'));
  const parts = typeof message === 'object' && message !== null ? Object.values(message) : [];
  return parts.map((part) => member(part, 'contextInfo')).find((context) => context !== undefined);
}

function unwrapped(message: unknown): unknown {
  for (const name of WRAPPERS) {
    const inner = member(member(message, name), 'message');
    if (typeof inner === 'object' && inner !== null) return unwrapped(inner);
  }
  return message;
}

function mediaBody(type: InboundMedia['type'], part: unknown, ref: string): InboundBody {
  const mimeType = textOf(member(part, 'mimetype')) ?? textOf(member(part, 'mime_type')) ?? null;
  const fileName = textOf(member(part, 'fileName')) ?? textOf(member(part, 'filename')) ?? null;
  const caption = textOf(member(part, 'caption')) ?? null;
  return { type: 'media', media: { type, ref, mimeType, fileName }, caption };
}

function locationMessage(part: unknown): InboundBody | undefined {
  const latitude = member(part, 'degreesLatitude');
  const longitude = member(part, 'degreesLongitude');
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined;
  const name = textOf(member(part, 'name')) ?? null;
  const address = textOf(member(part, 'address')) ?? null;
  return { type: 'location', latitude, longitude, name, address };
}

function contactsBody(cards: readonly unknown[]): InboundBody {
  return { type: 'contacts', contacts: cards.map(contactOfVcard) };
}

function replyBody(
  source: 'button' | 'list' | 'flow',
  text: unknown,
  payload: unknown,
): InboundBody | undefined {
  if (textOf(text) === undefined && textOf(payload) === undefined) return undefined;
  return { type: 'reply', source, text: textOf(text) ?? '', payload: textOf(payload) ?? null };
}
