import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { drainUnreadBodies } from './unread-bodies.js';

const BODY = Buffer.alloc(2_000_000, 'x');

describe('a request that is answered in the middle of its body', () => {
  let server: FastifyInstance;
  let socket: Socket;
  let heard = '';

  async function answerInTheMiddle(drainMs?: number): Promise<void> {
    server = fastify();
    drainUnreadBodies(server, drainMs);
    server.addContentTypeParser('text/x', (_request, _payload, done) => done(null));
    server.post('/', async ({ raw }, reply) => {
      // As a form parser does whose part nobody reads: it takes a little, and the rest is nobody's.
      const parser = new PassThrough();
      raw.pipe(parser);
      await once(parser, 'readable');
      return reply.status(400).send('no');
    });
    server.get('/', async () => 'yes');
    await server.listen({ host: '127.0.0.1', port: 0 });
    socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => undefined);
    heard = '';
    socket.setEncoding('utf8').on('data', (text: string) => (heard += text));
    await once(socket, 'connect');
    socket.write(
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/x\r\nContent-Length: ${BODY.length}\r\n\r\n`,
    );
    socket.write(BODY.subarray(0, 200_000));
    await expect.poll(() => heard).toMatch(/^HTTP\/1\.1 400[^]*no$/);
  }

  afterEach(async () => {
    socket.destroy();
    await server.close();
  });

  it('does not stand in the way of the next one on its connection', async () => {
    await answerInTheMiddle();
    socket.write(BODY.subarray(200_000));
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect.poll(() => heard).toMatch(/yes$/);
  });

  it('loses its connection when the rest does not come', async () => {
    await answerInTheMiddle(50);
    if (!socket.closed) await once(socket, 'close');
    expect(heard).not.toContain('yes');
  });
});
