import type { MediaType } from '../message-content.js';
import type { SettingsReader } from '../settings-reader.js';
import { placeholdersOf, PLACEHOLDERS, unknownPlaceholders, type BodyTemplate } from './body-template.js';
import { RECIPIENT_FORMS, SEND_METHODS, type MappingWish, type OptionalGroup } from './gateway-mapping.js';
import { readErrorRules } from './error-rule-reader.js';
import {
  isObject,
  isScalar,
  readExpectations,
  readOneOf,
  readPaths,
  readUrlPath,
  readWords,
  shown,
} from './member-readers.js';

const MEDIA_TYPES: readonly MediaType[] = ['image', 'document', 'video', 'audio'];
const STATUS_WORDS = ['sent', 'delivered', 'read', 'failed'] as const;
const MOST_TEMPLATE_CHARACTERS = 10_000;

/** The groups of a mapping as somebody wrote them, each fault under its own pointer. */
export function readMappingWish(reader: SettingsReader): MappingWish {
  return compact({
    send: inGroup(reader, 'send', (group) => ({
      path: readUrlPath(group, 'path'),
      method: readOneOf(group, 'method', SEND_METHODS),
      encoding: readOneOf(group, 'encoding', ['json', 'form'] as const),
      recipient: readOneOf(group, 'recipient', RECIPIENT_FORMS),
      body: readTemplate(group, 'body', ['recipient', 'text']),
    })),
    media: optional(reader, 'media', (group) => ({
      path: readUrlPath(group, 'path'),
      body: readTemplate(group, 'body', ['recipient', 'url']),
      types: readTypes(group, 'types'),
    })),
    answer: inGroup(reader, 'answer', (group) => ({
      statuses: readStatuses(group, 'statuses'),
      ok: readExpectations(group, 'ok'),
      id: readPaths(group, 'id'),
      error: readPaths(group, 'error'),
    })),
    errors: readErrorRules(reader, 'errors'),
    status: optional(reader, 'status', (group) => ({
      path: readUrlPath(group, 'path'),
      ready: readExpectations(group, 'ready'),
      connecting: readExpectations(group, 'connecting'),
      scan: readExpectations(group, 'scan'),
    })),
    restart: optional(reader, 'restart', (group) => ({
      path: readUrlPath(group, 'path'),
      method: readOneOf(group, 'method', ['POST', 'GET'] as const),
    })),
    qr: optional(reader, 'qr', (group) => ({
      path: readUrlPath(group, 'path'),
      code: readPaths(group, 'code'),
      pairingCode: readPaths(group, 'pairingCode'),
    })),
    webhook: inGroup(reader, 'webhook', readWebhook),
  });
}

function readWebhook(group: SettingsReader): NonNullable<MappingWish['webhook']> {
  const tokenHeader = group.text('tokenHeader', {
    pattern: /^[A-Za-z0-9-]{1,100}$/,
    wanted: 'the name of a header, such as "x-webhook-token"',
  });
  return compact({
    tokenHeader: tokenHeader?.toLowerCase(),
    list: readPaths(group, 'list'),
    id: readPaths(group, 'id'),
    word: readPaths(group, 'word'),
    words: readWords(group, 'words', STATUS_WORDS),
    ack: readPaths(group, 'ack'),
    correlation: readPaths(group, 'correlation'),
    reason: readPaths(group, 'reason'),
    at: readPaths(group, 'at'),
    from: readPaths(group, 'from'),
    text: readPaths(group, 'text'),
    name: readPaths(group, 'name'),
    fromMe: readPaths(group, 'fromMe'),
  });
}

function readTemplate(
  reader: SettingsReader,
  name: string,
  needed: readonly (typeof PLACEHOLDERS)[number][],
): BodyTemplate | undefined {
  const value = reader.value(name);
  if (value === undefined) return undefined;
  if (!isObject(value) || JSON.stringify(value).length > MOST_TEMPLATE_CHARACTERS) {
    reader.fault(name, `is ${shown(value)}; it must be an object such as { "phone": "{recipient}" }`);
    return undefined;
  }
  const [unknown] = unknownPlaceholders(value);
  if (unknown !== undefined) {
    reader.fault(name, `holds {${unknown}}, which is not known; known are {${PLACEHOLDERS.join('}, {')}}`);
  }
  const held = placeholdersOf(value);
  for (const one of needed.filter((placeholder) => !held.includes(placeholder)))
    reader.fault(name, `holds no {${one}}, without which no message can be sent`);
  return value;
}

/** A form holds no objects; asked once the encoding is known. */
export function isFlat(template: BodyTemplate): boolean {
  return Object.values(template).every(isScalar);
}

function readTypes(reader: SettingsReader, name: string): readonly MediaType[] | undefined {
  const value = reader.value(name);
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((type) => MEDIA_TYPES.includes(type as MediaType))) return value;
  reader.fault(name, `is ${shown(value)}; it must be a list of ${MEDIA_TYPES.join(', ')}`);
  return undefined;
}

function readStatuses(reader: SettingsReader, name: string): readonly number[] | undefined {
  const value = reader.value(name);
  if (value === undefined) return undefined;
  const isRight = (status: unknown): status is number =>
    Number.isInteger(status) && Number(status) >= 200 && Number(status) < 300;
  if (Array.isArray(value) && value.every(isRight)) return value;
  reader.fault(name, `is ${shown(value)}; it must be a list of statuses from 200 to 299`);
  return undefined;
}

function inGroup<Group extends object>(
  reader: SettingsReader,
  name: string,
  read: (group: SettingsReader) => Group,
): Compact<Group> | undefined {
  const group = reader.group(name);
  return group === undefined ? undefined : compact(read(group));
}

function optional<Group extends object>(
  reader: SettingsReader,
  name: OptionalGroup,
  read: (group: SettingsReader) => Group,
): Compact<Group> | false | undefined {
  return reader.value(name) === false ? false : inGroup(reader, name, read);
}

type Compact<T extends object> = { [Name in keyof T]?: Exclude<T[Name], undefined> };

/** Without the members that were not given, so that they override nothing. */
function compact<T extends object>(members: T): Compact<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Compact<T>;
}
