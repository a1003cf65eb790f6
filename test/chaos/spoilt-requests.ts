import { randomUUID } from 'node:crypto';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly example?: unknown;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

interface Described {
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> };
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
}

export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** A route that takes JSON, or has parameters in its address. */
interface Operation {
  readonly method: Method;
  readonly path: string;
  readonly fields: Readonly<Record<string, Schema>>;
  readonly queries: readonly string[];
}

export interface SpoiltRequest {
  readonly method: Method;
  readonly path: string;
  readonly body?: object;
}

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT';

const METHODS: readonly Method[] = ['GET', 'POST', 'PATCH', 'PUT'];

export function operationsOf(document: ApiDocument): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    METHODS.flatMap((method): Operation[] => {
      const described = methods[method.toLowerCase()];
      // Streams of events do not end.
      if (described === undefined || path.endsWith('/events')) return [];
      const schema = described.requestBody?.content?.['application/json']?.schema;
      const queries = (described.parameters ?? [])
        .filter((one) => one.in === 'query')
        .map(({ name }) => name);
      return [{ method, path, fields: schema === undefined ? {} : fieldsOf(document, schema), queries }];
    }),
  );
}

/** One request a field, with that field spoilt and all others as the document's examples have them. */
export function* requestsWith(
  { method, path, fields, queries }: Operation,
  draw: () => string,
  always: readonly string[],
): Generator<SpoiltRequest> {
  const address = path.replaceAll(/\{[^}]*\}/g, randomUUID());
  const examples = Object.fromEntries(
    Object.entries(fields).flatMap(([name, schema]) =>
      schema.example === undefined ? [] : [[name, schema.example]],
    ),
  );
  for (const [name, schema] of Object.entries(fields)) {
    for (const text of [...always, draw()]) {
      yield { method, path: address, body: { ...examples, [name]: spoilt(schema, text) } };
    }
  }
  for (const name of queries) {
    for (const text of [...always, draw()]) {
      yield { method, path: `${address}?${name}=${encodeURIComponent(text.toWellFormed())}` };
    }
  }
  const hasPlace = path.includes('{');
  if (hasPlace) yield { method, path: path.replaceAll(/\{[^}]*\}/g, encodeURIComponent('\0')) };
  if (hasPlace) yield { method, path: path.replaceAll(/\{[^}]*\}/g, encodeURIComponent("1'--")) };
}

function fieldsOf(document: ApiDocument, schema: Schema): Readonly<Record<string, Schema>> {
  const name = schema.$ref?.split('/').at(-1);
  if (name !== undefined) return fieldsOf(document, document.components.schemas[name]!);
  const parts = [...(schema.allOf ?? []), ...(schema.oneOf ?? [])].map((part) => fieldsOf(document, part));
  return Object.assign({}, ...parts, schema.properties) as Record<string, Schema>;
}

function spoilt({ type, example, items }: Schema, text: string): unknown {
  if (type === 'array' || items !== undefined || Array.isArray(example)) return [text];
  if (typeof example === 'object' && example !== null) return within(example, text);
  return type === 'object' ? { [text]: text, type: 'text', text } : text;
}

/** The example, with every text of it replaced. */
function within(example: object, text: string): unknown {
  if (Array.isArray(example)) return [text];
  return Object.fromEntries(
    Object.entries(example).map(([name, value]) => [
      name,
      typeof value === 'string' && name !== 'type' ? text : (value as unknown),
    ]),
  );
}
