import type { OpenAPIObject } from '@nestjs/swagger';
import { DOCUMENTED_ROLE, usualRole } from '../auth/principal.js';

type Paths = OpenAPIObject['paths'];
type Operation = NonNullable<Paths[string]['get']>;
type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

const PROBLEM: Schemas[string] = {
  type: 'object',
  description:
    'RFC 9457. `code` is stable and meant for programs, `detail` says what was wrong and what would be right.',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
  properties: {
    type: { type: 'string', example: '/docs/errors#validation_failed' },
    title: { type: 'string', example: 'Bad request' },
    status: { type: 'integer', example: 400 },
    detail: { type: 'string', example: 'perSecond "abc" must be a number' },
    instance: { type: 'string', example: 'urn:request:6c0e4c0c-9f1b-4a57-8f4c-2f6f6f6c1f0a' },
    code: { type: 'string', example: 'validation_failed' },
    errors: {
      type: 'array',
      description: 'Each wrong field, by JSON pointer.',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: {
          pointer: { type: 'string', example: '/limits/perSecond' },
          detail: { type: 'string', example: 'perSecond "abc" must be a number' },
        },
      },
    },
  },
};

/** Adds to every operation the errors that it can answer by its nature, and the least role that may call it; what it says itself stays. */
export function addProblems(document: OpenAPIObject): OpenAPIObject {
  const components = (document.components ??= {});
  components.schemas = { ...components.schemas, Problem: PROBLEM };
  for (const item of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation === undefined) continue;
      operation.responses = { ...problemsOf(method, operation), ...operation.responses };
      if (!isPublic(operation)) addRole(method, operation);
    }
  }
  return document;
}

function problemsOf(method: (typeof METHODS)[number], operation: Operation): Operation['responses'] {
  const parameters = operation.parameters ?? [];
  const takesInput = parameters.length > 0 || operation.requestBody !== undefined;
  const namesSomething = parameters.some((parameter) => 'in' in parameter && parameter.in === 'path');
  const needsNoKey = isPublic(operation);
  return {
    ...(takesInput ? { 400: problem('The request is wrong; `errors` names each field.') } : {}),
    ...(needsNoKey ? {} : { 401: problem('No key, or one that is not valid.') }),
    ...(needsNoKey
      ? {}
      : { 403: problem('The role of the key is too low; the problem names the one needed.') }),
    ...(namesSomething ? { 404: problem('There is no such thing in this workspace.') } : {}),
    ...(method === 'get'
      ? {}
      : { 409: problem('The state of things does not allow it, or it exists already.') }),
    500: problem('Something broke here; `instance` finds it in the log.'),
    // What needs no key needs no database either, or says itself what it does without.
    ...(needsNoKey
      ? {}
      : {
          503: problem('The database is busy or cannot be reached; `Retry-After` says when to come again.'),
        }),
    ...(needsNoKey || method !== 'get'
      ? {}
      : { 504: problem('It took the database too long: ask for less.') }),
  };
}

function isPublic({ security }: Operation): boolean {
  return security?.some((requirement) => Object.keys(requirement).length === 0) ?? false;
}

/** Where the route itself says none, the one that the guard asks of its method. */
function addRole(
  method: (typeof METHODS)[number],
  operation: Operation & { [DOCUMENTED_ROLE]?: string },
): void {
  operation[DOCUMENTED_ROLE] ??= usualRole(method.toUpperCase());
}

function problem(description: string) {
  return {
    description,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}
