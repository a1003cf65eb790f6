import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';
import { Subscriber } from '../support/subscriber.js';
import { Dice, isFull, seeds } from './dice.js';
import { keepLogsOnFailure, SHORT_LEASES } from './scene.js';
import { WickedEndpoint, type Wickedness } from './wicked-endpoint.js';

/** The only host that the stack may reach besides the public ones. */
const LISTED = '127.0.0.2';
const WAIT = { timeout: 40_000, interval: 100 };
const DEADLINE_MS = 1000;
const GIVE_UP_MS = 4000;
const EVENTS = 20;
const MOST_ANSWER_BYTES = 1_048_576;
/** What the kernels of both sides hold of a connection that nobody reads. */
const KERNEL_BYTES = 8_388_608;

const PRIVATE_HOSTS = (
  '127.0.0.1 127.1 0x7f000001 2130706433 017700000001 [::1] [::ffff:127.0.0.1] 169.254.169.254 [fe80::1] 10.0.0.1 ' +
  '172.16.0.1 192.168.1.1 100.64.0.1 [fd00::1] 0.0.0.0 [::] localhost a.localhost localhost. ' +
  'metadata.google.internal [64:ff9b::7f00:1]'
).split(' ');

interface Shown {
  readonly state: string;
  readonly stateReason: string | null;
}

describe.runIf(isFull)('addresses that callers give', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start({
      workers: 1,
      environment: {
        ...SHORT_LEASES,
        CAUDAL_PRIVATE_HOSTS: LISTED,
        CAUDAL_DELIVERY_TIMEOUT_MS: String(DEADLINE_MS),
        CAUDAL_DELIVERY_RETRY_MS: '50',
        CAUDAL_DELIVERY_GIVE_UP_MS: String(GIVE_UP_MS),
      },
    });
  });

  afterAll(() => stack.stop());

  beforeEach(() => keepLogsOnFailure(stack));

  const subscribe = async (url: string): Promise<{ id: string; secret: string }> => {
    const events = ['contact.opted_out'];
    const { status, body } = await stack.api.post<{ id: string; secret: string }>('/api/subscriptions', {
      url,
      events,
    });
    expect(status, JSON.stringify(body)).toBe(201);
    return body;
  };

  const optOut = async (): Promise<void> => {
    const phone = `+52155${Math.floor(Math.random() * 1e8)
      .toString()
      .padStart(8, '1')}`;
    const { body } = await stack.api.post<{ id: string }>('/api/contacts', { phone });
    expect((await stack.api.post(`/api/contacts/${body.id}/opt-out`, { reason: 'pidió' })).status).toBe(200);
  };

  it.each(seeds)(
    'S-01 leads nowhere that is private, not as it is written nor when it connects [seed %i]',
    async (seed) => {
      const dice = new Dice('S-01', seed);
      let refused = 0;
      for (const host of PRIVATE_HOSTS) {
        for (const scheme of ['https', 'http']) {
          const wishes = [
            ['/api/subscriptions', { url: `${scheme}://${host}:8443/hook`, events: ['message.failed'] }],
            ['/api/channels', evolutionAt(`${scheme}://${host}:8443`)],
            ['/api/channels', gatewayAt(`${scheme}://${host}:8443`)],
          ] as const;
          for (const [path, wish] of wishes) {
            const { status, body } = await stack.api.post(path, wish);
            expect(status, `${path} ${JSON.stringify(wish)}: ${JSON.stringify(body)}`).toBe(400);
            refused += 1;
          }
        }
      }
      // Past the check of what is written: names whose address is known only to a resolver, and rows of an older program.
      const bait = await WickedEndpoint.listen('hangs', '0.0.0.0');
      try {
        const machine = await subscribe(`https://${hostname()}:${bait.port}/hook`);
        const late = await Promise.all(
          ['127.0.0.1', '[::ffff:127.0.0.1]', '0x7f000001', 'localhost'].map(async (host) => {
            const { id } = await subscribe('https://crm.example.com/hook');
            await stack.ledger.sql.query('UPDATE subscriptions SET url = $2 WHERE id = $1', [
              id,
              `https://${host}:${bait.port}/hook`,
            ]);
            return id;
          }),
        );
        await stack.ledger.sql.query('SELECT pg_sleep(1.5)');
        await optOut();
        for (const id of [machine.id, ...late]) {
          await expect.poll(() => lastErrorOf(stack, id), WAIT).toBe('address_refused');
        }
        const channel = await stack.api.post<{ id: string }>(
          '/api/channels',
          evolutionAt(`https://${hostname()}:${bait.port}`),
        );
        expect(channel.status, JSON.stringify(channel.body)).toBe(201);
        const sent = await stack.api.post(`/api/channels/${channel.body.id}/test`, {
          phone: '+525512345678',
        });
        expect(JSON.stringify(sent.body)).toContain('private address');
        expect(bait.connections).toBe(0);
        for (const id of [machine.id, ...late])
          await stack.api.patch(`/api/subscriptions/${id}`, { state: 'paused' });
        dice.tell({
          urls: refused,
          refused,
          'refused at connect': late.length + 2,
          connections: bait.connections,
        });
      } finally {
        await bait.close();
      }
    },
    60_000,
  );

  it.each(seeds)(
    'S-02 is not held up by endpoints that hang, pour or redirect, and disables them [seed %i]',
    async (seed) => {
      const dice = new Dice('S-02', seed);
      const good = await Subscriber.start(LISTED);
      const kinds: readonly Wickedness[] = ['hangs', 'streams', 'redirects'];
      const wicked = await Promise.all(kinds.map((kind) => WickedEndpoint.listen(kind, LISTED)));
      try {
        const beforeBytes = residentBytes(stack.workers[0]!.pid);
        const ids = await Promise.all(
          wicked.map(async ({ port }) => (await subscribe(`http://${LISTED}:${port}/hook`)).id),
        );
        good.secret = (await subscribe(good.url)).secret;
        await stack.ledger.sql.query('SELECT pg_sleep(1.5)');
        const beganMs = performance.now();
        for (let nth = 0; nth < EVENTS; nth += 1) await optOut();
        await expect.poll(() => good.received.length, WAIT).toBe(EVENTS);
        const heardMs = Math.round(performance.now() - beganMs);
        const shown = async (id: string): Promise<Shown> =>
          (await stack.api.get<Shown>(`/api/subscriptions/${id}`)).body;
        for (const id of ids) {
          await expect
            .poll(async () => {
              await optOut();
              return (await shown(id)).state;
            }, WAIT)
            .toBe('disabled');
          expect((await shown(id)).stateReason).toContain('Nothing that was sent to it has been taken since');
        }
        const disabledMs = Math.round(performance.now() - beganMs);
        const [, pourer, redirecter] = wicked as [WickedEndpoint, WickedEndpoint, WickedEndpoint];
        expect(pourer.writtenBytes).toBeLessThan(pourer.connections * (MOST_ANSWER_BYTES + KERNEL_BYTES));
        const attempts = await attemptsOf(stack, ids[2]!);
        expect(redirecter.requests).toBeLessThanOrEqual(attempts);
        expect(new Set(good.idsOf()).size).toBe(good.received.length);
        expect(good.refused).toEqual([]);
        const output = stack.processes.map((process) => process.output()).join('');
        for (const id of ids) expect(output).toContain(`subscription ${id} is disabled`);
        const grownMb = (residentBytes(stack.workers[0]!.pid) - beforeBytes) / 1_048_576;
        expect(grownMb).toBeLessThan(150);
        dice.tell({
          requests: wicked.reduce((sum, { requests }) => sum + requests, 0),
          'poured MB': Math.round(pourer.writtenBytes / 1_048_576),
          redirects: redirecter.requests,
          followed: 0,
          'others after ms': heardMs,
          'disabled ms': disabledMs,
          'RSS grown MB': Math.round(grownMb),
        });
      } finally {
        await Promise.all([good.close(), ...wicked.map((one) => one.close())]);
      }
    },
    90_000,
  );
});

function evolutionAt(baseUrl: string): object {
  const name = `canal ${randomBytes(4).toString('hex')}`;
  return { name, provider: 'evolution', settings: { baseUrl, apiKey: 'k', instance: 'ventas' } };
}

function gatewayAt(baseUrl: string): object {
  const name = `canal ${randomBytes(4).toString('hex')}`;
  return { name, provider: 'http-gateway', settings: { baseUrl, preset: 'example' } };
}

async function lastErrorOf(stack: Stack, id: string): Promise<string | null | undefined> {
  const { body } = await stack.api.get<{ items: { lastError: string | null }[] }>(
    `/api/subscriptions/${id}/deliveries`,
  );
  return body.items[0]?.lastError;
}

async function attemptsOf(stack: Stack, id: string): Promise<number> {
  const [row] = await stack.ledger.sql.query<{ n: number }>(
    'SELECT sum(attempts)::int AS n FROM deliveries WHERE subscription_id = $1',
    [id],
  );
  return row!.n;
}

function residentBytes(pid: number): number {
  const [, kb] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kb) * 1024;
}
