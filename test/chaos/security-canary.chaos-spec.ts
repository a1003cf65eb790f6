import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';
import { Dice, isFull, seeds } from './dice.js';
import { keepLogsOnFailure, SHORT_LEASES, untilStatus } from './scene.js';

const WAIT = { timeout: 60_000, interval: 200 };
const NUMBER = '106540352242922';

describe.runIf(isFull)('what nobody may find in logs or in Redis', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start({ workers: 1, environment: { ...SHORT_LEASES, CAUDAL_LOG_LEVEL: 'debug' } });
  }, 180_000);

  afterAll(() => stack.stop());

  beforeEach(() => keepLogsOnFailure(stack));

  it.each(seeds)(
    'S-14 has no number, name, text or key there, whatever goes wrong with them [seed %i]',
    async (seed) => {
      const dice = new Dice('S-14', seed);
      const digits = `5512${String(Math.floor(dice.between(100_000, 999_999)))}`;
      const canary = {
        phone: `+52${digits}`,
        local: digits,
        name: `Canaria${seed}`,
        text: `contraseña-del-canario-${seed}`,
        key: `cdl_${randomBytes(32).toString('base64url')}`,
        token: `token-del-canario-${seed}`,
      };
      const { phone, name, text, key, token } = canary;
      const channelId = await stack.createChannel({ phoneNumberId: NUMBER });
      const post = (path: string, body: object) => stack.api.post(path, body);
      let requests = 0;
      const wrong = [
        ['/api/contacts', { phone, name: { name }, attributes: text }],
        ['/api/contacts', { phone: `${phone}x`, name }],
        ['/api/contacts', { phone, [name]: text }],
        ['/api/messages', { phone: [phone], message: { text } }],
        ['/api/campaigns', { name, message: `{{${text}`, contacts: [phone] }],
        [
          '/api/channels',
          { name, provider: 'whatsapp-cloud', settings: { accessToken: token, phoneNumberId: name } },
        ],
        ['/api/subscriptions', { url: `https://${name}:${token}@example.com/${phone}`, events: [text] }],
        [
          '/api/rules',
          {
            name,
            match: { type: 'regex', pattern: `(${text}` },
            actions: [{ type: 'reply', message: text }],
          },
        ],
        [`/api/${encodeURIComponent(`${name} ${phone}`)}`, {}],
      ] as const;
      for (const [path, body] of wrong) {
        expect((await post(path, body)).status).toBeGreaterThanOrEqual(400);
        requests += 1;
      }
      const raw = `{"phone":"${phone}","name":"${name}`;
      const broken = [
        [`/api/contacts?search=${encodeURIComponent(phone)}&key=${key}`, { authorization: `Bearer ${key}` }],
        [`/webhooks/0198c0de-0000-7000-8000-000000000001/${token}`, {}],
        ['/webhook', { 'x-hub-signature-256': `sha256=${token}` }],
      ] as const;
      for (const [path, headers] of broken) {
        const type = { 'content-type': 'application/json' };
        const answer = await fetch(`${stack.front.baseUrl}${path}`, {
          method: 'POST',
          headers: { ...type, ...headers },
          body: raw,
        });
        expect(answer.status).toBeGreaterThanOrEqual(400);
        requests += 1;
      }
      // A name that leads to nobody, so that webhooks out fail too.
      const endpoint = {
        url: `https://crm-${seed}.invalid/${token}`,
        events: ['message.received', 'message.failed'],
      };
      expect((await post('/api/subscriptions', endpoint)).status).toBe(201);
      await stack.simulator.addFault({ kind: 'error', status: 400, code: 131026, count: 2 });
      await stack.simulator.addFault({ kind: 'error', status: 500, processed: false, count: 2 });
      await stack.simulator.addFault({ kind: 'halfBody', count: 2 });
      const csv = {
        name: `${name}.csv`,
        text: `telefono;nombre\n${phone};${name}\n${phone.slice(0, 7)};${name}\n;;${text}\n`,
      };
      const campaign = await stack.api.upload<{ id: string }>('/api/campaigns', csv, {
        name,
        message: `${text} {{nombre}}`,
        channelIds: JSON.stringify([channelId]),
      });
      expect(campaign.status, JSON.stringify(campaign.body)).toBe(201);
      await stack.start(campaign.body.id);
      await untilStatus(stack, campaign.body.id, 'completed');
      for (let nth = 0; nth < 8; nth += 1) await post('/api/messages', { phone, message: text, channelId });
      const imported = await stack.api.upload('/api/contacts/imports', {
        name: csv.name,
        text: `phone,name\n${phone},${name}\nno ${phone},${name}\n`,
      });
      expect(imported.status).toBeLessThan(300);
      await stack.simulator.receive(NUMBER, [{ from: phone.slice(1), text, name }]);
      await expect
        .poll(async () => {
          const [row] = await stack.ledger.sql.query<{ open: number; inbound: number }>(
            `SELECT (SELECT count(*)::int FROM messages WHERE state IN ('pending', 'inflight')) AS open,
                  (SELECT count(*)::int FROM inbound_messages) AS inbound`,
          );
          return row;
        }, WAIT)
        .toEqual({ open: 0, inbound: 1 });

      const held = {
        ...(await redisTexts(stack)),
        logs: stack.processes.map((process) => process.output()).join(''),
      };
      expect(held.logs.length).toBeGreaterThan(1000);
      const hits = Object.entries(held).flatMap(([place, written]) =>
        Object.entries(canary)
          .filter(([, value]) => written.includes(value))
          .map(([what, value]) => `${what} in ${place}: ${around(written, value)}`),
      );
      expect(hits).toEqual([]);
      dice.tell({
        requests,
        'log lines': held.logs.split('\n').length,
        'keys of Redis': Object.keys(held).length - 1,
        hits: 0,
      });
    },
    150_000,
  );
});

/** All that Redis holds of the stack, as text, by key; the key itself is part of it. */
async function redisTexts(stack: Stack): Promise<Record<string, string>> {
  const { redis } = stack;
  const texts: Record<string, string> = {};
  for (const key of await redis.keys('*')) {
    const type = await redis.type(key);
    const value =
      type === 'hash'
        ? await redis.hgetall(key)
        : type === 'list'
          ? await redis.lrange(key, 0, -1)
          : type === 'set'
            ? await redis.smembers(key)
            : type === 'zset'
              ? await redis.zrange(key, 0, -1)
              : type === 'stream'
                ? await redis.xrange(key, '-', '+')
                : await redis.get(key);
    texts[key] = `${key} ${JSON.stringify(value)}`;
  }
  return texts;
}

function around(text: string, value: string): string {
  const at = text.indexOf(value);
  return text.slice(Math.max(0, at - 150), at + value.length + 50);
}
