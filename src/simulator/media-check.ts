import type { GraphError } from './graph-error.js';
import { parameterError, whatsappError } from './graph-error.js';

const MAX_CAPTION_LENGTH = 1024;

/** Either an id of an uploaded file or an absolute http(s) link, which the real service would fetch. */
export function checkMedia(type: string, media: Record<string, unknown>): GraphError | undefined {
  const { id, link, caption } = media;
  if (id === undefined && link === undefined) {
    return whatsappError(131008, `Parameter 'link' or 'id' is mandatory for type '${type}'`);
  }
  if (id !== undefined && (typeof id !== 'string' || id === '')) {
    return whatsappError(131009, `Parameter '${type}.id' is not a media id`);
  }
  if (link !== undefined && !isWebLink(link)) {
    return whatsappError(131009, `Parameter '${type}.link' is not a valid URL`);
  }
  if (caption !== undefined && (typeof caption !== 'string' || caption.length > MAX_CAPTION_LENGTH)) {
    return parameterError(`Param ${type}['caption'] must be at most ${MAX_CAPTION_LENGTH} characters long.`);
  }
  return undefined;
}

function isWebLink(link: unknown): boolean {
  if (typeof link !== 'string' || !URL.canParse(link)) return false;
  const { protocol } = new URL(link);
  return protocol === 'https:' || protocol === 'http:';
}
