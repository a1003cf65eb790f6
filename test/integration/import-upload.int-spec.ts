import { readdirSync } from 'node:fs';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importRoutes, type ImportRoutes } from './import-routes.js';

const FILE_PART = 'Content-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nphone\n5512345678\n';

describe('an upload', () => {
  let routes: ImportRoutes;

  beforeAll(async () => {
    routes = await importRoutes();
  });
  afterAll(() => routes.close());

  const openFiles = () => readdirSync('/dev/fd').length;

  async function open(): Promise<Socket> {
    const { hostname, port } = new URL(routes.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  function head(contentType: string, length: number): string {
    return (
      `POST ${new URL(routes.url).pathname} HTTP/1.1\r\nHost: x\r\nContent-Type: ${contentType}\r\n` +
      `Content-Length: ${length}\r\nConnection: close\r\n\r\n`
    );
  }

  async function statusOf(contentType: string, body: string): Promise<number> {
    const socket = await open();
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.write(head(contentType, Buffer.byteLength(body)) + body);
    await once(socket, 'close');
    return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
  }

  const part = (text: string) => `--b\r\n${text}\r\n`;
  const field = (name: string) => part(`Content-Disposition: form-data; name="${name}"\r\n\r\nx`);

  it.each([
    ['no boundary', 'multipart/form-data', part(FILE_PART)],
    ['a boundary that never comes', 'multipart/form-data; boundary=other', part(FILE_PART)],
    ['a boundary too long to be one', `multipart/form-data; boundary=${'b'.repeat(300)}`, part(FILE_PART)],
    ['no end', 'multipart/form-data; boundary=b', part(FILE_PART)],
    [
      'a part without a name',
      'multipart/form-data; boundary=b',
      `${part('Content-Disposition: form-data\r\n\r\nx')}--b--\r\n`,
    ],
    ['1,000 files', 'multipart/form-data; boundary=b', `${part(FILE_PART).repeat(1000)}--b--\r\n`],
    [
      '10,000 fields',
      'multipart/form-data; boundary=b',
      `${Array.from({ length: 10_000 }, (_, i) => field(`f${i}`)).join('')}--b--\r\n`,
    ],
    [
      'a field named __proto__',
      'multipart/form-data; boundary=b',
      `${field('__proto__')}${part(FILE_PART)}--b--\r\n`,
    ],
    ['no form at all', 'text/csv', 'phone\n5512345678\n'],
  ])('with %s is answered with a 4xx and leaves nothing', async (_what, contentType, body) => {
    const status = await statusOf(contentType, body);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    await expect.poll(routes.uploadsLeft).toEqual([]);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('that breaks off leaves no file and no descriptor, fifty times over', async () => {
    const before = openFiles();
    for (let i = 0; i < 50; i += 1) {
      const socket = await open();
      const start = `--b\r\n${FILE_PART}`.slice(0, i % 5 === 0 ? 20 : undefined);
      socket.write(`${head('multipart/form-data; boundary=b', 10_000_000)}${start}`);
      if (i % 2 === 0) socket.write('5512345679\n'.repeat(20_000 + i));
      if (i % 3 === 0 && i % 5 !== 0) await expect.poll(routes.uploadsLeft).not.toEqual([]);
      socket.destroy();
    }
    await expect.poll(routes.uploadsLeft, { timeout: 10_000 }).toEqual([]);
    await expect.poll(openFiles, { timeout: 10_000 }).toBeLessThanOrEqual(before);
    const { job } = await routes.imported('phone\n5512345678\n');
    expect(job.rows.created).toBe(1);
  });

  it('that is refused in the middle of its columns leaves no descriptor either', async () => {
    const before = openFiles();
    for (let i = 0; i < 20; i += 1) {
      const { job } = await routes.imported(`cliente,saldo\n${'Ana,5\n'.repeat(100_000)}`);
      expect(job.status).toBe('failed');
    }
    await expect.poll(openFiles).toBeLessThanOrEqual(before + 1);
  });
});
