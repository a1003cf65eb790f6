import type { MediaType, MessageContent, TemplateComponent } from './providers/message-content.js';
import { variablesOf } from './render-content.js';
import { DomainError, type FieldError } from '../common/domain-error.js';

const CONTENT_TYPES = ['text', 'template', 'image', 'document', 'video', 'audio'] as const;

/** WhatsApp's own limits, in characters; variables may still make a message longer, which the provider then refuses. */
export const LONGEST_TEXT = 4096;
const LONGEST_CAPTION = 1024;
const LONGEST_URL = 2000;
const LONGEST_FILE_NAME = 240;
const MOST_COMPONENTS = 20;
const LONGEST_COMPONENTS_JSON = 32_768;
/** A row's variables are built by one call in SQL, which takes 50 pairs at most. */
const MOST_VARIABLES = 40;

const MEMBERS: Record<(typeof CONTENT_TYPES)[number], readonly string[]> = {
  text: ['type', 'text'],
  template: ['type', 'name', 'language', 'components'],
  image: ['type', 'url', 'caption'],
  video: ['type', 'url', 'caption'],
  document: ['type', 'url', 'caption', 'fileName'],
  audio: ['type', 'url'],
};

type Members = Readonly<Record<string, unknown>>;

/** Checks a content as it came; throws a DomainError that points at every fault. */
export function parseContent(input: unknown): MessageContent {
  const faults: FieldError[] = [];
  const content = read(input, faults);
  if (content !== null && faults.length === 0 && variablesOf(content).length > MOST_VARIABLES) {
    faults.push({ pointer: '/content', detail: `has more than ${MOST_VARIABLES} different variables` });
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
  const type = CONTENT_TYPES.find((known) => known === input['type']);
  if (type === undefined) {
    faults.push({
      pointer: '/content/type',
      detail: `type ${shown(input['type'])} must be one of ${CONTENT_TYPES.join(', ')}`,
    });
    return null;
  }
  for (const member of Object.keys(input).filter((name) => !MEMBERS[type].includes(name))) {
    faults.push({
      pointer: `/content/${member}`,
      detail: `${member} is not a field of a content of type ${type}`,
    });
  }
  if (type === 'text') return { type, text: textOf(input, 'text', LONGEST_TEXT, faults) };
  return type === 'template' ? templateOf(input, faults) : mediaOf(type, input, faults);
}

function templateOf(input: Members, faults: FieldError[]): MessageContent {
  const name = textOf(input, 'name', 512, faults);
  const language = textOf(input, 'language', 15, faults);
  if (name !== '' && !/^[a-z0-9_]+$/.test(name)) {
    faults.push({
      pointer: '/content/name',
      detail: `name ${shown(name)} may hold small letters, digits and _ only, as in WhatsApp Manager`,
    });
  }
  if (language !== '' && !/^[a-z]{2,3}(?:_[A-Za-z]{2,4})?$/.test(language)) {
    faults.push({
      pointer: '/content/language',
      detail: `language ${shown(language)} must be a code such as es_MX`,
    });
  }
  const components = input['components'];
  if (components === undefined) return { type: 'template', name, language };
  return { type: 'template', name, language, components: componentsOf(components, faults) };
}

function componentsOf(input: unknown, faults: FieldError[]): readonly TemplateComponent[] {
  const pointer = '/content/components';
  if (!Array.isArray(input) || input.length > MOST_COMPONENTS) {
    faults.push({ pointer, detail: `components must be a list of at most ${MOST_COMPONENTS}` });
    return [];
  }
  if (JSON.stringify(input).length > LONGEST_COMPONENTS_JSON) {
    faults.push({
      pointer,
      detail: `components must be at most ${LONGEST_COMPONENTS_JSON} characters of JSON`,
    });
  }
  for (const [index, component] of input.entries()) {
    if (isMembers(component) && typeof component['type'] === 'string') continue;
    faults.push({
      pointer: `${pointer}/${index}`,
      detail: 'a component must be an object with a type (header, body or button) and its parameters',
    });
  }
  return input as TemplateComponent[];
}

function mediaOf(type: MediaType, input: Members, faults: FieldError[]): MessageContent {
  const url = textOf(input, 'url', LONGEST_URL, faults);
  // What a variable gives is not known yet; what is written must at least begin as an address on the web does.
  if (url !== '' && !/^(?:https?:\/\/|\{\{)/i.test(url)) {
    faults.push({
      pointer: '/content/url',
      detail: `url ${shown(url)} must begin with https:// (or be a variable that holds an address)`,
    });
  }
  const caption = optionalTextOf(input, 'caption', LONGEST_CAPTION, faults);
  const fileName = optionalTextOf(input, 'fileName', LONGEST_FILE_NAME, faults);
  return {
    type,
    url,
    ...(caption === undefined ? {} : { caption }),
    ...(fileName === undefined ? {} : { fileName }),
  };
}

function optionalTextOf(
  input: Members,
  member: string,
  longest: number,
  faults: FieldError[],
): string | undefined {
  return input[member] === undefined ? undefined : textOf(input, member, longest, faults);
}

function textOf(input: Members, member: string, longest: number, faults: FieldError[]): string {
  const value = input[member];
  if (typeof value === 'string' && value.trim() !== '' && value.length <= longest && !value.includes('\0')) {
    return value;
  }
  const is =
    typeof value === 'string' && value.length > longest ? `has ${value.length} characters; it` : shown(value);
  faults.push({
    pointer: `/content/${member}`,
    detail: `${member} ${is} must be a text of 1 to ${longest} characters`,
  });
  return '';
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  if (value === undefined) return 'is missing: it';
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
