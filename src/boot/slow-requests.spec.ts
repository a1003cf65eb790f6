import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cutSlowBodies } from './slow-requests.js';

const DEADLINE_MS = 60;

describe('a body that drips', () => {
  let server: FastifyInstance;
  const parsed: unknown[] = [];

  beforeEach(async () => {
    parsed.length = 0;
    server = fastify();
    cutSlowBodies(server, DEADLINE_MS);
    server.addContentTypeParser('multipart/form-data', (_request, _payload, done) => done(null));
    server.post('/', async ({ body }) => {
      parsed.push(body);
      await delay(DEADLINE_MS * 2);
      return 'ok';
    });
    await server.listen({ host: '127.0.0.1', port: 0 });
  });

  afterEach(async () => {
    await server.close();
  });

  function begin(type: string, body: string): Socket {
    const socket = connect({ host: '127.0.0.1', port: (server.server.address() as AddressInfo).port });
    socket.on('error', () => undefined);
    socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: 12\r\n\r\n${body}`);
    return socket;
  }

  it('is cut off in the end, and nobody is asked to handle it', async () => {
    const socket = begin('application/json', '{"a"');
    await once(socket.resume(), 'close');
    expect(parsed).toEqual([]);
  });

  it('is heard when it was whole in time, however long the answer takes', async () => {
    const socket = begin('application/json', '{"a":12345 }');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(String(answer)).toContain('200 OK');
    expect(parsed).toEqual([{ a: 12345 }]);
    socket.destroy();
  });

  it('may take its time as an upload', async () => {
    const socket = begin('multipart/form-data; boundary=x', '--x');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(String(answer)).toContain('200 OK');
    socket.destroy();
  });
});
