import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newApiKey } from '../../src/auth/api-key.js';
import { Stack } from '../support/stack.js';
import { walk } from './api-walk.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { keepLogsOnFailure, SHORT_LEASES } from './scene.js';
import { firstWorkspace, insertKey, otherWorkspace } from './workspaces.js';

const GUESSES = isSoak ? 60_000 : 2000;
const AT_ONCE = 20;
const GET = { method: 'GET', takes: 'nothing' } as const;

describe.runIf(isFull)('keys', () => {
  let stack: Stack;
  let workspaceId: string;

  beforeAll(async () => {
    stack = await Stack.start({ workers: 0, environment: { ...SHORT_LEASES, CAUDAL_LOG_LEVEL: 'debug' } });
    workspaceId = await firstWorkspace(stack);
  });

  afterAll(() => stack.stop());

  beforeEach(() => keepLogsOnFailure(stack));

  it.each(seeds)(
    'S-04 refuses keys that are wrong, revoked, expired, another’s or in the address, slows guessing down, and logs none [seed %i]',
    async (seed) => {
      const dice = new Dice('S-04', seed);
      const good = await insertKey(stack, workspaceId, 'operator');
      const expired = await insertKey(stack, workspaceId, 'admin', new Date(Date.now() - 1000));
      const revoked = await stack.api.post<{ id: string; key: string }>('/api/api-keys', {
        name: 'revoked',
        role: 'admin',
      });
      const stranger = await otherWorkspace(stack);
      const ask = (key: string | undefined, path = '/api/auth/me') => walk(stack, GET, path, key);
      expect(await ask(revoked.body.key)).toMatchObject({ status: 200 });
      const channelId = await stack.createChannel();
      const revoke = `UPDATE api_keys SET revoked_at = now() WHERE id = $1`;
      await stack.ledger.sql.query(revoke, [revoked.body.id]);
      await expect
        .poll(() => ask(revoked.body.key), { timeout: 10_000 })
        .toMatchObject({
          status: 401,
          code: 'key_revoked',
        });
      expect(await ask(newApiKey())).toMatchObject({ status: 401, code: 'key_unknown' });
      expect(await ask(`${good}x`)).toMatchObject({ status: 401, code: 'key_unknown' });
      expect(await ask(expired)).toMatchObject({ status: 401, code: 'key_expired' });
      expect(await ask(stranger.key, `/api/channels/${channelId}`)).toMatchObject({ status: 404 });
      for (const name of ['key', 'api_key', 'apiKey', 'token', 'authorization', 'X-API-Key'])
        expect(await ask(undefined, `/api/auth/me?${name}=${good}`)).toMatchObject({ code: 'key_missing' });
      expect(await ask(good)).toMatchObject({ status: 200 });

      const tried = [newApiKey(), expired, revoked.body.key, good, stranger.key];
      const answers = new Map<number, number>();
      const beganMs = performance.now();
      let left = GUESSES;
      const guess = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          const key = dice.chance(0.5) ? newApiKey() : `guess ${Math.floor(dice.between(0, 1e9))} of many`;
          tried.push(key);
          const { status } = await ask(key);
          answers.set(status, (answers.get(status) ?? 0) + 1);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, guess));
      const seconds = (performance.now() - beganMs) / 1000;
      // Those that were looked up before the sixtieth was noted, and what a second and a third minute let through.
      const minutes = Math.ceil(seconds / 60) + 1;
      expect([...answers.keys()].toSorted()).toEqual([401, 429]);
      expect(answers.get(401)).toBeLessThanOrEqual(minutes * (60 + AT_ONCE));
      // Whoever holds a key that works goes on, from the same address.
      expect(await ask(good)).toMatchObject({ status: 200 });
      expect((await stack.api.get('/api/channels')).status).toBe(200);
      const log = stack.front.output();
      expect(tried.filter((key) => log.includes(key))).toEqual([]);
      expect(log).toContain('unknown API keys within a minute');
      dice.tell({
        requests: GUESSES,
        'looked up': answers.get(401),
        throttled: answers.get(429),
        seconds: seconds.toFixed(1),
        logged: 0,
      });
    },
    isSoak ? 600_000 : 120_000,
  );

  it.each(seeds)(
    'S-11 has nothing readable in a dump, and opens nothing in another row [seed %i]',
    async (seed) => {
      const dice = new Dice('S-11', seed);
      const { sql } = stack.ledger;
      const secrets = Array.from({ length: 3 }, () => `s3cret-${randomBytes(12).toString('hex')}`);
      const [accessToken, appSecret, verifyToken] = secrets as [string, string, string];
      const channelOf = async (name: string, settings: object): Promise<string> => {
        const { status, body } = await stack.api.post<{ id: string }>('/api/channels', {
          name,
          provider: 'whatsapp-cloud',
          settings,
        });
        expect(status, JSON.stringify(body)).toBe(201);
        return body.id;
      };
      const victim = await channelOf('victim', {
        phoneNumberId: '1065403522001',
        wabaId: '1',
        accessToken,
        appSecret,
        verifyToken,
      });
      const thief = await channelOf('thief', {
        phoneNumberId: '1065403522002',
        wabaId: '2',
        accessToken: 'mine',
        appSecret: 'mine',
        verifyToken: 'mine',
      });
      const { body } = await stack.api.post<{ secret: string }>('/api/subscriptions', {
        url: 'https://crm.example.com/hook',
        events: ['message.failed'],
      });
      const made = await stack.api.post<{ key: string }>('/api/api-keys', { name: 'dumped', role: 'viewer' });
      const all = [...secrets, body.secret, made.body.key, 'cdl_a_key_for_tests_that_is_long_enough'];
      const tables = await sql.query<{ name: string }>(
        `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
      );
      const readable: string[] = [];
      let rows = 0;
      for (const { name } of tables) {
        for (const { row } of await sql.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`)) {
          rows += 1;
          for (const secret of all) {
            const forms = [
              secret,
              Buffer.from(secret).toString('hex'),
              Buffer.from(secret).toString('base64'),
            ];
            if (forms.some((form) => row.includes(form))) readable.push(`${name}: ${secret}`);
          }
        }
      }
      expect(readable).toEqual([]);
      const columns = await sql.query<{ table: string; column: string }>(
        `SELECT table_name AS table, column_name AS column FROM information_schema.columns
       WHERE table_schema = 'public' AND data_type = 'bytea' AND column_name LIKE 'sealed%' AND table_name = 'channels'`,
      );
      expect(columns).not.toEqual([]);
      for (const { column } of columns) {
        await sql.query(
          `UPDATE channels SET ${column} = (SELECT ${column} FROM channels WHERE id = $1), version = version + 1 WHERE id = $2`,
          [victim, thief],
        );
      }
      const opened = await walk(
        stack,
        GET,
        `/api/channels/${thief}/templates`,
        await insertKey(stack, workspaceId, 'admin'),
      );
      const status = await stack.api.get(`/api/channels/${thief}`);
      expect(JSON.stringify([opened, status])).not.toContain(accessToken);
      const used = await stack.api.post<{ code: string }>(`/api/channels/${thief}/templates/sync`);
      expect(used.status, JSON.stringify(used.body)).toBeGreaterThanOrEqual(400);
      dice.tell({ tables: tables.length, rows, secrets: all.length, readable: 0, 'moved and opened': 0 });
    },
  );
});
