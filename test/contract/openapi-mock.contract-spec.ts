import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiDocument } from './openapi-document.js';
import { OpenApiMock } from './openapi-mock.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };
const KEY = { 'x-key': 'k' };

const DOCUMENT = new ApiDocument({
  openapi: '3.1.0',
  security: [{ key: [] }],
  paths: {
    '/things/{id}.json': {
      parameters: [
        { name: 'id', in: 'path', required: true, schema: { type: 'string', pattern: '^T\\d+$' } },
      ],
      get: {
        parameters: [{ name: 'size', in: 'query', schema: { type: 'integer', maximum: 10 } }],
        responses: {
          200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
        },
      },
      post: {
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } },
        },
        responses: {
          201: { content: { 'application/json': { examples: { one: { value: { id: 'T1' } } } } } },
        },
      },
    },
    '/forms': {
      post: {
        security: [{ user: [] }],
        requestBody: {
          content: {
            'application/x-www-form-urlencoded': {
              schema: {
                type: 'object',
                required: ['To'],
                properties: {
                  To: { type: 'string' },
                  Age: { type: 'integer' },
                  Url: { type: 'array', items: { type: 'string', format: 'uri' } },
                },
              },
            },
          },
        },
        responses: { 204: {} },
      },
    },
  },
  components: {
    securitySchemes: {
      key: { type: 'apiKey', in: 'header', name: 'X-Key' },
      user: { type: 'http', scheme: 'basic' },
    },
    schemas: {
      Thing: {
        type: 'object',
        required: ['name'],
        properties: {
          name: { type: 'string', example: 'shown' },
          parts: { type: 'array', items: { $ref: '#/components/schemas/Thing' } },
        },
      },
    },
  },
});

describe('a mock made from an OpenAPI document', () => {
  let mock: OpenApiMock;

  beforeEach(async () => {
    mock = await OpenApiMock.start(DOCUMENT);
  });

  afterEach(async () => {
    await mock.close();
  });

  async function call(method: string, path: string, headers: object, body?: string): Promise<unknown[]> {
    const answer = await fetch(mock.url + path, { method, headers: { ...headers }, body: body ?? null });
    return [answer.status, await answer.text()];
  }

  it('answers what matches, by its examples', async () => {
    const thing = '{"name":"a","parts":[{"name":"b"}]}';
    expect(await call('POST', '/things/T7.json', { ...KEY, ...JSON_TYPE }, thing)).toEqual([
      201,
      '{"id":"T1"}',
    ]);
    const [status, shown] = await call('GET', '/things/T7.json?size=10', KEY);
    expect([status, JSON.parse(String(shown)) as unknown]).toMatchObject([200, { name: 'shown' }]);
    const basic = { authorization: `Basic ${Buffer.from('a:b').toString('base64')}` };
    const form = 'To=a+b&Age=7&Url=https%3A%2F%2Fa.example&Url=https%3A%2F%2Fb.example';
    expect((await call('POST', '/forms', { ...basic, ...FORM_TYPE }, form))[0]).toBe(204);
    expect(mock.refusals).toEqual([]);
    expect(mock.calls).toEqual(['POST /things/{id}.json', 'GET /things/{id}.json', 'POST /forms']);
  });

  it.each([
    ['GET', '/nothing', KEY, undefined, 404, 'no path'],
    ['PUT', '/things/T7.json', KEY, '{}', 405, 'PUT is not taken'],
    ['GET', '/things/T7.json', {}, undefined, 401, 'no credential'],
    ['POST', '/forms', { authorization: 'Basic bm9jb2xvbg==', ...FORM_TYPE }, 'To=a', 401, 'no credential'],
    ['GET', '/things/x.json', KEY, undefined, 400, 'path/id must match'],
    ['GET', '/things/T7.json?size=11', KEY, undefined, 400, 'query/size must be <= 10'],
    ['GET', '/things/T7.json?size=x', KEY, undefined, 400, 'query/size must be integer'],
    ['GET', '/things/T7.json?odd=1', KEY, undefined, 400, 'query odd is not in the document'],
    ['POST', '/things/T7.json', { ...KEY, ...JSON_TYPE }, '', 400, 'the body is missing'],
    ['POST', '/things/T7.json', { ...KEY, ...JSON_TYPE }, '{"name":7}', 400, 'body/name must be string'],
    [
      'POST',
      '/things/T7.json',
      { ...KEY, ...JSON_TYPE },
      '{"name":"a","parts":[{}]}',
      400,
      'body/parts/0 must have',
    ],
    ['POST', '/things/T7.json', { ...KEY, ...JSON_TYPE }, '{"name"', 400, 'body must be object'],
    ['POST', '/things/T7.json', { ...KEY, ...FORM_TYPE }, 'name=a', 400, 'a body of type'],
  ])('refuses %s %s with %j and %s', async (method, path, headers, body, status, fault) => {
    expect((await call(method, path, headers, body))[0]).toBe(status);
    expect(mock.refusals).toEqual([expect.stringContaining(fault) as string]);
    expect(mock.calls).toEqual([]);
  });

  it.each([
    ['Age=7', "body must have required property 'To'"],
    ['To=a&Age=x', 'body/Age must be integer'],
    ['To=a&Url=nowhere', 'body/Url/0 must match format "uri"'],
    ['To=a&To=b', 'body To is given 2 times'],
    ['To=a&Odd=1', 'body Odd is not in the document'],
  ])('refuses the form %s', async (form, fault) => {
    const basic = { authorization: `Basic ${Buffer.from('a:b').toString('base64')}` };
    expect((await call('POST', '/forms', { ...basic, ...FORM_TYPE }, form))[0]).toBe(400);
    expect(mock.refusals).toContainEqual(expect.stringContaining(fault));
  });
});
