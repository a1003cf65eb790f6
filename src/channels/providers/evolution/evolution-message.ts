import { assertNever } from '../../../common/assert-never.js';
import type { CommonContent, LinkedMediaContent } from '../message-content.js';

/** Each kind of content has a path of its own, before the name of the instance. */
export const EVOLUTION_SEND_PATHS = {
  text: '/message/sendText/',
  image: '/message/sendMedia/',
  document: '/message/sendMedia/',
  video: '/message/sendMedia/',
  // Not sendMedia: only this one converts to Opus, without which a voice message does not play on every phone.
  audio: '/message/sendWhatsAppAudio/',
  template: '/message/sendTemplate/',
} as const satisfies Record<CommonContent['type'], string>;

/** The body of the call. JSON.stringify leaves out what is undefined. */
export function evolutionMessage(
  number: string,
  content: CommonContent,
  messageId: string | undefined,
): string {
  return JSON.stringify({ number, messageId, ...payloadOf(content) });
}

function payloadOf(content: CommonContent): object {
  switch (content.type) {
    case 'text':
      return { text: content.text, quoted: quotedOf(content.replyTo) };
    case 'template':
      return { name: content.name, language: content.language, components: content.components };
    case 'audio':
      return { audio: content.url, quoted: quotedOf(content.replyTo) };
    case 'image':
    case 'document':
    case 'video':
      return {
        mediatype: content.type,
        media: content.url,
        fileName: fileNameOf(content),
        caption: content.caption,
        quoted: quotedOf(content.replyTo),
      };
    default:
      return assertNever(content);
  }
}

function quotedOf(replyTo: string | undefined): object | undefined {
  return replyTo === undefined ? undefined : { key: { id: replyTo } };
}

/**
 * A document always gets a name: Evolution takes one from the link without its ending, loses the type of the file with
 * it, and fails on links that have no dot behind their last slash.
 */
function fileNameOf({ type, url, fileName }: LinkedMediaContent): string | undefined {
  if (fileName !== undefined || type !== 'document') return fileName;
  const last = /\/([^/?#]+)(?:[?#]|$)/.exec(url.replace(/^[a-z]+:\/\/[^/]*/i, ''))?.[1];
  return last === undefined ? 'document' : decoded(last);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
