import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TcpProxy } from './tcp-proxy.js';

describe('the TCP proxy of the chaos kit', () => {
  let echo: Server;
  let proxy: TcpProxy;

  beforeEach(async () => {
    echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    proxy = await TcpProxy.open();
    proxy.leadTo((echo.address() as AddressInfo).port);
  });

  afterEach(async () => {
    await proxy.close();
    echo.close();
  });

  async function open(): Promise<{ socket: Socket; heard: () => string }> {
    const socket = connect({ host: '127.0.0.1', port: proxy.port });
    socket.on('error', () => undefined);
    let heard = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
    });
    await once(socket, 'connect');
    return { socket, heard: () => heard };
  }

  it('passes bytes both ways, more than any buffer holds, and the end of the stream', async () => {
    const { socket, heard } = await open();
    const text = 'x'.repeat(3_000_000);
    socket.end(text);
    await once(socket, 'end');
    expect(heard().length).toBe(text.length);
  });

  it('stalls without closing: nothing comes until it passes again, and nothing is lost', async () => {
    const { socket, heard } = await open();
    socket.write('uno');
    await expect.poll(heard).toBe('uno');
    proxy.stall();
    socket.write('dos');
    const late = await open();
    late.socket.write('tres');
    const other = await TcpProxy.open();
    await other.close();
    expect([heard(), late.heard(), socket.destroyed]).toEqual(['uno', '', false]);
    proxy.pass();
    await expect.poll(heard).toBe('unodos');
    await expect.poll(late.heard).toBe('tres');
    socket.destroy();
    late.socket.destroy();
  });

  it('cuts open connections, and lets new ones through', async () => {
    const { socket } = await open();
    await expect.poll(() => proxy.openConnections).toBe(1);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    expect(proxy.cut()).toBe(1);
    await closed;
    const { socket: next, heard } = await open();
    next.write('otra vez');
    await expect.poll(heard).toBe('otra vez');
    next.destroy();
  });

  it('delays what it forwards, in order', async () => {
    const { socket, heard } = await open();
    proxy.delay(80);
    const sentMs = performance.now();
    socket.write('a');
    socket.write('b');
    await expect.poll(heard, { interval: 5 }).toBe('ab');
    expect(performance.now() - sentMs).toBeGreaterThanOrEqual(150);
    socket.destroy();
  });

  it('refuses new connections and keeps the open ones', async () => {
    const { socket, heard } = await open();
    socket.write('a');
    await expect.poll(heard).toBe('a');
    proxy.refuse();
    const refused = connect({ host: '127.0.0.1', port: proxy.port });
    const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
    socket.write('b');
    await expect.poll(heard).toBe('ab');
    socket.destroy();
  });
});
