export type Members = Readonly<Record<string, unknown>>;

export interface Operation {
  /** `POST /api/sendText`, as the document writes it. */
  readonly name: string;
  readonly method: string;
  /** Groups p0, p1 … are the parameters of the path, in their order among them. */
  readonly pattern: RegExp;
  readonly parameters: readonly Members[];
  readonly source: Members;
  /** Segments of the path that are no parameters: the more of them, the closer the match. */
  readonly literals: number;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

export function operationsOf(document: Members): Operation[] {
  return Object.entries(membersOf(document['paths'])).flatMap(([path, item]) =>
    METHODS.filter((method) => method in membersOf(item)).map((method) =>
      operationOf(document, path, method, membersOf(item)),
    ),
  );
}

function operationOf(document: Members, path: string, method: string, item: Members): Operation {
  const source = membersOf(item[method]);
  const listed = [item['parameters'], source['parameters']].flatMap((list) => (list ?? []) as unknown[]);
  const parameters = listed.map((parameter) => resolved(document, parameter) ?? {});
  const names = pathParameters(parameters);
  // A parameter that is in the path and not declared is taken as it is.
  const pattern = path
    .split(/(\{[^}]+\})/)
    .map((part) => {
      const name = /^\{([^}]+)\}$/.exec(part)?.[1];
      if (name === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      return names.includes(name) ? `(?<p${names.indexOf(name)}>[^/]+)` : '[^/]+';
    })
    .join('');
  return {
    name: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    pattern: new RegExp(`^${pattern}$`),
    parameters,
    source,
    literals: path.split('/').filter((segment) => !segment.includes('{')).length,
  };
}

export function pathParameters(parameters: readonly Members[]): string[] {
  return parameters.filter((parameter) => parameter['in'] === 'path').map(({ name }) => String(name));
}

/** What a node stands for: itself, or what its reference leads to. */
export function resolved(document: Members, node: unknown): Members | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  const { $ref } = node as { $ref?: unknown };
  if (typeof $ref !== 'string') return node as Members;
  const target = $ref
    .slice('#/'.length)
    .split('/')
    .reduce<unknown>((at, step) => membersOf(at)[step.replaceAll('~1', '/').replaceAll('~0', '~')], document);
  return resolved(document, target);
}

export function membersOf(node: unknown): Members {
  return typeof node === 'object' && node !== null ? (node as Members) : {};
}

/**
 * What a generator wrote of a property whose class it could not see: an "object" whose default is a text. Nothing can be
 * both, so the type is left out.
 */
export function consistent<T>(node: T): T {
  if (Array.isArray(node)) return node.map((child: unknown) => consistent(child)) as T;
  if (typeof node !== 'object' || node === null) return node;
  const members = node as Members;
  const contradicts = members['type'] === 'object' && typeof members['default'] === 'string';
  return Object.fromEntries(
    Object.entries(members)
      .filter(([name]) => !(contradicts && name === 'type'))
      .map(([name, child]) => [name, consistent(child)]),
  ) as T;
}
