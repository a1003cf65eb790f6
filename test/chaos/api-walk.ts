import type { Stack } from '../support/stack.js';

/** A route that does not answer is a finding, too. */
const PATIENCE_MS = 10_000;
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

interface Operation {
  readonly 'x-least-role'?: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
}

/** An operation as the description of the API tells it. */
export interface Route {
  /** As in "GET /api/contacts/{id}". */
  readonly name: string;
  readonly method: Uppercase<(typeof METHODS)[number]>;
  readonly path: string;
  /** Undefined where no key is needed. */
  readonly leastRole: string | undefined;
  readonly takes: 'json' | 'form' | 'nothing';
}

export interface Walked {
  readonly status: number;
  readonly text: string;
  /** Of a problem document. */
  readonly code: string | undefined;
  readonly neededRole: string | undefined;
}

/** Every route that the running program describes. */
export async function describedRoutes(stack: Stack): Promise<Route[]> {
  const { body } = await stack.api.get<{ paths: Record<string, Record<string, Operation>> }>('/docs-json');
  return Object.entries(body.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      if (operation === undefined) return [];
      const upper = method.toUpperCase() as Route['method'];
      const types = Object.keys(operation.requestBody?.content ?? {});
      return {
        name: `${upper} ${path}`,
        method: upper,
        path,
        leastRole: operation['x-least-role'],
        takes: types.includes('application/json') ? 'json' : types.length > 0 ? 'form' : 'nothing',
      };
    }),
  );
}

/** Calls a route with whatever stands for its parameters; streams are not read to their end. */
export async function walk(
  stack: Stack,
  { method, takes }: Pick<Route, 'method' | 'takes'>,
  path: string,
  key: string | undefined,
  body: object = {},
): Promise<Walked> {
  const form = new FormData();
  form.append('file', new Blob(['phone\n+525512345678\n'], { type: 'text/csv' }), 'lista.csv');
  const answer = await fetch(`${stack.front.baseUrl}${path}`, {
    method,
    signal: AbortSignal.timeout(PATIENCE_MS),
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(takes === 'json' ? { 'content-type': 'application/json' } : {}),
    },
    body: takes === 'json' ? JSON.stringify(body) : takes === 'form' ? form : null,
  }).catch((error: Error) => {
    throw new Error(`${method} ${path}: ${error.message}`);
  });
  const { status } = answer;
  if (answer.headers.get('content-type')?.includes('text/event-stream') === true) {
    await answer.body?.cancel();
    return { status, text: '', code: undefined, neededRole: undefined };
  }
  const text = await answer.text();
  const problem = text.startsWith('{') ? (JSON.parse(text) as { code?: string; neededRole?: string }) : {};
  return { status, text, code: problem.code, neededRole: problem.neededRole };
}

/** The path with each parameter filled by what `value` says of it, by the collection that it stands behind. */
export function filled(path: string, value: (collection: string, name: string) => string): string {
  return path.replaceAll(/([^/]+)\/\{(\w+)\}/g, (_whole, collection: string, name: string) => {
    return `${collection}/${encodeURIComponent(value(collection, name))}`;
  });
}
