import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Base64Member } from './base64-member.js';
import { openEvolutionMedia } from './evolution-media.js';

const FILE = Buffer.from(Array.from({ length: 10_000 }, (_, index) => index % 256));

function answerWith(file: Buffer, more: object = {}): string {
  return JSON.stringify({
    mediaType: 'imageMessage',
    fileName: 'año.jpg',
    caption: 'Mira: ,"base64":"no" 👋',
    size: { fileLength: { low: file.length, high: 0, unsigned: true } },
    mimetype: 'image/jpeg',
    base64: file.toString('base64'),
    buffer: null,
    ...more,
  });
}

describe('a file within JSON', () => {
  it.each([1, 2, 3, 5, 64, 1_000_000])('comes out as it went in, in chunks of %i bytes', async (size) => {
    const file = FILE.subarray(0, 301);
    const json = Buffer.from(answerWith(file));
    const heads: unknown[] = [];
    const member = new Base64Member(1_000, (head) => heads.push(JSON.parse(head)));
    const chunks = Array.from({ length: Math.ceil(json.length / size) }, (_, index) =>
      json.subarray(index * size, (index + 1) * size),
    );
    const [out] = await Promise.all([buffer(member), pipeline(Readable.from(chunks), member)]);
    expect(out.equals(file)).toBe(true);
    expect(heads).toEqual([expect.objectContaining({ fileName: 'año.jpg', mimetype: 'image/jpeg' })]);
  });

  it.each([
    ['has more bytes than it may', answerWith(FILE.subarray(0, 1_001)), /more than 1000 bytes/],
    ['is cut off', answerWith(FILE).slice(0, 400), /not hold the whole file/],
    ['is not there', '{"mediaType":"imageMessage"}', /not hold the whole file/],
    ['is not there for long', JSON.stringify({ caption: 'x'.repeat(100_000) }), /holds no file/],
  ])('that %s is a fault', async (_title, json, message) => {
    const member = new Base64Member(1_000, () => undefined);
    member.resume();
    await expect(pipeline(Readable.from([Buffer.from(json)]), member)).rejects.toThrow(message);
  });
});

describe('asking Evolution for a file', () => {
  let server: Server;
  let agent: Agent;
  let status: number;
  let body: string;
  const asked: { url: string | undefined; apikey: unknown; body: unknown }[] = [];

  beforeEach(async () => {
    asked.length = 0;
    status = 201;
    body = answerWith(FILE);
    agent = new Agent();
    server = createServer((request, response) => {
      void buffer(request).then((bytes) => {
        asked.push({
          url: request.url,
          apikey: request.headers['apikey'],
          body: JSON.parse(bytes.toString()),
        });
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    await agent.close();
    server.close();
    server.closeAllConnections();
  });

  function open(maxBytes = 100_000) {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/chat/getBase64FromMediaMessage/ventas`;
    return openEvolutionMedia(
      { url, apiKey: 'key', messageId: '3A0011', deadlineMs: 5_000, maxBytes },
      agent,
    );
  }

  it('gives it as a stream, with its type and size', async () => {
    const media = await open();
    if (media.kind !== 'media') throw new Error(`it was ${media.kind}`);
    expect(media).toMatchObject({ mimeType: 'image/jpeg', bytes: FILE.length });
    expect((await buffer(media.body)).equals(FILE)).toBe(true);
    expect(asked).toEqual([
      {
        url: '/chat/getBase64FromMediaMessage/ventas',
        apikey: 'key',
        body: { message: { key: { id: '3A0011' } } },
      },
    ]);
  });

  it('says at once that it is too large, where its size is told', async () => {
    expect(await open(FILE.length - 1)).toEqual({ kind: 'too_large', bytes: FILE.length });
    body = answerWith(FILE, { size: {} });
    expect(await open(100)).toEqual({ kind: 'too_large', bytes: null });
  });

  it.each([
    [400, { status: 400, response: { message: ['Message not found'] } }, { kind: 'gone' }],
    [
      400,
      { status: 400, response: { message: ['Error: Connection Closed'] } },
      { kind: 'failed', code: 'http_400' },
    ],
    [401, { status: 401, response: { message: 'Unauthorized' } }, { kind: 'failed', code: 'http_401' }],
    [502, '<html>', { kind: 'failed', code: 'http_502' }],
    [201, {}, { kind: 'failed', code: 'bad_answer' }],
    [201, '<html>', { kind: 'failed', code: 'bad_answer' }],
  ])('says what went wrong: %i %j', async (withStatus, withBody, expected) => {
    status = withStatus;
    body = typeof withBody === 'string' ? withBody : JSON.stringify(withBody);
    expect(await open()).toMatchObject(expected);
  });

  it('says that nobody answered', async () => {
    const url = 'http://127.0.0.1:1/';
    const request = { url, apiKey: 'key', messageId: 'A', deadlineMs: 5_000, maxBytes: 10 };
    expect(await openEvolutionMedia(request, agent)).toMatchObject({
      kind: 'failed',
      code: 'connect_refused',
    });
  });
});
