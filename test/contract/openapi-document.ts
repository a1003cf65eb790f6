import { Ajv, type AnySchema, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { exampleAnswer } from './openapi-example.js';
import {
  consistent,
  membersOf,
  operationsOf,
  pathParameters,
  resolved,
  type Members,
  type Operation,
} from './openapi-operations.js';

/** A call as it came. */
export interface ApiCall {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export type Verdict =
  | { readonly kind: 'right'; readonly operation: string; readonly answer: unknown; readonly status: number }
  | { readonly kind: 'wrong'; readonly status: number; readonly faults: readonly string[] };

const DOCUMENT = 'document';
const FORM_TYPE = 'application/x-www-form-urlencoded';
/** What OpenAPI says elsewhere than in a parameter. */
const NOT_PARAMETERS = ['accept', 'content-type', 'authorization'];

/** An OpenAPI 3 document, which judges calls by what it says and answers by its examples. */
export class ApiDocument {
  private readonly operations: readonly Operation[];
  /** Of bodies in JSON … */
  private readonly ofJson: Ajv;
  /** … and of texts: in a form, a query or a path a number is written as one. */
  private readonly ofTexts: Ajv;
  private readonly compiled = new Map<string, ValidateFunction>();
  private readonly document: Members;

  constructor(given: Members) {
    const document = consistent(given);
    this.document = document;
    const isOld = String(document['openapi']).startsWith('3.0');
    const make = (options: Options): Ajv => (isOld ? new Ajv(options) : new Ajv2020(options));
    const lenient: Options = { strict: false, allErrors: true, logger: false, formats: fullFormats };
    this.ofJson = make(lenient);
    this.ofTexts = make({ ...lenient, coerceTypes: 'array' });
    for (const ajv of [this.ofJson, this.ofTexts]) ajv.addSchema(document as AnySchema, DOCUMENT);
    this.operations = operationsOf(document);
  }

  judge(call: ApiCall): Verdict {
    const onPath = this.operations.filter(({ pattern }) => pattern.test(call.path));
    if (onPath.length === 0) return wrong(404, `${call.path} is no path of the document`);
    const closest = Math.max(...onPath.map(({ literals }) => literals));
    const candidates = onPath.filter(
      ({ method, literals }) => method === call.method && literals === closest,
    );
    if (candidates.length === 0) return wrong(405, `${call.method} is not taken on ${call.path}`);
    // Paths that differ in the names of their parameters alone cannot be told apart: one that fits is enough.
    const verdicts = candidates.map((operation) => this.judgeAs(operation, call));
    return verdicts.find(({ kind }) => kind === 'right') ?? verdicts[0]!;
  }

  private judgeAs(operation: Operation, call: ApiCall): Verdict {
    const unproved = this.securityFault(operation, call);
    if (unproved !== undefined) return wrong(401, unproved);
    const faults = [...this.parameterFaults(operation, call), ...this.bodyFaults(operation, call)];
    if (faults.length > 0) return { kind: 'wrong', status: 400, faults };
    return { kind: 'right', operation: operation.name, ...exampleAnswer(this.document, operation) };
  }

  private securityFault({ source }: Operation, call: ApiCall): string | undefined {
    const wanted = (source['security'] ?? this.document['security'] ?? []) as readonly Members[];
    if (wanted.length === 0) return undefined;
    const schemes = membersOf(membersOf(this.document['components'])['securitySchemes']);
    const isProved = wanted.some((one) =>
      Object.keys(one).every((name) => isGiven(membersOf(schemes[name]), call)),
    );
    return isProved ? undefined : `no credential as one of ${wanted.flatMap(Object.keys).join(', ')}`;
  }

  private parameterFaults({ parameters, pattern }: Operation, call: ApiCall): string[] {
    const inPath = pattern.exec(call.path)?.groups ?? {};
    const faults = parameters.flatMap((parameter, index) => {
      const name = String(parameter['name']);
      const place = String(parameter['in']);
      if (place === 'header' && NOT_PARAMETERS.includes(name.toLowerCase())) return [];
      const given =
        place === 'path'
          ? decodeURIComponent(inPath[`p${pathParameters(parameters).indexOf(name)}`] ?? '')
          : place === 'query'
            ? (call.query.get(name) ?? undefined)
            : call.headers[name.toLowerCase()];
      if (given === undefined) return parameter['required'] === true ? [`${place} ${name} is missing`] : [];
      const validate = this.validator(this.ofTexts, `${call.method} ${pattern.source} ${index}`, {
        type: 'object',
        properties: { [name]: this.placed(parameter['schema'] ?? {}) },
      });
      return faultsOf(validate, { [name]: given }, place);
    });
    const known = parameters.filter((parameter) => parameter['in'] === 'query').map(({ name }) => name);
    const odd = [...call.query.keys()].filter((name) => !known.includes(name));
    return [...faults, ...odd.map((name) => `query ${name} is not in the document`)];
  }

  private bodyFaults(operation: Operation, call: ApiCall): string[] {
    const requested = resolved(this.document, operation.source['requestBody']);
    if (requested === undefined) return call.body === '' ? [] : ['a body that the document does not want'];
    if (call.body === '') return requested['required'] === true ? ['the body is missing'] : [];
    const contents = membersOf(requested['content']);
    const type = String(call.headers['content-type']).split(';', 1)[0]!.trim().toLowerCase();
    if (!(type in contents))
      return [`a body of type ${type}, which is none of ${Object.keys(contents).join(', ')}`];
    const schema = resolved(this.document, membersOf(contents[type])['schema']) ?? {};
    if (type === FORM_TYPE) return this.formFaults(operation, schema, new URLSearchParams(call.body));
    const validate = this.validator(this.ofJson, `${operation.name} ${type}`, this.placed(schema));
    return faultsOf(validate, parsed(call.body), 'body');
  }

  /** A form has names that the schema has, each once unless it is a list. */
  private formFaults(operation: Operation, schema: Members, form: URLSearchParams): string[] {
    const properties = membersOf(schema['properties']);
    const faults: string[] = [];
    const body: Record<string, unknown> = {};
    for (const name of new Set(form.keys())) {
      const values = form.getAll(name);
      const isList = resolved(this.document, properties[name])?.['type'] === 'array';
      if (!(name in properties)) faults.push(`body ${name} is not in the document`);
      if (values.length > 1 && !isList) faults.push(`body ${name} is given ${values.length} times`);
      body[name] = isList ? values : values[0];
    }
    const validate = this.validator(this.ofTexts, `${operation.name} form`, this.placed(schema));
    return [...faults, ...faultsOf(validate, body, 'body')];
  }

  private validator(ajv: Ajv, key: string, schema: Members): ValidateFunction {
    let validate = this.compiled.get(key);
    if (validate === undefined) {
      validate = ajv.compile(schema as AnySchema);
      this.compiled.set(key, validate);
    }
    return validate;
  }

  /** With its references leading into the document, wherever it is compiled. */
  private placed<T>(node: T): T {
    if (Array.isArray(node)) return node.map((child: unknown) => this.placed(child)) as T;
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(
      Object.entries(node).map(([name, child]: [string, unknown]) => [
        name,
        name === '$ref' && typeof child === 'string' && child.startsWith('#')
          ? DOCUMENT + child
          : this.placed(child),
      ]),
    ) as T;
  }
}

function isGiven(scheme: Members, { headers }: ApiCall): boolean {
  const authorization = String(headers['authorization'] ?? '');
  if (scheme['type'] === 'http' && scheme['scheme'] === 'bearer') return /^Bearer \S+$/.test(authorization);
  if (scheme['type'] === 'http' && scheme['scheme'] === 'basic') {
    const credentials = /^Basic ([A-Za-z0-9+/]+=*)$/.exec(authorization)?.[1];
    return credentials !== undefined && /^[^:]+:.+$/.test(Buffer.from(credentials, 'base64').toString());
  }
  const name = String(scheme['name']).toLowerCase();
  return scheme['type'] === 'apiKey' && scheme['in'] === 'header' && Boolean(headers[name]);
}

function faultsOf(validate: ValidateFunction, value: unknown, place: string): string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${place}${instancePath} ${message}`);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function wrong(status: number, fault: string): Verdict {
  return { kind: 'wrong', status, faults: [fault] };
}
