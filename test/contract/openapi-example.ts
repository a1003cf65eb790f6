import { membersOf, resolved, type Members, type Operation } from './openapi-operations.js';

const DEEPEST = 8;

/** The first success that the document shows of an operation, or one made of its schema. */
export function exampleAnswer(document: Members, { source }: Operation): { status: number; answer: unknown } {
  const responses = membersOf(source['responses']);
  const status = Object.keys(responses).find((code) => /^2\d\d$/.test(code)) ?? '200';
  const response = resolved(document, responses[status]) ?? {};
  const content = membersOf(membersOf(response['content'])['application/json']);
  const shown = Object.values(membersOf(content['examples']))
    .map((example) => resolved(document, example)?.['value'])
    .find((value) => value !== undefined);
  const answer = content['example'] ?? shown ?? sampleOf(document, content['schema'], 0);
  return { status: Number(status), answer };
}

function sampleOf(document: Members, given: unknown, depth: number): unknown {
  const schema = resolved(document, given);
  if (schema === undefined || depth > DEEPEST) return {};
  const told =
    schema['example'] ??
    schema['default'] ??
    schema['const'] ??
    (schema['enum'] as unknown[] | undefined)?.[0];
  if (told !== undefined) return told;
  const sample = (child: unknown): unknown => sampleOf(document, child, depth + 1);
  const [first] = (schema['oneOf'] ?? schema['anyOf'] ?? schema['allOf'] ?? []) as unknown[];
  if (first !== undefined) return sample(first);
  const type = Array.isArray(schema['type']) ? (schema['type'] as unknown[])[0] : schema['type'];
  switch (type) {
    case 'array':
      return [sample(schema['items'])];
    case 'string':
      return 'text';
    case 'number':
    case 'integer':
      return 1;
    case 'boolean':
      return true;
    default:
      return Object.fromEntries(
        Object.entries(membersOf(schema['properties'])).map(([name, member]) => [name, sample(member)]),
      );
  }
}
