import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { surroundingsOf } from '../../../../test/support/provider-surroundings.js';
import { CloudClient } from './cloud-client.js';
import { DEFAULT_API_VERSION } from './cloud-settings.js';

interface Call {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | object;
}

const NUMBER = '106540352242922';
const SECOND = 1000;
const MIB = 1024 * 1024;

let server: Server;
let url: string;
let client: CloudClient;
let calls: Call[];
/** What the next calls are answered, one each. */
let answers: Answer[];

function clientWith(settings: object = {}): CloudClient {
  const { addresses } = surroundingsOf({});
  const known = { apiVersion: DEFAULT_API_VERSION, phoneNumberId: NUMBER, accessToken: 'EAAG', wabaId: '9' };
  return new CloudClient({ baseUrl: url, ...known, ...settings }, 8, addresses);
}

beforeEach(async () => {
  calls = [];
  answers = [];
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method = '', url: path = '', headers } = request;
      calls.push({ method, url: path, headers, body });
      const { status = 200, headers: more = {}, body: answer = {} } = answers.shift() ?? {};
      response.writeHead(status, more);
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = clientWith();
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await client.close();
});

describe('the messages of a number', () => {
  const template = { type: 'template', name: 'promo', language: 'es' } as const;
  const message = { recipient: '+525512345678', correlationId: '1:1:1' };

  it('go out by the usual way, and those of the Marketing Messages API by that one', async () => {
    answers.push({ body: { messages: [{ id: 'wamid.A' }] } }, { body: { messages: [{ id: 'wamid.B' }] } });
    expect(await client.send({ ...message, content: template }, SECOND)).toMatchObject({ kind: 'accepted' });
    expect(await client.send({ ...message, content: { ...template, marketing: {} } }, SECOND)).toEqual({
      kind: 'accepted',
      providerId: 'wamid.B',
    });
    expect(calls.map((call) => call.url)).toEqual([
      `/v23.0/${NUMBER}/messages`,
      `/v23.0/${NUMBER}/marketing_messages`,
    ]);
  });

  it('to an id of Meta are accepted under the number that WhatsApp tells', async () => {
    answers.push({ body: { contacts: [{ user_id: 'MX.1' }], messages: [{ id: 'wamid.A' }] } });
    const outcome = await client.send({ ...message, recipient: 'MX.1', content: template }, SECOND);
    expect(outcome).toEqual({ kind: 'accepted', providerId: 'wamid.A' });
    expect(JSON.parse(calls[0]!.body)).toMatchObject({ recipient: 'MX.1' });
  });
});

describe('the templates of an account', () => {
  it('come a page at a time', async () => {
    const template = { id: '1', name: 'promo', language: 'es', category: 'MARKETING', status: 'approved' };
    answers.push(
      {
        body: {
          data: [
            { ...template, parameter_format: 'NAMED', quality_score: { score: 'GREEN' }, components: [{}] },
          ],
          paging: { cursors: { after: 'b=&c' }, next: `${url}/next` },
        },
      },
      { body: { data: [{ ...template, rejected_reason: 'NONE' }, {}], paging: { cursors: { after: 'z' } } } },
    );
    expect(await client.listTemplates(null, SECOND)).toEqual({
      kind: 'page',
      templates: [
        {
          name: 'promo',
          language: 'es',
          category: 'MARKETING',
          status: 'APPROVED',
          quality: 'GREEN',
          rejectedReason: null,
          parameterFormat: 'NAMED',
          components: [{}],
          providerRef: '1',
        },
      ],
      next: 'b=&c',
    });
    expect(await client.listTemplates('b=&c', SECOND)).toMatchObject({
      next: null,
      templates: [{ name: 'promo' }],
    });
    const [first, second] = calls.map((call) => new URL(call.url, url));
    expect(first!.pathname).toBe('/v23.0/9/message_templates');
    expect(first!.searchParams.get('fields')).toContain('quality_score');
    expect(first!.searchParams.has('after')).toBe(false);
    expect(second!.searchParams.get('after')).toBe('b=&c');
    expect(calls[0]!.headers.authorization).toBe('Bearer EAAG');
  });

  it.each([
    [{ error: { code: 100, error_subcode: 33 } }, 'wabaId'],
    [{ error: { code: 200 } }, 'whatsapp_business_management'],
    [{ error: { code: 190, error_subcode: 463 } }, 'has expired'],
    [{ error: { code: 80008 } }, 'limit of calls'],
    ['<html>', 'baseUrl'],
  ])('are not there for %j, and the reason says what to do', async (body, word) => {
    answers.push({ status: 400, body });
    const page = await client.listTemplates(null, SECOND);
    expect(page).toMatchObject({ kind: 'failed', reason: expect.stringContaining(word) });
  });

  it('cannot be listed without the account', async () => {
    const without = clientWith({ wabaId: undefined });
    expect(await without.listTemplates(null, SECOND)).toMatchObject({ code: 'waba_id_missing' });
    expect(calls).toEqual([]);
    await without.close();
  });
});

describe('the standing of a number', () => {
  it.each([
    [
      {
        quality_rating: 'GREEN',
        throughput: { level: 'STANDARD' },
        whatsapp_business_manager_messaging_limit: 'TIER_1K',
      },
      { quality: 'GREEN', throughputPerSecond: 80, recipientsPerDay: 1000 },
    ],
    [
      {
        quality_rating: 'NA',
        throughput: { level: 'HIGH' },
        whatsapp_business_manager_messaging_limit: 'TIER_UNLIMITED',
      },
      { quality: 'UNKNOWN', throughputPerSecond: 1000, recipientsPerDay: null },
    ],
    [
      { throughput: { level: 'NOT_APPLICABLE' }, verified_name: 'Tienda', display_phone_number: '+1 555' },
      { quality: 'UNKNOWN', displayName: 'Tienda', displayPhone: '+1 555' },
    ],
  ])('of %j', async (said, standing) => {
    answers.push({ body: { id: NUMBER, ...said } });
    expect(await client.standing(SECOND)).toEqual({ kind: 'standing', ...standing });
  });

  it('is not known where Meta does not say', async () => {
    answers.push({ status: 401, body: { error: { code: 190 } } });
    expect(await client.standing(SECOND)).toMatchObject({
      kind: 'failed',
      code: 'http_401',
      reason: expect.stringContaining('accessToken'),
    });
  });
});

describe('the file of a message', () => {
  const limits = { deadlineMs: 5 * SECOND, maxBytes: 10 };
  const placed = (more: object = {}): Answer => ({
    body: { url: `${url}/file`, mime_type: 'image/png', file_size: '4', id: '77', ...more },
  });

  it('is fetched from where Meta says it is, with the token', async () => {
    answers.push(placed(), { headers: { 'content-type': 'application/octet-stream' }, body: 'data' });
    const media = await client.openMedia('77', limits);
    if (media.kind !== 'media') throw new Error(JSON.stringify(media));
    expect(media).toMatchObject({ mimeType: 'image/png' });
    expect(await text(media.body)).toBe('data');
    expect(calls.map((call) => call.url)).toEqual([`/v23.0/77?phone_number_id=${NUMBER}`, '/file']);
    expect(calls[1]!.headers).toMatchObject({ authorization: 'Bearer EAAG', 'user-agent': 'caudal' });
  });

  it('may not be larger than allowed, whatever its length is said to be', async () => {
    answers.push(placed({ file_size: '11' }));
    expect(await client.openMedia('77', limits)).toEqual({ kind: 'too_large', bytes: 11 });
    answers.push(placed(), { headers: { 'content-length': '11' }, body: 'x'.repeat(11) });
    expect(await client.openMedia('77', limits)).toEqual({ kind: 'too_large', bytes: 11 });
    answers.push(placed(), { headers: { 'transfer-encoding': 'chunked' }, body: 'x'.repeat(11) });
    const media = await client.openMedia('77', limits);
    if (media.kind !== 'media') throw new Error(JSON.stringify(media));
    await expect(text(media.body)).rejects.toThrow('more than 10 bytes');
  });

  it('is gone when Meta does not know it any more', async () => {
    answers.push({ status: 400, body: { error: { code: 100, error_subcode: 33 } } });
    expect(await client.openMedia('77', limits)).toEqual({ kind: 'gone' });
    answers.push(placed(), { status: 404 });
    expect(await client.openMedia('77', limits)).toEqual({ kind: 'gone' });
    expect(await client.openMedia('../me', limits)).toEqual({ kind: 'gone' });
  });

  it('is not looked for where the token may not go', async () => {
    answers.push(placed({ url: 'http://example.com/file' }), placed({ url: 'https://169.254.169.254/file' }));
    expect(await client.openMedia('77', limits)).toMatchObject({ kind: 'failed', code: 'bad_answer' });
    expect(await client.openMedia('77', limits)).toMatchObject({ kind: 'failed', code: 'address_refused' });
    answers.push(placed(), { status: 302, headers: { location: `${url}/elsewhere` } });
    expect(await client.openMedia('77', limits)).toMatchObject({ kind: 'failed', code: 'http_302' });
    expect(calls.some((call) => call.url === '/elsewhere')).toBe(false);
  });

  it('is not there while Meta cannot be asked', async () => {
    answers.push({ status: 400, body: { error: { code: 190 } } }, { status: 502, body: '<html>' });
    expect(await client.openMedia('77', limits)).toMatchObject({ kind: 'failed', code: '190' });
    expect(await client.openMedia('77', limits)).toMatchObject({ kind: 'failed', code: 'bad_answer' });
  });
});

describe('a file to be sent to many', () => {
  const upload = (content: string, mimeType = 'application/pdf', bytes = Buffer.byteLength(content)) => ({
    file: Readable.from([Buffer.from(content)]),
    bytes,
    mimeType,
    fileName: 'bole"to\r\n.pdf',
  });

  it('is given to Meta once, as a form, with its length said before', async () => {
    answers.push({ body: { id: '4490709327384033' } });
    const answer = await client.uploadMedia(upload('%PDF ñ'), 5 * SECOND);
    expect(answer).toMatchObject({ kind: 'uploaded', mediaId: '4490709327384033' });
    const days = answer.kind === 'uploaded' ? (answer.expiresAt.getTime() - Date.now()) / 86_400_000 : 0;
    expect(Math.round(days)).toBe(30);
    const [call] = calls;
    expect(call!.url).toBe(`/v23.0/${NUMBER}/media`);
    expect(call!.headers['content-length']).toBe(String(Buffer.byteLength(call!.body)));
    const form = await new Response(call!.body, {
      headers: { 'content-type': call!.headers['content-type']! },
    }).formData();
    expect(form.get('messaging_product')).toBe('whatsapp');
    expect(form.get('type')).toBe('application/pdf');
    const file = form.get('file') as File;
    expect(await file.text()).toBe('%PDF ñ');
    expect(file.type).toBe('application/pdf');
  });

  it.each([
    [upload('x', 'image/gif'), 'media_type'],
    [upload('', 'image/png'), 'media_size'],
    [upload('x', 'image/png; a=b', 5 * MIB + 1), 'media_size'],
  ])('is not sent to be refused', async (refused, code) => {
    expect(await client.uploadMedia(refused, SECOND)).toMatchObject({ kind: 'refused', code });
    expect(calls).toEqual([]);
  });

  it('may be refused by Meta, or come to nothing that can be told', async () => {
    answers.push({ status: 400, body: { error: { code: 100 } } }, { status: 500 }, { body: '{}' });
    expect(await client.uploadMedia(upload('x'), SECOND)).toMatchObject({ kind: 'refused', code: '100' });
    expect(await client.uploadMedia(upload('x'), SECOND)).toMatchObject({ kind: 'failed', code: 'http_500' });
    expect(await client.uploadMedia(upload('x'), SECOND)).toMatchObject({ kind: 'failed', code: 'http_200' });
  });

  it('is not given to somebody who is not there', async () => {
    server.close();
    expect(await client.uploadMedia(upload('x'), SECOND)).toMatchObject({
      kind: 'failed',
      code: 'connect_refused',
    });
  });
});
