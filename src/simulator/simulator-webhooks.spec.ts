import { createHmac } from 'node:crypto';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { request } from 'undici';
import { ControlClient } from './control-client.js';
import type { Simulator } from './simulator.js';
import { startSimulator } from './simulator.js';

const NUMBER = '106540352242922';
const SECRET = 'app-secret';

interface ReceivedStatus {
  id: string;
  status: string;
  timestamp: string;
  recipient_id: string;
  biz_opaque_callback_data?: string;
  errors?: { code: number }[];
}

/** Takes webhooks as the router will: raw bytes first, then what they say. */
class Receiver {
  readonly bodies: string[] = [];
  readonly statuses: ReceivedStatus[] = [];
  readonly messages: { from: string; text: { body: string } }[] = [];
  readonly batchSizes: number[] = [];
  wrongSignatures = 0;
  answerStatus = 200;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((call, response) => {
      const pieces: Buffer[] = [];
      call.on('data', (piece: Buffer) => pieces.push(piece));
      call.on('end', () => {
        const raw = Buffer.concat(pieces);
        response.writeHead(this.answerStatus).end();
        if (this.answerStatus === 200) this.#take(raw, String(call.headers['x-hub-signature-256']));
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/webhook`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #take(raw: Buffer, signature: string): void {
    if (signature !== `sha256=${createHmac('sha256', SECRET).update(raw).digest('hex')}`)
      this.wrongSignatures++;
    this.bodies.push(raw.toString('latin1'));
    const { value: first } = JSON.parse(raw.toString('utf8')).entry[0].changes[0];
    expect(first.metadata.phone_number_id).toBe(NUMBER);
    this.batchSizes.push(first.statuses?.length ?? 0);
    for (const { value } of JSON.parse(raw.toString('utf8')).entry[0].changes) {
      this.statuses.push(...(value.statuses ?? []));
      this.messages.push(...(value.messages ?? []));
    }
  }
}

let simulator: Simulator;
let control: ControlClient;
let receiver: Receiver;
let webhookUrl: string;

beforeEach(async () => {
  simulator = await startSimulator();
  control = new ControlClient(simulator.url);
  receiver = new Receiver();
  webhookUrl = await receiver.listen();
});
afterEach(async () => {
  await simulator.close();
  receiver.close();
});

async function register(behaviour: object = {}): Promise<void> {
  const steady = { statusDelayMs: 20, ...behaviour };
  await control.putNumber(NUMBER, {
    accessToken: 'token',
    appSecret: SECRET,
    wabaId: '4195',
    webhookUrl,
    behaviour: steady,
  });
}

async function send(
  to: string,
  callbackData: string,
  content: object = { type: 'text', text: { body: 'hola' } },
) {
  const answer = await request(`${simulator.url}/v23.0/${NUMBER}/messages`, {
    method: 'POST',
    headers: { authorization: 'Bearer token' },
    body: JSON.stringify({
      messaging_product: 'whatsapp',
      to,
      biz_opaque_callback_data: callbackData,
      ...content,
    }),
  });
  const body = (await answer.body.json()) as { messages: { id: string }[] };
  expect(answer.statusCode).toBe(200);
  return body.messages[0]!.id;
}

async function sendMany(count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_unused, n) => send(`+5215550${100000 + n}`, `d:${n}:1`)));
}

/** Until nothing is scheduled, queued or on its way. */
async function quiet() {
  return vi.waitFor(
    async () => {
      const summary = await control.summary();
      expect(summary.webhooks.pending).toBe(0);
      return summary;
    },
    { timeout: 5000, interval: 10 },
  );
}

const words = () => receiver.statuses.map(({ status }) => status);

describe('status webhooks', () => {
  it('come signed, in order, with the correlation id, in Meta’s envelope', async () => {
    await register({ readRate: 1 });
    const id = await send('+5215550001111', 'día/1:7:1');
    await quiet();
    expect(words()).toEqual(['sent', 'delivered', 'read']);
    for (const status of receiver.statuses) {
      expect(status).toMatchObject({
        id,
        recipient_id: '5215550001111',
        biz_opaque_callback_data: 'día/1:7:1',
      });
      expect(Math.abs(Number(status.timestamp) - Date.now() / 1000)).toBeLessThan(5);
    }
    expect(receiver.wrongSignatures).toBe(0);
    expect(JSON.parse(receiver.bodies[0]!)).toMatchObject({
      object: 'whatsapp_business_account',
      entry: [{ id: '4195' }],
    });
    expect(receiver.bodies[0]).toContain(String.raw`d\u00eda\/1:7:1`);
    expect((await control.summary()).statuses).toEqual({ sent: 1, delivered: 1, read: 1, failed: 0 });
  });

  it('come in batches of at most the size set', async () => {
    await register({ readRate: 0, statusBatchSize: 40, statusFlushMs: 50 });
    await sendMany(300);
    const summary = await quiet();
    expect(summary.webhooks).toMatchObject({ updates: 600, retried: 0, refused: 0 });
    expect(Math.max(...receiver.batchSizes)).toBe(40);
    expect(receiver.batchSizes.length).toBe(summary.webhooks.posted);
    expect(receiver.batchSizes.length).toBeLessThan(60);
  });

  it('are repeated until they are answered 200, and then counted once', async () => {
    await register({ readRate: 0 });
    receiver.answerStatus = 503;
    await sendMany(5);
    await vi.waitFor(async () => expect((await control.summary()).webhooks.retried).toBeGreaterThan(1), 5000);
    receiver.answerStatus = 200;
    const { webhooks } = await quiet();
    expect(webhooks).toMatchObject({ updates: 10, refused: 0 });
    expect(receiver.statuses).toHaveLength(10);
  });

  it('are given up after the time set, and counted as refused', async () => {
    await register({ readRate: 0, webhookRetryForMs: 100 });
    receiver.answerStatus = 500;
    await sendMany(5);
    expect((await quiet()).webhooks).toMatchObject({ posted: 0, updates: 0, refused: 10 });
  });

  it('come doubled, or not at all, when told so', async () => {
    await register({ readRate: 0, duplicateStatusRate: 1 });
    await sendMany(3);
    await quiet();
    expect(words().toSorted().join()).toBe([...Array(6).fill('delivered'), ...Array(6).fill('sent')].join());
    await register({ readRate: 0, dropStatusRate: 1 });
    await sendMany(3);
    expect((await quiet()).webhooks.dropped).toBe(6);
    expect(words()).toHaveLength(12);
  });

  it('tell of a failure with its code', async () => {
    await register({ failureRate: 0.5, seed: 2 });
    const answers = await Promise.allSettled(
      Array.from({ length: 40 }, (_unused, n) => send(`+5215550${100000 + n}`, `d:${n}:1`)),
    );
    const { accepted, statuses } = await quiet();
    expect(accepted).toBe(answers.filter(({ status }) => status === 'fulfilled').length);
    expect(statuses.failed).toBeGreaterThan(2);
    expect(statuses.failed + statuses.sent).toBe(accepted);
    const codes = new Set(receiver.statuses.flatMap(({ errors }) => errors?.map(({ code }) => code) ?? []));
    for (const code of codes) expect([131026, 130472, 131049]).toContain(code);
  });

  it('can be written by hand, for a known id or for any', async () => {
    await register({ deliveredRate: 0 });
    const id = await send('+5215550001111', 'd:1:1');
    await quiet();
    await control.postStatuses([
      { id, status: 'deleted' },
      {
        id: 'wamid.unknown',
        phoneNumberId: NUMBER,
        status: 'failed',
        recipientId: '+5215550002222',
        code: 131047,
      },
    ]);
    await quiet();
    expect(receiver.statuses.slice(1)).toMatchObject([
      { id, status: 'deleted', recipient_id: '5215550001111', biz_opaque_callback_data: 'd:1:1' },
      { id: 'wamid.unknown', recipient_id: '5215550002222', errors: [{ code: 131047 }] },
    ]);
  });
});

describe('the 24 h window', () => {
  it('lets free text fail by webhook until the user writes, and templates always pass', async () => {
    await register({ enforceWindow: true, readRate: 0 });
    await send('+5215550001111', 'd:1:1');
    await send('+5215550001111', 'd:2:1', {
      type: 'template',
      template: { name: 'aviso', language: { code: 'es' } },
    });
    await quiet();
    expect(words().toSorted()).toEqual(['delivered', 'failed', 'sent']);
    expect(receiver.statuses.find(({ status }) => status === 'failed')!.errors![0]!.code).toBe(131047);
    await control.receive(NUMBER, [{ from: '+5215550001111', text: 'Sí, gracias' }]);
    await send('+5215550001111', 'd:3:1');
    await quiet();
    expect(words().filter((word) => word === 'failed')).toHaveLength(1);
    expect(receiver.messages).toMatchObject([{ from: '5215550001111', text: { body: 'Sí, gracias' } }]);
  });
});

describe('replies', () => {
  it('come from the recipients as inbound messages with their contact', async () => {
    await register({ replyRate: 1, replyText: 'BAJA' });
    await sendMany(3);
    await quiet();
    expect(receiver.messages.map(({ from, text }) => `${from} ${text.body}`).toSorted()).toEqual([
      '5215550100000 BAJA',
      '5215550100001 BAJA',
      '5215550100002 BAJA',
    ]);
    const body = receiver.bodies.find((raw) => raw.includes('"contacts"'))!;
    const change = JSON.parse(body).entry[0].changes.at(-1).value;
    expect(change.contacts.map(({ wa_id: waId }: { wa_id: string }) => waId)).toEqual(
      change.messages.map(({ from }: { from: string }) => from),
    );
  });
});
