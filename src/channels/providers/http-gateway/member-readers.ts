import type { SettingsReader } from '../settings-reader.js';
import { PATH_FORM } from './json-path.js';
import type { Expectation, Scalar } from './gateway-mapping.js';

const PATH_WANTED = 'member names with dots between, such as "data.key.id"';
/** Goes into the request line as it stands. */
const URL_PATH = { pattern: /^\/[\x21-\x7e]{0,500}$/, wanted: 'a path that begins with /, such as "/send"' };
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]{0,2046}[\x21-\x7e])?$/;
/** What HTTP itself says of a call; another value would make another call of it. */
const NOT_TO_SET = [
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
];

export function readUrlPath(reader: SettingsReader, name: string): string | undefined {
  return reader.text(name, URL_PATH);
}

export function readOneOf<Name extends string>(
  reader: SettingsReader,
  name: string,
  known: readonly Name[],
): Name | undefined {
  const value = reader.value(name);
  if (value === undefined || known.includes(value as Name)) return value as Name | undefined;
  reader.fault(name, `is ${shown(value)}; it must be one of ${known.join(', ')}`);
  return undefined;
}

/** One path, or several of which the first that is there counts. */
export function readPaths(reader: SettingsReader, name: string): readonly string[] | undefined {
  const value = reader.value(name);
  if (value === undefined) return undefined;
  const paths = Array.isArray(value) ? (value as unknown[]) : [value];
  if (paths.length <= 20 && paths.every(isPath)) return paths;
  reader.fault(name, `is ${shown(value)}; it must be ${PATH_WANTED}, or a list of at most 20 such paths`);
  return undefined;
}

export function readExpectations(reader: SettingsReader, name: string): readonly Expectation[] | undefined {
  const value = reader.value(name);
  if (value === undefined) return undefined;
  const expectations = (Array.isArray(value) ? (value as unknown[]) : [value]).map(expectationOf);
  if (expectations.length <= 20 && expectations.every((one) => one !== undefined)) return expectations;
  reader.fault(
    name,
    `is ${shown(value)}; it must be { "path": "success", "values": [true] }, or a list of at most 20 such`,
  );
  return undefined;
}

export function readWords<Word extends string>(
  reader: SettingsReader,
  name: string,
  known: readonly Word[],
): Readonly<Record<string, Word>> | undefined {
  const value = reader.value(name);
  if (value === undefined) return undefined;
  if (isObject(value) && Object.values(value).every((word) => known.includes(word as Word))) {
    return Object.fromEntries(
      Object.entries(value).map(([word, ours]) => [word.toLowerCase(), ours as Word]),
    );
  }
  reader.fault(name, `must be an object of the service's words and what they mean: ${known.join(', ')}`);
  return undefined;
}

/** Their values are never repeated in an error. */
export function readHeaders(reader: SettingsReader, name: string): Record<string, string> | undefined {
  const value = reader.value(name);
  if (value === undefined) return undefined;
  if (!isObject(value)) {
    reader.fault(name, 'must be an object of header names and values, such as { "x-api-key": "…" }');
    return undefined;
  }
  for (const [header, text] of Object.entries(value)) {
    if (!HEADER_NAME.test(header) || NOT_TO_SET.includes(header.toLowerCase()))
      reader.fault(`${name}/${pointerPart(header)}`, 'is not a header that may be set');
    else if (typeof text !== 'string' || !HEADER_VALUE.test(text))
      reader.fault(`${name}/${pointerPart(header)}`, 'must be a text of visible ASCII characters');
  }
  return value as Record<string, string>;
}

/** Members that are added to each body as they are. */
export function readFields(reader: SettingsReader, name: string): Record<string, Scalar> | undefined {
  const value = reader.value(name);
  if (value === undefined) return undefined;
  if (isObject(value) && Object.values(value).every(isScalar)) return value as Record<string, Scalar>;
  reader.fault(name, 'must be an object of texts, numbers, true or false, such as { "sessionId": "ventas" }');
  return undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

export function isPath(value: unknown): value is string {
  return typeof value === 'string' && PATH_FORM.test(value);
}

export function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 80 ? `${json.slice(0, 80)}…` : json;
}

function expectationOf(value: unknown): Expectation | undefined {
  if (!isObject(value) || !isPath(value['path'])) return undefined;
  const { path, values, ...others } = value as { path: string; values: unknown };
  if (!Array.isArray(values) || values.length === 0 || Object.keys(others).length > 0) return undefined;
  return values.every(isScalar) ? { path, values } : undefined;
}

function pointerPart(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1').slice(0, 100);
}
