import type { MediaType, MessageContent } from './providers/message-content.js';
import { ContentReader, isMembers, shown } from './content-reader.js';
import { interactiveOf } from './parse-interactive.js';
import { templateOf } from './parse-template.js';
import { variablesOf } from './render-content.js';
import { DomainError, type FieldError } from '../common/domain-error.js';

const CONTENT_TYPES = ['text', 'template', 'image', 'document', 'video', 'audio', 'interactive'] as const;
type ContentType = (typeof CONTENT_TYPES)[number];

/** WhatsApp's own limits, in characters; variables may still make a message longer, which the provider then refuses. */
export const LONGEST_TEXT = 4096;
const LONGEST_CAPTION = 1024;
const LONGEST_URL = 2000;
const LONGEST_FILE_NAME = 240;
const LONGEST_ID = 512;
/** A row's variables are built by one call in SQL, which takes 50 pairs at most. */
export const MOST_CONTENT_VARIABLES = 40;

const MEMBERS: Record<ContentType, readonly string[]> = {
  text: ['type', 'text', 'replyTo'],
  template: ['type', 'name', 'language', 'components', 'marketing'],
  image: ['type', 'url', 'mediaId', 'caption', 'replyTo'],
  video: ['type', 'url', 'mediaId', 'caption', 'replyTo'],
  document: ['type', 'url', 'mediaId', 'caption', 'fileName', 'replyTo'],
  audio: ['type', 'url', 'mediaId', 'replyTo'],
  interactive: ['type', 'interactive', 'replyTo'],
};

/** Checks a content as it came; throws a DomainError that points at every fault. */
export function parseContent(input: unknown): MessageContent {
  const faults: FieldError[] = [];
  const content = read(input, faults);
  if (content !== null && faults.length === 0 && variablesOf(content).length > MOST_CONTENT_VARIABLES) {
    faults.push({
      pointer: '/content',
      detail: `has more than ${MOST_CONTENT_VARIABLES} different variables`,
    });
  }
  if (faults.length === 0 && !isStorable(content)) {
    faults.push({
      pointer: '/content',
      detail: 'content holds a NUL or half a character, which no message can hold',
    });
  }
  if (content === null || faults.length > 0) {
    throw new DomainError('invalid', 'validation_failed', faults.map((fault) => fault.detail).join('; '), {
      errors: faults,
    });
  }
  return content;
}

function read(input: unknown, faults: FieldError[]): MessageContent | null {
  if (!isMembers(input)) {
    faults.push({ pointer: '/content', detail: 'content must be an object with a type' });
    return null;
  }
  const reader = new ContentReader(input, '/content', faults);
  const type = CONTENT_TYPES.find((known) => known === input['type']);
  if (type === undefined) {
    reader.fault('type', `type ${shown(input['type'])} must be one of ${CONTENT_TYPES.join(', ')}`);
    return null;
  }
  reader.refuseOthers(MEMBERS[type], `a content of type ${type}`);
  if (type === 'template') return templateOf(reader);
  const replyTo = reader.optionalText('replyTo', LONGEST_ID);
  const reply = replyTo === undefined ? {} : { replyTo };
  if (type === 'text') return { type, text: reader.text('text', LONGEST_TEXT), ...reply };
  if (type === 'interactive') return { type, interactive: interactiveOf(reader), ...reply };
  return { ...mediaOf(type, reader), ...reply };
}

function mediaOf(type: MediaType, reader: ContentReader): MessageContent {
  const { url, mediaId } = reader.members;
  if (url !== undefined && mediaId !== undefined) {
    reader.fault(
      'mediaId',
      'url and mediaId exclude each other: say where the file is or which upload it was',
    );
  }
  const caption = MEMBERS[type].includes('caption')
    ? reader.optionalText('caption', LONGEST_CAPTION)
    : undefined;
  const fileName = MEMBERS[type].includes('fileName')
    ? reader.optionalText('fileName', LONGEST_FILE_NAME)
    : undefined;
  const told = {
    ...(caption === undefined ? {} : { caption }),
    ...(fileName === undefined ? {} : { fileName }),
  };
  return mediaId === undefined
    ? { type, url: reader.link('url', LONGEST_URL), ...told }
    : { type, mediaId: reader.text('mediaId', LONGEST_ID), ...told };
}

/** What jsonb refuses, wherever it stands. */
function isStorable(node: unknown): boolean {
  if (typeof node === 'string') return !node.includes('\0') && !/\p{Surrogate}/u.test(node);
  if (typeof node !== 'object' || node === null) return true;
  return Object.entries(node).every(([name, child]) => isStorable(name) && isStorable(child));
}
