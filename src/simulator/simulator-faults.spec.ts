import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Agent, request } from 'undici';
import type { ScriptedFault } from './control-client.js';
import { ControlClient } from './control-client.js';
import type { Simulator } from './simulator.js';
import { startSimulator } from './simulator.js';

const NUMBER = '106540352242922';
let simulator: Simulator;
let control: ControlClient;
let agent: Agent;

beforeAll(async () => {
  simulator = await startSimulator();
  control = new ControlClient(simulator.url);
  await control.putNumber(NUMBER, { accessToken: 'token', appSecret: 'secret' });
});
afterAll(() => simulator.close());
beforeEach(async () => {
  agent = new Agent();
  await control.clearFaults();
  await control.clearLedger();
});
afterEach(() => agent.destroy());

interface Seen {
  status?: number;
  text?: string;
  contentType?: string;
  retryAfter?: string;
  /** Undici's code of what went wrong. */
  error?: string;
  afterMs: number;
}

async function send(to = '+5215550001111', deadlineMs = 5000): Promise<Seen> {
  const startedMs = performance.now();
  const afterMs = (): number => performance.now() - startedMs;
  try {
    const answer = await request(`${simulator.url}/v23.0/${NUMBER}/messages`, {
      dispatcher: agent,
      method: 'POST',
      headers: { authorization: 'Bearer token', 'content-type': 'application/json' },
      body: JSON.stringify({
        messaging_product: 'whatsapp',
        to,
        type: 'text',
        text: { body: 'hola' },
        biz_opaque_callback_data: `d:${to}:1`,
      }),
      signal: AbortSignal.timeout(deadlineMs),
    });
    const text = await answer.body.text();
    const { 'content-type': contentType, 'retry-after': retryAfter } = answer.headers as Record<
      string,
      string
    >;
    return {
      status: answer.statusCode,
      text,
      afterMs: afterMs(),
      ...(contentType !== undefined && { contentType }),
      ...(retryAfter !== undefined && { retryAfter }),
    };
  } catch (error) {
    const { code, name } = error as { code?: string | number; name: string };
    return { error: typeof code === 'string' ? code : name, afterMs: afterMs() };
  }
}

/** One call under the fault, and whether its message stands in the ledger. */
async function under(
  fault: ScriptedFault,
  deadlineMs?: number,
): Promise<Seen & { accepted: boolean; answered: string }> {
  await control.addFault({ count: 1, ...fault });
  const seen = await send('+5215550001111', deadlineMs);
  const { items } = await control.ledgerPage({ everyCall: true });
  expect(items).toHaveLength(1);
  return { ...seen, accepted: items[0]!.accepted, answered: items[0]!.answered };
}

describe('faults as a client sees them', () => {
  it('latency answers rightly, later', async () => {
    const seen = await under({ kind: 'latency', delayMs: 120 });
    expect(seen).toMatchObject({ status: 200, accepted: true, answered: 'latency' });
    expect(seen.afterMs).toBeGreaterThan(119);
  });

  it('hang never answers, with the message accepted or not as told', async () => {
    expect(await under({ kind: 'hang' }, 80)).toMatchObject({ error: 'TimeoutError', accepted: false });
    await control.clearLedger();
    expect(await under({ kind: 'hang', processed: true }, 80)).toMatchObject({
      error: 'TimeoutError',
      accepted: true,
    });
  });

  it('resetBeforeRead resets the connection and accepts nothing', async () => {
    expect(await under({ kind: 'resetBeforeRead' })).toMatchObject({ error: 'ECONNRESET', accepted: false });
  });

  it('resetAfterRead resets the connection behind an accepted message', async () => {
    expect(await under({ kind: 'resetAfterRead' })).toMatchObject({ error: 'ECONNRESET', accepted: true });
  });

  it('closeNoAnswer closes the connection cleanly behind an accepted message', async () => {
    expect(await under({ kind: 'closeNoAnswer' })).toMatchObject({ error: 'UND_ERR_SOCKET', accepted: true });
  });

  it('halfBody breaks off in the middle of the answer', async () => {
    expect(await under({ kind: 'halfBody' })).toMatchObject({ error: 'UND_ERR_SOCKET', accepted: true });
  });

  it('slowBytes answers a byte at a time', async () => {
    const seen = await under({ kind: 'slowBytes', delayMs: 20 }, 300);
    expect(seen).toMatchObject({ error: 'TimeoutError', accepted: true });
  });

  it('error answers the status and the code asked for, with Retry-After', async () => {
    const seen = await under({ kind: 'error', status: 429, retryAfterSeconds: 30 });
    expect(seen).toMatchObject({ status: 429, retryAfter: '30', accepted: false });
    expect(JSON.parse(seen.text!).error.code).toBe(130429);
  });

  it('error may come after the message was accepted', async () => {
    const seen = await under({ kind: 'error', status: 500, code: 131016, processed: true });
    expect(seen).toMatchObject({ status: 500, accepted: true });
    expect(JSON.parse(seen.text!).error).toMatchObject({ code: 131016, is_transient: true });
  });

  it('page502 answers a page of a proxy', async () => {
    const seen = await under({ kind: 'page502' });
    expect(seen).toMatchObject({ status: 502, contentType: 'text/html', accepted: false });
    expect(seen.text).toContain('502 Bad Gateway');
  });

  it('status200BadJson, wrongCharset and emptyId accept and answer what cannot be used', async () => {
    const bad = await under({ kind: 'status200BadJson' });
    expect(bad).toMatchObject({ status: 200, accepted: true });
    expect(() => JSON.parse(bad.text!)).toThrow(SyntaxError);
    await control.clearLedger();
    const charset = await under({ kind: 'wrongCharset' });
    expect(charset).toMatchObject({
      status: 200,
      contentType: 'application/json; charset=utf-16le',
      accepted: true,
    });
    await control.clearLedger();
    const empty = await under({ kind: 'emptyId' });
    expect(JSON.parse(empty.text!).messages).toEqual([{ id: '' }]);
    expect(empty.accepted).toBe(true);
  });

  it('hugeBody answers as many bytes as asked', async () => {
    const seen = await under({ kind: 'hugeBody', bytes: 3_000_000 });
    expect(seen.text!.length).toBeGreaterThan(3_000_000);
    expect(JSON.parse(seen.text!).messages[0].id).toMatch(/^wamid/);
  });

  it('duplicateId answers the id of the message before', async () => {
    const first = JSON.parse((await send('+5215550009999')).text!).messages[0].id;
    await control.addFault({ kind: 'duplicateId', count: 1 });
    expect(JSON.parse((await send()).text!).messages[0].id).toBe(first);
    const { items } = await control.ledgerPage();
    expect(items.map(({ id }) => id)).toEqual([first, first]);
  });

  it('redirect307 leads to another host and counts who follows', async () => {
    const seen = await under({ kind: 'redirect307' });
    expect(seen).toMatchObject({ status: 307, accepted: false });
    expect((await control.summary()).redirectsFollowed).toBe(0);
    await request(`${simulator.url}/simulator/redirected`, { method: 'POST', body: '{}' });
    expect((await control.summary()).redirectsFollowed).toBe(1);
  });
});

describe('which calls a fault befalls', () => {
  it('befalls the next calls of its count and no more', async () => {
    await control.addFault({ kind: 'error', status: 400, code: 131026, count: 2 });
    const statuses = [];
    for (let n = 0; n < 4; n++) statuses.push((await send()).status);
    expect(statuses).toEqual([400, 400, 200, 200]);
  });

  it('befalls a share of the calls when it has a rate, until it is cleared', async () => {
    await control.addFault({ kind: 'error', status: 500, rate: 0.5 });
    const statuses = await Promise.all(Array.from({ length: 200 }, () => send()));
    const hit = statuses.filter(({ status }) => status === 500).length;
    expect(hit).toBeGreaterThan(60);
    expect(hit).toBeLessThan(140);
    await control.clearFaults();
    expect((await send()).status).toBe(200);
  });

  it('befalls only recipients of its prefix, a reset before reading too', async () => {
    await control.addFault({ kind: 'resetBeforeRead', match: { toPrefix: '+52999' } });
    expect((await send('+525512345678')).status).toBe(200);
    expect((await send('+529991234567')).error).toBe('ECONNRESET');
    expect(await control.summary()).toMatchObject({ calls: 2, accepted: 1 });
  });

  it('befalls only its number', async () => {
    await control.putNumber('other', { accessToken: 'other', appSecret: 'secret' });
    await control.addFault({ kind: 'page502', phoneNumberId: 'other' });
    expect((await send()).status).toBe(200);
  });

  it('leaves an unknownRate of losses half of which are accepted', async () => {
    const behaviour = { unknownRate: 1, seed: 11 };
    await control.putNumber(NUMBER, { accessToken: 'token', appSecret: 'secret', behaviour });
    const sent = await Promise.all(
      Array.from({ length: 60 }, (_unused, n) => send(`+52155500011${10 + n}`, 400)),
    );
    await control.putNumber(NUMBER, { accessToken: 'token', appSecret: 'secret' });
    const ways = new Set(sent.map(({ status, error }) => error ?? status));
    expect(ways).toEqual(new Set(['ECONNRESET', 'TimeoutError', 500]));
    const { calls, accepted } = await control.summary();
    expect(calls).toBe(60);
    expect(accepted).toBeGreaterThan(15);
    expect(accepted).toBeLessThan(45);
  });
});
