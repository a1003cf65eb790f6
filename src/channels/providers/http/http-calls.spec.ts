import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { lookup } from 'node:dns';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpCalls, type AddressGate, type HttpRequest } from './http-calls.js';

const OPEN: AddressGate = { refusalOf: () => undefined, lookup };
const REQUEST: HttpRequest = { method: 'POST', path: '/x', headers: ['x-test', '1'], body: '{"a":1}' };
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}';

const servers: Server[] = [];
const sockets = new Set<Socket>();
const clients: HttpCalls[] = [];

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(clients.splice(0).map((client) => client.close()));
  for (const server of servers.splice(0)) server.close();
});

/** A server that does what a real one does when it goes wrong, byte by byte. */
async function serve(
  onRequest: (socket: Socket, text: string) => void,
): Promise<{ origin: string; seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      seen.push(chunk.toString());
      onRequest(socket, chunk.toString());
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

function client(origin: string, maxOpenCalls = 4, gate = OPEN): HttpCalls {
  const calls = new HttpCalls({ origin, maxOpenCalls, gate });
  clients.push(calls);
  return calls;
}

async function closedPort(): Promise<string> {
  const { origin } = await serve(() => undefined);
  const server = servers.pop() as Server;
  server.close();
  await once(server, 'close');
  return origin;
}

function failed(code: string, kind: 'not_sent' | 'lost' | 'misconfigured') {
  return { kind: 'failure', fault: { kind, code } };
}

describe('a call', () => {
  it('gives the whole answer, in however many pieces it came', async () => {
    const { origin } = await serve((socket) => {
      socket.write('HTTP/1.1 404 Not Found\r\nretry-after: 3\r\ncontent-length: 9\r\n\r\n{"e":');
      setImmediate(() => socket.write('"ñ"'.slice(0, 1)));
      setImmediate(() => socket.write(Buffer.from('"ñ"').subarray(1, 2)));
      setImmediate(() =>
        socket.write(Buffer.concat([Buffer.from('"ñ"').subarray(2), Buffer.from('}')]).subarray(0, 2)),
      );
    });
    const result = await client(origin).call(REQUEST, 2000);
    expect(result).toMatchObject({
      kind: 'answer',
      status: 404,
      headers: { 'retry-after': '3' },
      body: '{"e":"ñ"',
    });
  });

  it('is refused by a closed port before it began, all of many at once', async () => {
    const calls = client(await closedPort(), 2);
    const results = await Promise.all(Array.from({ length: 10 }, () => calls.call(REQUEST, 2000)));
    for (const result of results) expect(result).toMatchObject(failed('connect_refused', 'not_sent'));
  });

  it('is not begun on a name that does not resolve', async () => {
    const gate: AddressGate = {
      refusalOf: () => undefined,
      lookup: (host, _options, callback) =>
        callback(Object.assign(new Error(host), { code: 'ENOTFOUND', syscall: 'getaddrinfo' }), '', 0),
    };
    const result = await client('http://nowhere.invalid', 1, gate).call(REQUEST, 2000);
    expect(result).toMatchObject(failed('name_not_found', 'not_sent'));
  });

  it('is not begun on a host that the gate refuses', async () => {
    const { origin, seen } = await serve((socket) => socket.write(OK));
    const refusal = Object.assign(new Error('private'), { code: 'CAUDAL_ADDRESS_REFUSED' });
    const result = await client(origin, 1, { refusalOf: () => refusal, lookup }).call(REQUEST, 2000);
    expect(result).toMatchObject(failed('address_refused', 'misconfigured'));
    expect(seen).toEqual([]);
  });

  it('fails in the TLS handshake against a server without TLS, before it began', async () => {
    const { origin } = await serve((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const result = await client(origin.replace('http:', 'https:')).call(REQUEST, 2000);
    expect(result).toMatchObject(failed('tls_failed', 'not_sent'));
  });

  it('that is reset in the TLS handshake was not begun either, though the code is that of a reset', async () => {
    const { origin } = await serve((socket) => socket.resetAndDestroy());
    const result = await client(origin.replace('http:', 'https:')).call(REQUEST, 2000);
    expect(result).toMatchObject({ kind: 'failure', fault: { kind: 'not_sent' } });
  });

  it.each([
    ['reset', (socket: Socket) => socket.resetAndDestroy(), 'connection_reset'],
    ['closed without an answer', (socket: Socket) => socket.end(), 'connection_closed'],
    [
      'closed within the body',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"mess'),
      'connection_closed',
    ],
    ['answered by something that is not HTTP', (socket: Socket) => socket.end('hello'), 'answer_unreadable'],
  ])('that is %s after it was read is lost', async (_what, act, code) => {
    const { origin, seen } = await serve((socket) => act(socket));
    const result = await client(origin).call(REQUEST, 2000);
    expect(result).toMatchObject(failed(code, 'lost'));
    expect(seen).toHaveLength(1);
  });

  it('ends at its deadline when nobody answers, and frees the socket', async () => {
    let ended = false;
    const { origin } = await serve((socket) => {
      socket.on('close', () => {
        ended = true;
      });
    });
    const startedAt = performance.now();
    expect(await client(origin).call(REQUEST, 200)).toMatchObject(failed('timeout', 'lost'));
    expect(performance.now() - startedAt).toBeLessThan(1000);
    await expect.poll(() => ended).toBe(true);
  });

  it('ends early when its signal fires, and heeds none that fires later', async () => {
    const { origin, seen } = await serve((socket, text) => {
      if (text.startsWith('GET')) socket.write(OK);
    });
    const calls = client(origin);
    const ending = new AbortController();
    const hanging = calls.call(REQUEST, 60_000, ending.signal);
    await expect.poll(() => seen.length).toBe(1);
    const answered = calls.call({ ...REQUEST, method: 'GET' }, 60_000, ending.signal);
    expect(await answered).toMatchObject({ kind: 'answer', status: 200 });
    ending.abort();
    expect(await hanging).toMatchObject(failed('timeout', 'lost'));
    expect(await calls.call(REQUEST, 60_000, ending.signal)).toMatchObject(
      failed('deadline_before_sending', 'not_sent'),
    );
  });

  it('ends at its deadline however steadily bytes drip in', async () => {
    const { origin } = await serve((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
      const drip = setInterval(() => socket.write(' '), 20);
      socket.on('close', () => clearInterval(drip));
    });
    const startedAt = performance.now();
    expect(await client(origin).call(REQUEST, 300)).toMatchObject(failed('timeout', 'lost'));
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it('that finds no free connection by its deadline was never sent, then or later', async () => {
    let free: (() => void) | undefined;
    const { origin, seen } = await serve((socket) => {
      free = () => socket.write(OK);
    });
    const calls = client(origin, 1);
    const first = calls.call(REQUEST, 5000);
    await expect.poll(() => seen.length).toBe(1);
    expect(await calls.call({ ...REQUEST, path: '/late' }, 100)).toMatchObject(
      failed('deadline_before_sending', 'not_sent'),
    );
    free?.();
    expect(await first).toMatchObject({ kind: 'answer', status: 200 });
    const third = calls.call({ ...REQUEST, path: '/next' }, 5000);
    await expect.poll(() => seen.length).toBe(2);
    free?.();
    await third;
    expect(seen.filter((text) => text.includes('/late'))).toEqual([]);
  });

  it('stops reading an answer that is larger than any', async () => {
    const { origin } = await serve((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 52428800\r\n\r\n');
      const megabyte = Buffer.alloc(1_048_576);
      for (let sent = 0; sent < 50; sent += 1) socket.write(megabyte);
    });
    expect(await client(origin).call(REQUEST, 2000)).toMatchObject(failed('answer_too_large', 'lost'));
  });

  it('does not follow a redirect', async () => {
    const { origin: other, seen } = await serve((socket) => socket.write(OK));
    const { origin } = await serve((socket) =>
      socket.write(`HTTP/1.1 307 Temporary Redirect\r\nlocation: ${other}/x\r\ncontent-length: 0\r\n\r\n`),
    );
    expect(await client(origin).call(REQUEST, 2000)).toMatchObject({ kind: 'answer', status: 307 });
    expect(seen).toEqual([]);
  });

  it('is refused by a client that was closed, while an open one ends as it would', async () => {
    let free: (() => void) | undefined;
    const { origin } = await serve((socket) => {
      free = () => socket.write(OK);
    });
    const calls = client(origin);
    const first = calls.call(REQUEST, 5000);
    await expect.poll(() => free !== undefined).toBe(true);
    const closing = calls.close();
    expect(await calls.call(REQUEST, 1000)).toMatchObject(failed('client_closed', 'not_sent'));
    free?.();
    expect(await first).toMatchObject({ kind: 'answer', status: 200 });
    await closing;
  });

  it('leaves the only connection to the next one, however it failed', async () => {
    let serveCall = (socket: Socket): void => void socket.destroy();
    const { origin, seen } = await serve((socket) => serveCall(socket));
    const calls = client(origin, 1);
    const broken = { ...REQUEST, headers: ['x-test', 'a\nb'] };
    expect(await calls.call(broken, 1000)).toMatchObject(failed('connect_failed', 'not_sent'));
    expect(await calls.call(REQUEST, 1000)).toMatchObject({ kind: 'failure', fault: { kind: 'lost' } });
    const late = { ...REQUEST, path: '/late' };
    let held: Socket | undefined;
    serveCall = (socket) => (held = socket);
    const first = calls.call(REQUEST, 1000);
    expect((await calls.call(late, 1)).kind).toBe('failure');
    await expect.poll(() => held).toBeDefined();
    held!.destroy();
    expect((await first).kind).toBe('failure');
    serveCall = (socket) => socket.write(OK);
    expect(await Promise.all([1, 2, 3].map(() => calls.call(REQUEST, 1000)))).toMatchObject(
      [1, 2, 3].map(() => ({ kind: 'answer', status: 200 })),
    );
    expect(seen.filter((text) => text.includes('/late'))).toEqual([]);
  });

  it('leaves its connection to the next ones', async () => {
    let connections = 0;
    const { origin } = await serve((socket) => socket.write(OK));
    servers.at(-1)?.on('connection', () => (connections += 1));
    const calls = client(origin, 4);
    for (let call = 0; call < 20; call += 1) await calls.call(REQUEST, 1000);
    // The one that asks in the same tick in which an answer ended finds its connection not yet free.
    expect(connections).toBeLessThanOrEqual(2);
  });
});
