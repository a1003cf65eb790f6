import { createHmac, timingSafeEqual } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';

/**
 * The limit: a Fastify handler that checks the signature, parses the body and keeps nothing. A child process of the
 * bench: argv is the app secret; prints its port.
 */
const appSecret = process.argv[2] ?? '';
const app = fastify();
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.post('/webhook', (request, reply) => {
  const body = request.body as Buffer;
  const given = Buffer.from(String(request.headers['x-hub-signature-256']).slice('sha256='.length), 'hex');
  const expected = createHmac('sha256', appSecret).update(body).digest();
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    void reply.status(401).send({ success: false });
    return;
  }
  const { entry } = JSON.parse(body.toString()) as { entry: unknown[] };
  void reply.send({ success: entry.length > 0 });
});
await app.listen({ port: 0, host: '127.0.0.1' });
console.log((app.server.address() as AddressInfo).port);
