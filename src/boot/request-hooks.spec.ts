import { Logger } from '@nestjs/common';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { request } from 'node:http';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { currentLogContext } from '../common/log-context.js';
import { addRequestHooks, endStreamsOnClose, requestIdOf } from './request-hooks.js';

describe('the hooks of every request', () => {
  let server: FastifyInstance;

  beforeEach(() => {
    Logger.overrideLogger(false);
    server = fastify({ genReqId: requestIdOf });
    addRequestHooks(server);
    endStreamsOnClose(server);
  });

  afterEach(async () => {
    await server.close();
  });

  it('answers with the id of the request, the caller’s where it is harmless', async () => {
    server.get('/', async () => 'ok');
    const idFor = async (given?: string) =>
      (await server.inject({ url: '/', headers: given === undefined ? {} : { 'x-request-id': given } }))
        .headers['x-request-id'];
    expect(await idFor('trace-0001')).toBe('trace-0001');
    expect(await idFor('{"a":\n1}')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idFor()).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('puts the handler into the context of its request, also after a body was read from the wire', async () => {
    server.post('/', async (incoming) => {
      await new Promise((resolve) => setImmediate(resolve));
      return { id: incoming.id, seen: currentLogContext().requestId };
    });
    const address = await server.listen({ host: '127.0.0.1', port: 0 });
    const answer = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ filler: 'x'.repeat(300_000) }),
    });
    const { id, seen } = (await answer.json()) as { id: string; seen: string };
    expect(seen).toBe(id);
  });

  it('ends event streams when the server closes, which would wait for them for ever', async () => {
    server.get('/events', (_request, reply) => {
      reply.hijack();
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
      reply.raw.write('data: 1\n\n');
    });
    await server.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.server.address() as AddressInfo;
    const client = request({
      host: '127.0.0.1',
      port,
      path: '/events',
      headers: { accept: 'text/event-stream' },
    });
    client.on('error', () => undefined);
    client.end();
    const [response] = (await once(client, 'response')) as [NodeJS.ReadableStream];
    response.on('error', () => undefined);
    const ended = once(response, 'close').catch(() => undefined);
    response.resume();
    await server.close();
    await ended;
  });
});
