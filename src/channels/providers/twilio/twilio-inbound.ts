import { canonicalRecipient } from '../../../common/recipient.js';
import type { InboundBody, InboundMedia, InboundMessage } from '../inbound-message.js';
import { parseJson } from '../json-reader.js';
import type { WebhookElement } from '../webhook-element.js';

/** What somebody wrote; and, where Twilio keeps opt-outs itself, that they were opted out or in by it. */
export function readInbound(
  form: URLSearchParams,
  providerId: string,
  accountRef: string | null,
  at: Date,
): WebhookElement[] {
  const { phone, userId, alias } = senderOf(form);
  const person = phone ?? userId;
  if (person === null) {
    return [{ kind: 'unreadable', element: 0, reason: 'From names neither a number nor a person' }];
  }
  const message: WebhookElement = {
    kind: 'inbound',
    element: 0,
    accountRef,
    message: {
      providerId,
      phone,
      userId,
      alias,
      profileName: textOf(form, 'ProfileName'),
      at,
      body: bodyOf(form),
      replyTo: textOf(form, 'OriginalRepliedMessageSid'),
      isForwarded: form.get('Forwarded') === 'true' || form.get('FrequentlyForwarded') === 'true',
      ...referralOf(form),
    },
  };
  const wants = { STOP: 'stop', START: 'resume' }[form.get('OptOutType') ?? ''] as
    'stop' | 'resume' | undefined;
  if (wants === undefined) return [message];
  return [message, { kind: 'preference', element: 1, accountRef, person, category: 'marketing', wants, at }];
}

/** `From` is a number, or the business-scoped id of a person who hides it; ExternalUserId is that id beside a number. */
function senderOf(form: URLSearchParams): {
  phone: string | null;
  userId: string | null;
  alias: string | null;
} {
  const from = channelAddress(form, 'From');
  const waId = textOf(form, 'WaId');
  const canonical = from !== null && /^\+\d{5,20}$/.test(from) ? canonicalRecipient(from) : undefined;
  // A number that no numbering plan knows is WhatsApp's own all the same.
  const phone = canonical === undefined ? null : canonical.ok ? canonical.recipient : from;
  const userId = channelAddress(form, 'ExternalUserId') ?? (phone === null ? from : null);
  const alias = waId ?? (phone === null ? null : from!.slice(1));
  return { phone, userId, alias: alias === phone?.slice(1) ? null : alias };
}

/** The advertisement that a person came from. */
function referralOf(form: URLSearchParams): Pick<InboundMessage, 'referral'> {
  const referral = {
    sourceType: textOf(form, 'ReferralSourceType'),
    sourceId: textOf(form, 'ReferralSourceId'),
    sourceUrl: textOf(form, 'ReferralSourceUrl'),
    headline: textOf(form, 'ReferralHeadline'),
    clickId: textOf(form, 'ReferralCtwaClid'),
  };
  return Object.values(referral).every((value) => value === null) ? {} : { referral };
}

function bodyOf(form: URLSearchParams): InboundBody {
  const text = textOf(form, 'Body');
  const type = form.get('MessageType') ?? '';
  const payload = textOf(form, 'ButtonPayload');
  const button = textOf(form, 'ButtonText') ?? (payload === null ? null : text);
  if (button !== null) return { type: 'reply', source: 'button', text: button, payload };
  const row = textOf(form, 'ListId');
  if (row !== null) {
    return { type: 'reply', source: 'list', text: textOf(form, 'ListTitle') ?? text ?? row, payload: row };
  }
  const flow = textOf(form, 'InteractiveData') ?? textOf(form, 'FlowData');
  if (flow !== null) return { type: 'reply', source: 'flow', text: text ?? '', payload: flow };
  const location = locationOf(form);
  if (location !== undefined) return location;
  const media = mediaOf(form, type);
  if (media !== undefined) return { type: 'media', media, caption: text };
  const repliedTo = textOf(form, 'OriginalRepliedMessageSid');
  if (type === 'reaction' && repliedTo !== null) {
    return { type: 'reaction', emoji: text, toProviderId: repliedTo };
  }
  if (text !== null) return { type: 'text', text };
  return { type: 'unknown', what: /^\w{1,40}$/.test(type) ? type : 'empty', raw: rawOf(form) };
}

function locationOf(form: URLSearchParams): InboundBody | undefined {
  const [latitude, longitude] = [form.get('Latitude'), form.get('Longitude')].map(Number) as [number, number];
  if (!form.get('Latitude') || !form.get('Longitude')) return undefined;
  if (!(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180)) return undefined;
  return {
    type: 'location',
    latitude,
    longitude,
    name: textOf(form, 'Label'),
    address: textOf(form, 'Address'),
  };
}

const MEDIA_TYPES: Readonly<Record<string, InboundMedia['type']>> = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  voice: 'audio',
  sticker: 'sticker',
  document: 'document',
};

/** WhatsApp has one file in a message. A contact that was shared comes as a file too, of the type text/vcard. */
function mediaOf(form: URLSearchParams, type: string): InboundMedia | undefined {
  const ref = textOf(form, 'MediaUrl0');
  if (ref === null) return undefined;
  const mimeType = textOf(form, 'MediaContentType0')?.toLowerCase() ?? null;
  const family = mimeType?.split('/', 1)[0] ?? '';
  const known = MEDIA_TYPES[type] ?? (family in MEDIA_TYPES ? MEDIA_TYPES[family] : undefined) ?? 'document';
  const fileName = known === 'document' && mimeType === 'text/vcard' ? 'contact.vcf' : null;
  return { type: known, ref, mimeType, fileName };
}

/** `whatsapp:+52…` or `whatsapp:MX.1234` without the channel. */
function channelAddress(form: URLSearchParams, name: string): string | null {
  const value = textOf(form, name)?.replace(/^whatsapp:/, '') ?? '';
  return /^[\w.+-]{1,128}$/.test(value) ? value : null;
}

function textOf(form: URLSearchParams, name: string): string | null {
  return form.get(name) || null;
}

/** With what Twilio keeps as JSON read. */
function rawOf(form: URLSearchParams): Record<string, unknown> {
  const metadata = textOf(form, 'ChannelMetadata');
  return {
    ...Object.fromEntries(form),
    ...(metadata === null ? {} : { ChannelMetadata: parseJson(metadata) ?? metadata }),
  };
}
