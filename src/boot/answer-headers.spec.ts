import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addAnswerHeaders } from './answer-headers.js';

describe('the headers of every answer', () => {
  let server: FastifyInstance;

  beforeEach(() => {
    server = fastify();
    addAnswerHeaders(server);
    server.get('/*', async () => 'ok');
  });

  afterEach(async () => {
    await server.close();
  });

  const headersOf = async (url: string) => (await server.inject({ url })).headers;

  it.each(['/', '/?a=1', '/docs', '/docs/', '/docs/swagger-ui.css', '/docs?x', '/docs/errors'])(
    'lets the page at %s run scripts from files of ours, and no others',
    async (url) => {
      const policy = String((await headersOf(url))['content-security-policy']);
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
    },
  );

  it.each(['/api/contacts', '/health', '/docs-json', '/docsx', '/api/docs', '/webhook'])(
    'lets nothing run in what %s answers',
    async (url) => {
      expect(await headersOf(url)).toMatchObject({
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      });
    },
  );

  it('is there on a refusal too', async () => {
    const { headers, statusCode } = await server.inject({ method: 'POST', url: '/nowhere' });
    expect(statusCode).toBe(404);
    expect(headers['x-content-type-options']).toBe('nosniff');
  });
});
