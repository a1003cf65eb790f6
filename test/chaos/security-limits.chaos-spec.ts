import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Stack } from '../support/stack.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { keepLogsOnFailure, SHORT_LEASES } from './scene.js';

const IDLE = isSoak ? 10_000 : 2000;
const CAMPAIGNS = isSoak ? 10_000 : 3000;
const CONTACTS = isSoak ? 400_000 : 240_000;
const WAIT = { timeout: 40_000, interval: 100 };
const KEY = 'cdl_a_key_for_tests_that_is_long_enough';

describe.runIf(isFull)('limits of the server', () => {
  let stack: Stack;
  let port: number;

  beforeAll(async () => {
    stack = await Stack.start({ workers: 0, environment: SHORT_LEASES });
    port = Number(new URL(stack.front.baseUrl).port);
  });

  afterAll(() => stack.stop());

  beforeEach(() => keepLogsOnFailure(stack));

  it.each(seeds)(
    'S-10 holds back for a client that asks and never reads [seed %i]',
    async (seed) => {
      const dice = new Dice('S-10', seed);
      await stack.ledger.sql.query(
        `INSERT INTO contacts (workspace_id, recipient, name, attributes)
       SELECT w.id, '+52155' || (10000000 + n), 'Persona ' || n, jsonb_build_object('nota', repeat('x', 500))
       FROM (SELECT id FROM workspaces ORDER BY created_at LIMIT 1) w, generate_series(1, $1::int) n`,
        [CONTACTS],
      );
      const before = residentMb(stack.front.pid);
      const readers = await Promise.all(Array.from({ length: 4 }, () => open(port)));
      for (const reader of readers) {
        reader.pause();
        reader.write(
          `GET /api/contacts/export.csv HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEY}\r\n\r\n`,
        );
      }
      let most = 0;
      for (const untilMs = performance.now() + 4000; performance.now() < untilMs;) {
        most = Math.max(most, residentMb(stack.front.pid) - before);
        expect((await stack.api.get('/health/live')).status).toBe(200);
        await delay(100);
      }
      const wholeMb = (CONTACTS * 600 * readers.length) / 1_048_576;
      expect(most).toBeLessThan(Math.max(100, wholeMb / 2));
      dice.tell({
        clients: readers.length,
        'asked MB': Math.round(wholeMb),
        'RSS grown MB': Math.round(most),
      });
    },
    60_000,
  );

  it.each(seeds)(
    'S-15 lets go who says nothing or drips, and serves others meanwhile [seed %i]',
    async (seed) => {
      const dice = new Dice('S-15', seed);
      const large = await open(port);
      large.write(`GET /health HTTP/1.1\r\nhost: x\r\nx-large: ${'a'.repeat(64 * 1024)}\r\n\r\n`);
      const [answer] = (await once(large, 'data')) as [Buffer];
      expect(answer.toString()).toMatch(/^HTTP\/1\.1 431 /);
      const before = residentMb(stack.front.pid);
      const idle: Socket[] = [];
      while (idle.length < IDLE)
        idle.push(...(await Promise.all(Array.from({ length: 100 }, () => open(port)))));
      const dripping = await open(port);
      const drip = setInterval(() => dripping.writable && dripping.write('x'), 200);
      onTestFinished(() => clearInterval(drip));
      dripping.write('GET /health HTTP/1.1\r\nhost: x\r\nx-drip: ');
      const beganMs = performance.now();
      let slowestMs = 0;
      let closedAfterMs = 0;
      await expect
        .poll(async () => {
          const askedMs = performance.now();
          expect((await stack.api.get('/api/auth/me')).status).toBe(200);
          slowestMs = Math.max(slowestMs, performance.now() - askedMs);
          closedAfterMs = performance.now() - beganMs;
          return [...idle, dripping].filter((socket) => !socket.destroyed).length;
        }, WAIT)
        .toBe(0);
      const grownMb = residentMb(stack.front.pid) - before;
      dice.tell({
        idle: IDLE,
        'let go after ms': Math.round(closedAfterMs),
        'others waited ms': Math.round(slowestMs),
        'RSS grown MB': Math.round(grownMb),
      });
    },
    90_000,
  );

  it.each(seeds)(
    'S-16 spends no time on wicked patterns and templates [seed %i]',
    async (seed) => {
      const dice = new Dice('S-16', seed);
      const patterns = [
        '(a+)+$',
        '(a|a)*$',
        '(.*a){25}',
        '((a{1,100}){1,100}){1,100}',
        '(?=a)b',
        '(a)\\1',
        '[',
      ];
      let slowestMs = 0;
      const timed = async (path: string, body: object): Promise<number> => {
        const askedMs = performance.now();
        const { status } = await stack.api.post(path, body);
        slowestMs = Math.max(slowestMs, performance.now() - askedMs);
        return status;
      };
      for (const pattern of patterns) {
        const rule = {
          name: `r ${pattern}`,
          match: { type: 'regex', pattern },
          actions: [{ type: 'forward' }],
        };
        expect([201, 400], pattern).toContain(await timed('/api/rules', rule));
      }
      const bombs = [
        '{{'.repeat(20_000),
        '{{a|'.repeat(9000),
        `{{${'a'.repeat(30_000)}}}`,
        '{{ '.repeat(9000) + '}}'.repeat(9000),
      ];
      for (const message of bombs) {
        expect(await timed('/api/campaigns', { name: 'bomba', message, contacts: ['1'] })).toBeLessThan(500);
        expect(await timed('/api/messages', { phone: '+525512345678', message })).toBeLessThan(500);
      }
      expect(slowestMs).toBeLessThan(10_000);
      dice.tell({ requests: patterns.length + 2 * bombs.length, 'slowest ms': Math.round(slowestMs) });
    },
    60_000,
  );

  it.each(seeds)(
    'S-17 caps lists, and tells of one campaign among thousands as fast [seed %i]',
    async (seed) => {
      const dice = new Dice('S-17', seed);
      const channelId = await stack.createChannel();
      const campaignId = await stack.createCampaign(100, channelId);
      const { sql } = stack.ledger;
      const [columns] = await sql.query<{ names: string }>(
        `SELECT string_agg(quote_ident(column_name), ', ') AS names FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name = 'campaigns' AND column_name NOT IN ('id', 'dispatch_id')
         AND is_generated = 'NEVER' AND identity_generation IS NULL`,
      );
      const { names } = columns!;
      await sql.query(
        `INSERT INTO campaigns (id, ${names}) SELECT gen_random_uuid(), ${names} FROM campaigns, generate_series(1, $2::int)
       WHERE id = $1`,
        [campaignId, CAMPAIGNS],
      );
      const tags = Array.from({ length: 10_000 }, (_, nth) => `t${nth}`);
      expect((await stack.api.post('/api/contacts', { phone: '+525512345671', tags })).status).toBe(400);
      const lists = [
        'campaigns',
        'contacts',
        'channels',
        'portfolios',
        'audiences',
        'api-keys',
        'subscriptions',
      ];
      lists.push('alerts', 'conversations', 'webhook-events', `campaigns/${campaignId}/messages`);
      const strange = [
        JSON.stringify('x'),
        '1',
        '{}',
        '[]',
        '["9999999999999999999999","x"]',
        '-1',
        '"00000000"',
      ];
      const wrong: string[] = [];
      for (const list of lists) {
        for (const query of [
          'limit=1000000000',
          'limit=-1',
          'limit=0',
          'limit=1e9',
          'page=1000000000',
          'offset=1000000000',
        ])
          if ((await stack.api.get(`/api/${list}?${query}`)).status !== 400) wrong.push(`${list}?${query}`);
        for (const cursor of strange) {
          const { status } = await stack.api.get(
            `/api/${list}?cursor=${Buffer.from(cursor).toString('base64url')}`,
          );
          if (status >= 500) wrong.push(`${list} behind ${cursor}: ${status}`);
        }
      }
      expect(wrong).toEqual([]);
      const page = await stack.api.get<{ items: unknown[] }>('/api/campaigns?limit=500');
      expect(page.body.items).toHaveLength(500);
      const tookMs: number[] = [];
      for (let nth = 0; nth < 100; nth += 1) {
        const askedMs = performance.now();
        await stack.status(campaignId);
        tookMs.push(performance.now() - askedMs);
      }
      const medianMs = tookMs.toSorted((a, b) => a - b)[50]!;
      expect(medianMs).toBeLessThan(500);
      dice.tell({ campaigns: CAMPAIGNS, lists: lists.length, 'queue-status ms': medianMs.toFixed(1) });
    },
    90_000,
  );
});

async function open(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => undefined);
  socket.resume();
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

function residentMb(pid: number): number {
  const [, kb] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kb) / 1024;
}
