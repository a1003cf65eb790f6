import { assertNever } from '../../../common/assert-never.js';
import type { CommonContent, LinkedMediaContent, TemplateContent } from '../message-content.js';

/** What WAHA can be asked to send. */
export type WahaContent = Exclude<CommonContent, TemplateContent>;

/** A voice message in any other form does not play everywhere; WAHA converts those with ffmpeg. */
const OPUS = /^(?:ogg|opus|oga)$/;

/** The body of the call; `id` is the one that the message is to have. */
export function wahaMessage(session: string, chatId: string, id: string, content: WahaContent): string {
  const common = { session, chatId, id, reply_to: quotedId(chatId, content.replyTo) };
  switch (content.type) {
    case 'text':
      return JSON.stringify({ ...common, text: content.text });
    case 'image':
    case 'document':
      return JSON.stringify({ ...common, file: fileOf(content), caption: content.caption });
    case 'video':
      // Without a caption WAHA sends one of its own making: "Just watch at this!".
      return JSON.stringify({
        ...common,
        file: fileOf(content),
        caption: content.caption ?? '',
        convert: extensionOf(lastSegment(content.url)) !== 'mp4',
      });
    case 'audio':
      return JSON.stringify({
        ...common,
        file: fileOf(content),
        convert: !OPUS.test(extensionOf(lastSegment(content.url))),
      });
    default:
      return assertNever(content);
  }
}

/** WEBJS finds a message by the whole id alone; who is quoted here is the person of the chat. */
function quotedId(chatId: string, replyTo: string | undefined): string | undefined {
  return replyTo === undefined || replyTo.includes('_') ? replyTo : `false_${chatId}_${replyTo}`;
}

const MIME_TYPES: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  mp4: 'video/mp4',
  '3gp': 'video/3gpp',
  mov: 'video/quicktime',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  aac: 'audio/aac',
  amr: 'audio/amr',
  wav: 'audio/wav',
  ogg: 'audio/ogg; codecs=opus',
  oga: 'audio/ogg; codecs=opus',
  opus: 'audio/ogg; codecs=opus',
  pdf: 'application/pdf',
  txt: 'text/plain',
  csv: 'text/csv',
  xml: 'text/xml',
  zip: 'application/zip',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  ppt: 'application/vnd.ms-powerpoint',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
};

/** Where the name of the file says nothing. */
const USUAL_MIME_TYPES: Readonly<Record<LinkedMediaContent['type'], string>> = {
  image: 'image/jpeg',
  video: 'video/mp4',
  audio: 'audio/ogg; codecs=opus',
  document: 'application/octet-stream',
};

/** WAHA wants the type told and shows a document under the name that it is given. */
function fileOf({ type, url, fileName }: LinkedMediaContent): object {
  const named = fileName ?? lastSegment(url);
  const filename = type === 'video' ? named || 'video.mp4' : named || undefined;
  const mimetype =
    MIME_TYPES[extensionOf(fileName ?? '')] ??
    MIME_TYPES[extensionOf(lastSegment(url))] ??
    USUAL_MIME_TYPES[type];
  return { mimetype, filename: type === 'audio' ? undefined : filename, url };
}

function extensionOf(fileName: string): string {
  return /\.([0-9A-Za-z]{1,5})$/.exec(fileName)?.[1]?.toLowerCase() ?? '';
}

/** The name of the file in an address, as people write it; empty where it ends in a folder. */
function lastSegment(url: string): string {
  const segment = /^[a-z]+:\/\/[^/?#]+\/(?:[^?#]*\/)?([^/?#]*)/i.exec(url)?.[1] ?? '';
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
