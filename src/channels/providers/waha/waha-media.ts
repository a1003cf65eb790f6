import type { InboundMedia } from '../inbound-message.js';
import { member } from '../json-reader.js';

/** The file of a message; null where there is none, or WAHA did not keep it. */
export function readMedia(media: unknown, raw: unknown): InboundMedia | null {
  const url = member(media, 'url');
  if (typeof url !== 'string' || url === '' || url.length > 2048) return null;
  const mimeType = text(member(media, 'mimetype'));
  return { type: typeOf(mimeType, raw), ref: url, mimeType, fileName: text(member(media, 'filename')) };
}

function typeOf(mimeType: string | null, raw: unknown): InboundMedia['type'] {
  // WEBJS writes the type, NOWEB names the member of the message after it, GOWS puts it into Info.
  const isSticker =
    member(raw, 'type') === 'sticker' ||
    member(member(raw, 'message'), 'stickerMessage') !== undefined ||
    member(member(raw, 'Info'), 'MediaType') === 'sticker';
  if (isSticker) return 'sticker';
  switch (mimeType?.split('/')[0]) {
    case 'image':
      return 'image';
    case 'video':
      return 'video';
    case 'audio':
      return 'audio';
    default:
      return 'document';
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/**
 * Where a file is fetched: the path below /api/files of whatever address WAHA wrote, on the address that the channel has.
 * WAHA does not know under which name it is reached from here (http://localhost:3000 unless told), and a webhook must
 * not lead a call that bears the key to anywhere else. Undefined for a file that lies elsewhere (S3).
 */
export function mediaUrl(ref: string, baseUrl: string): string | undefined {
  if (!URL.canParse(ref)) return undefined;
  const { pathname, search } = new URL(ref);
  const at = pathname.indexOf('/api/files/');
  return at === -1 ? undefined : `${baseUrl}${pathname.slice(at)}${search}`;
}
