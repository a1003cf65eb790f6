import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { request } from 'undici';
import { ControlClient } from './control-client.js';
import type { Simulator } from './simulator.js';
import { startSimulator } from './simulator.js';

const NUMBER = '106540352242922';
/** Any answer of the two sides; a test that reads what is not there fails on its expectation. */
interface Answered {
  contacts: object[];
  messages: { id: string; message_status?: string }[];
  error: { code: number; type: string };
  data: { name: string }[];
  paging?: { next?: string };
  status: string;
  field: string;
  detail: string;
}

let simulator: Simulator;
let control: ControlClient;

beforeAll(async () => {
  simulator = await startSimulator();
  control = new ControlClient(simulator.url);
});
afterAll(() => simulator.close());
beforeEach(async () => {
  await control.clearLedger();
  await control.putNumber(NUMBER, { accessToken: 'token', appSecret: 'secret', wabaId: '4195' });
});

async function ask(method: string, path: string, body?: unknown, token: string | undefined = 'token') {
  const answer = await request(simulator.url + path, {
    method,
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: answer.statusCode, headers: answer.headers, body: (await answer.body.json()) as Answered };
}

function text(to: string, callbackData?: string): object {
  const message = {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to,
    type: 'text',
    text: { body: 'hola' },
  };
  return { ...message, ...(callbackData && { biz_opaque_callback_data: callbackData }) };
}

const send = (body: unknown, token?: string) => ask('POST', `/v23.0/${NUMBER}/messages`, body, token);

describe('sending', () => {
  it('answers an accepted text with input, wa_id and a wamid', async () => {
    const { status, body } = await send(text('+52 55 1234 5678'));
    expect(status).toBe(200);
    expect(body).toEqual({
      messaging_product: 'whatsapp',
      contacts: [{ input: '+52 55 1234 5678', wa_id: '525512345678' }],
      messages: [{ id: expect.stringMatching(/^wamid\.[A-Za-z0-9+/=]+$/) }],
    });
  });

  it('answers a template with its message_status, and needs no version in the path', async () => {
    const template = { name: 'aviso', language: { code: 'es' } };
    const message = { messaging_product: 'whatsapp', to: '+5215550001111', type: 'template', template };
    const { body } = await ask('POST', `/${NUMBER}/messages`, message);
    expect(body.messages[0]!.message_status).toBe('accepted');
  });

  it('knows Mexican accounts by their 1 when the number has aliases', async () => {
    await control.putNumber(NUMBER, {
      accessToken: 'token',
      appSecret: 'secret',
      behaviour: { aliases: true },
    });
    const { body } = await send(text('+525512345678'));
    expect(body.contacts[0]).toEqual({ input: '+525512345678', wa_id: '5215512345678' });
  });

  it('refuses a missing or wrong token with 401 and code 190, and does not count the call', async () => {
    const wrong = await send(text('+5215550001111'), 'other');
    expect([wrong.status, wrong.body.error.code, wrong.body.error.type]).toEqual([
      401,
      190,
      'OAuthException',
    ]);
    expect((await send(text('+5215550001111'), '')).status).toBe(401);
    expect(await control.summary()).toMatchObject({ calls: 0, unauthorised: 2, mostPerSecond: 0 });
  });

  it('refuses an unknown number with code 100, subcode 33', async () => {
    const { status, body } = await ask('POST', '/v23.0/999/messages', text('+5215550001111'));
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 100, error_subcode: 33, type: 'GraphMethodException' });
  });

  it('refuses bad bodies in the envelope of the Cloud API', async () => {
    const { status, body } = await send({
      messaging_product: 'whatsapp',
      to: '+5215550001111',
      type: 'text',
    });
    expect(status).toBe(400);
    expect(body.error).toEqual({
      message: '(#131008) Required parameter is missing',
      type: 'OAuthException',
      code: 131008,
      error_data: { messaging_product: 'whatsapp', details: "Parameter 'text' is mandatory for type 'text'" },
      fbtrace_id: expect.any(String),
    });
    expect((await send('{"to":')).body.error.code).toBe(100);
    expect(await control.summary()).toMatchObject({ calls: 2, accepted: 0 });
  });

  it('throttles with 429 and 130429 above the rate of the number', async () => {
    const behaviour = { maxPerSecond: 5 };
    await control.putNumber(NUMBER, { accessToken: 'token', appSecret: 'secret', behaviour });
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_unused, n) => send(text(`+521555000111${n}`))),
    );
    const throttled = answers.filter(({ status }) => status === 429);
    expect(throttled).toHaveLength(3);
    expect(throttled[0]!.body.error.code).toBe(130429);
    expect(await control.summary()).toMatchObject({ calls: 8, accepted: 5, mostPerSecond: 8 });
  });

  it('lets the same messages meet the same fate in another order and another run', async () => {
    const behaviour = { failureRate: 0.3, throttleRate: 0.3, seed: 42 };
    const run = async (dispatch: string, order: number[]) => {
      await control.putNumber(NUMBER, { accessToken: 'token', appSecret: 'secret', behaviour });
      const fates: number[] = [];
      for (const n of order)
        fates[n] = (await send(text(`+5215550001${100 + n}`, `${dispatch}:${n}:1`))).status;
      return fates;
    };
    const order = Array.from({ length: 60 }, (_unused, n) => n);
    const first = await run('first', order);
    expect(await run('second', order.toReversed())).toEqual(first);
    expect(new Set(first)).toEqual(new Set([200, 400, 429]));
  });
});

describe('reading', () => {
  it('describes a number by the fields asked for', async () => {
    const byDefault = await ask('GET', `/v23.0/${NUMBER}`);
    expect(Object.keys(byDefault.body)).toEqual([
      'id',
      'display_phone_number',
      'verified_name',
      'quality_rating',
    ]);
    const chosen = await ask('GET', `/v23.0/${NUMBER}?fields=throughput,quality_rating`);
    expect(chosen.body).toEqual({ id: NUMBER, quality_rating: 'GREEN', throughput: { level: 'STANDARD' } });
    expect((await ask('GET', `/v23.0/${NUMBER}`, undefined, 'other')).body.error.code).toBe(190);
  });

  it('pages through the approved templates of an account', async () => {
    const seen: string[] = [];
    let path: string | undefined =
      '/v23.0/4195/message_templates?status=approved&limit=2&fields=name,language';
    while (path) {
      const { body } = await ask('GET', path);
      seen.push(...body.data.map(({ name }) => name));
      path = body.paging?.next?.slice(simulator.url.length);
    }
    expect(seen).toEqual(['hello_world', 'aviso_evento', 'invitacion']);
    await control.putTemplates('4195', [{ name: 'boleto', language: 'es', body: 'Hola {{1}}' }]);
    const { body } = await ask('GET', '/v23.0/4195/message_templates');
    expect(body.data).toMatchObject([
      { name: 'boleto', status: 'APPROVED', components: [{ text: 'Hola {{1}}' }] },
    ]);
  });
});

describe('the ledger', () => {
  it('lists what was accepted and names duplicates by the correlation id without its attempt', async () => {
    for (const data of ['d:1:1', 'd:2:1', 'd:2:2', 'e:1:1']) await send(text('+5215550001111', data));
    await send(text('+5215550002222'));
    await send(text('+5215550002222'));
    const { items } = await control.ledgerPage({ limit: 2, after: 0 });
    expect(items).toMatchObject([
      { callbackData: 'd:2:1', phoneNumberId: NUMBER, to: '+5215550001111', type: 'text', answered: 'ok' },
      { callbackData: 'd:2:2', row: 2 },
    ]);
    expect(Math.abs(items[0]!.receivedAtMs - Date.now())).toBeLessThan(5000);
    expect(await control.summary()).toMatchObject({ calls: 6, accepted: 6, distinct: 4, duplicates: 2 });
    expect(await control.summary({ callbackPrefix: 'd:' })).toMatchObject({
      accepted: 3,
      distinct: 2,
      duplicates: 1,
    });
    expect(await control.summary({ phoneNumberId: NUMBER, callbackPrefix: 'e:' })).toMatchObject({
      duplicates: 0,
    });
  });

  it('gives every message an id of its own', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => send(text('+5215550001111'))));
    const ids = answers.map(({ body }) => body.messages[0]!.id);
    expect(new Set(ids).size).toBe(200);
    const { items } = await control.ledgerPage();
    const digest = (list: string[]) => createHash('sha1').update(list.toSorted().join()).digest('hex');
    expect(digest(items.map(({ id }) => id))).toBe(digest(ids));
  });
});

describe('the control side', () => {
  it.each([
    ['PUT', 'numbers/1', { accessToken: 'a' }, 'appSecret'],
    [
      'PUT',
      'numbers/1',
      { accessToken: 'a', appSecret: 'b', behaviour: { readRate: 2 } },
      'behaviour.readRate',
    ],
    [
      'PUT',
      'numbers/1',
      { accessToken: 'a', appSecret: 'b', behaviour: { readrate: 1 } },
      'behaviour.readrate',
    ],
    ['POST', 'faults', { kind: 'explode' }, 'kind'],
    ['POST', 'faults', { kind: 'resetAfterRead', processed: false }, 'processed'],
    ['POST', 'inbound', { phoneNumberId: 'nobody', from: '1', text: 'a' }, 'phoneNumberId'],
    ['POST', 'statuses', { phoneNumberId: NUMBER, id: 'wamid.x', status: 'read' }, 'recipientId'],
    ['GET', 'ledger?limit=0', undefined, 'limit'],
  ])('%s %s answers a wrong field by its name', async (method, path, body, field) => {
    const { status, headers, body: problem } = await ask(method, `/simulator/${path}`, body);
    expect([status, headers['content-type'], problem.field]).toEqual([
      400,
      'application/problem+json',
      field,
    ]);
    expect(problem.detail).toContain(field.split('.').at(-1));
  });

  it('shows numbers without token and secret, and says that it is well', async () => {
    const shown = await ask('GET', '/simulator/numbers');
    expect(JSON.stringify(shown.body)).not.toMatch(/accessToken|appSecret|secret/);
    expect((await ask('GET', '/simulator/health')).body.status).toBe('ok');
    expect((await ask('GET', '/simulator/nowhere')).status).toBe(404);
  });
});
