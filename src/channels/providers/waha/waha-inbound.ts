import { canonicalRecipient } from '../../../common/recipient.js';
import type { InboundBody, InboundMessage } from '../inbound-message.js';
import { member } from '../json-reader.js';
import { hiddenIdOfChat, messageIdPart, phoneOfChat } from './waha-ids.js';
import { readMedia } from './waha-media.js';
import { readVCard } from './waha-vcard.js';

/** What somebody wrote; a text where it cannot be read, saying why. */
export function readInbound(payload: unknown, at: Date): InboundMessage | string {
  return inbound(payload, at, bodyOf(payload));
}

/** Somebody reacted to a message; an empty text takes the reaction back. */
export function readReaction(payload: unknown, at: Date): InboundMessage | string {
  const reaction = member(payload, 'reaction');
  const toProviderId = messageIdPart(member(reaction, 'messageId'));
  if (toProviderId === undefined) return 'a reaction names no message';
  const emoji = text(member(reaction, 'text'));
  return inbound(payload, at, { type: 'reaction', emoji, toProviderId });
}

function inbound(payload: unknown, at: Date, body: InboundBody): InboundMessage | string {
  const providerId = messageIdPart(member(payload, 'id'));
  if (providerId === undefined) return 'a message holds no id';
  const from = member(payload, 'from');
  const raw = member(payload, '_data');
  const userId = hiddenIdOfChat(from) ?? null;
  const digits = phoneOfChat(from) ?? phoneBehind(raw);
  if (digits === undefined && userId === null) return 'a message does not say who wrote it';
  const canonical = digits === undefined ? undefined : canonicalRecipient(`+${digits}`);
  const phone = digits === undefined ? null : canonical?.ok === true ? canonical.recipient : `+${digits}`;
  return {
    providerId,
    phone,
    userId,
    alias: phone === null || phone === `+${digits}` ? null : digits!,
    profileName: profileNameIn(raw),
    at,
    body,
    replyTo: messageIdPart(member(member(payload, 'replyTo'), 'id')) ?? null,
    isForwarded: member(raw, 'isForwarded') === true,
  };
}

/** The number behind an "@lid", which NOWEB and GOWS tell in the raw message where WhatsApp does. */
function phoneBehind(raw: unknown): string | undefined {
  const key = member(raw, 'key');
  const info = member(raw, 'Info');
  const places = [
    member(key, 'remoteJidAlt'),
    member(key, 'senderPn'),
    member(info, 'SenderAlt'),
    member(raw, 'senderPn'),
  ];
  return places.map(phoneOfChat).find((phone) => phone !== undefined);
}

function profileNameIn(raw: unknown): string | null {
  const name =
    member(raw, 'pushName') ?? member(raw, 'notifyName') ?? member(member(raw, 'Info'), 'PushName');
  return text(name)?.slice(0, 200) ?? null;
}

function bodyOf(payload: unknown): InboundBody {
  const said = text(member(payload, 'body'));
  const media = readMedia(member(payload, 'media'), member(payload, '_data'));
  if (media !== null) return { type: 'media', media, caption: said };
  const location = locationOf(member(payload, 'location'));
  if (location !== null) return location;
  const cards = member(payload, 'vCards');
  if (Array.isArray(cards) && cards.length > 0) return { type: 'contacts', contacts: cards.map(readVCard) };
  if (member(payload, 'hasMedia') === true) return unknownBody(payload, 'media_not_kept');
  return said === null ? unknownBody(payload, 'empty') : { type: 'text', text: said };
}

function locationOf(location: unknown): InboundBody | null {
  const latitude = Number(member(location, 'latitude') ?? Number.NaN);
  const longitude = Number(member(location, 'longitude') ?? Number.NaN);
  if (Number.isNaN(latitude) || Number.isNaN(longitude)) return null;
  const name = text(member(location, 'name')) ?? text(member(location, 'description'));
  return { type: 'location', latitude, longitude, name, address: text(member(location, 'address')) };
}

/** Without `_data`: the raw message of the engine holds previews and keys, and stays in the stored body. */
function unknownBody(payload: unknown, what: string): InboundBody {
  const { _data, ...raw } = payload as Record<string, unknown>;
  return { type: 'unknown', what, raw };
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
