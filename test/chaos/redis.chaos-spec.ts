import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fullAudit } from '../support/auditor.js';
import { Stack } from '../support/stack.js';
import { closeBooks } from './books.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { servicesOn } from './own-redis-services.js';
import { OwnServer } from './own-server.js';
import { limitedCampaign, proveOverRedis, type RedisProof } from './redis-proof.js';
import { callsOf, keepLogsOnFailure, LEASE_MS, SHORT_LEASES, untilCalls, untilStatus } from './scene.js';
import { TcpProxy } from './tcp-proxy.js';

const PER_SECOND = 150;
const MESSAGES = isSoak ? 20_000 : 600;
/** Longer than a command may take before Redis counts as away. */
const OUTAGE_MS = isSoak ? 20_000 : 2500;
const AWAY_MS = isSoak ? 60_000 : OUTAGE_MS;
const LONGER_THAN_A_LEASE_MS = isSoak ? 40_000 : LEASE_MS + 1000;
const SOAK_MS = 300_000;
const WAIT = { timeout: 60_000, interval: 50 };
const SOON_MS = 2000;
/** Of three processes, each with a second and a half until it knows; none of what they would ring after that. */
const MOST_BELLS_OF_AN_OUTAGE = 200;

interface Health {
  readonly components: Readonly<Record<string, { readonly status: string }>>;
}

// The short run leaves these to the end-to-end test that wipes Redis, and to F-05, which kills it.
describe.runIf(isFull)('Redis that is lost, frozen, cut off and wiped', { timeout: SOAK_MS }, () => {
  let redis: OwnServer;
  let proxy: TcpProxy;
  let stack: Stack;

  beforeAll(async () => {
    redis = await OwnServer.redis();
    proxy = await TcpProxy.open();
    stack = await Stack.start({
      workers: 2,
      environment: SHORT_LEASES,
      services: await servicesOn(redis),
      detours: { redis: proxy },
    });
  });

  afterAll(async () => {
    await stack.stop();
    await proxy.close();
    await redis.stop();
  });

  beforeEach(async () => {
    keepLogsOnFailure(stack);
    proxy.pass();
    await stack.simulator.clearLedger();
  });

  /** Bull numbers its jobs. */
  const bellsRung = async (): Promise<number> => {
    const ids = await Promise.all(
      (await stack.redis.keys('caudal*bells:id')).map(async (key) => Number(await stack.redis.get(key))),
    );
    return ids.reduce((sum, id) => sum + id, 0);
  };
  const prove = (dice: Dice, fail: RedisProof['fail']) =>
    proveOverRedis(dice, stack, { messages: MESSAGES, perSecond: PER_SECOND, fail });

  it.each(seeds)('F-17 FLUSHALL in mid-campaign costs time and no budget [seed %i]', async (seed) => {
    await prove(new Dice('F-17', seed), async () => {
      await stack.redis.flushall();
    });
  });

  it.each(seeds)('F-16 kill -9 of Redis, a while without, and back with its file [seed %i]', async (seed) => {
    await prove(new Dice('F-16', seed), async () => {
      const bells = await bellsRung();
      await redis.kill();
      await delay(AWAY_MS);
      await redis.start();
      // What every worker would have rung in vain must not come down at once.
      const piled = (await bellsRung()) - bells;
      expect(piled).toBeLessThan(MOST_BELLS_OF_AN_OUTAGE);
      return { 'bells on return': piled };
    });
    // Every process answers bells again: also one that nothing but a single message rings for.
    const channelId = await stack.createChannel({ statusDelayMs: 20, readRate: 0 });
    const { status, body } = await stack.api.post<{ task_id: string }>('/api/messages', {
      phone: '+525550000001',
      message: 'Hola',
      channelId,
    });
    expect(status).toBe(202);
    const state = async () =>
      (await stack.api.get<{ state: string }>(`/api/tasks/${body.task_id}`)).body.state;
    await expect.poll(state, WAIT).toBe('delivered');
    for (const process of stack.processes) {
      const health = (await (await fetch(`${process.baseUrl}/health`)).json()) as Health;
      expect(health.components['redis']?.status).toBe('ok');
    }
  });

  it.each(seeds)('F-16 and F-17 together: Redis is killed and comes back empty [seed %i]', async (seed) => {
    await prove(new Dice('F-16+17', seed), async () => {
      await redis.kill();
      await redis.forgetEverything();
      await redis.start();
    });
  });

  it.each(seeds)('F-13 CLIENT PAUSE ALL: nothing is sent while it lasts [seed %i]', async (seed) => {
    const dice = new Dice('F-13', seed);
    await prove(dice, async () => {
      await stack.redis.client('PAUSE', OUTAGE_MS, 'ALL');
      await delay(OUTAGE_MS);
    });
  });

  it.each(seeds)('F-14 CLIENT PAUSE WRITE for longer than a lease [seed %i]', async (seed) => {
    await prove(new Dice('F-14', seed), async () => {
      await stack.redis.client('PAUSE', LONGER_THAN_A_LEASE_MS, 'WRITE');
      await delay(LONGER_THAN_A_LEASE_MS);
    });
  });

  it.each(seeds)('F-23 half-open: connections to Redis that swallow everything [seed %i]', async (seed) => {
    await prove(new Dice('F-23', seed), async () => {
      proxy.stall();
      await delay(OUTAGE_MS);
      const asked = performance.now();
      const { status } = await stack.api.get('/api/campaigns');
      expect(status).toBe(200);
      expect(performance.now() - asked).toBeLessThan(1500);
      proxy.pass();
    });
  });

  it.each(seeds)('F-22 connections to Redis that are reset all the time [seed %i]', async (seed) => {
    const dice = new Dice('F-22', seed);
    await prove(dice, async () => {
      for (let cut = 0; cut < 10; cut += 1) {
        proxy.cut(() => dice.chance(0.5));
        await delay(dice.between(100, 300));
      }
    });
  });

  it.each(seeds)(
    'F-54 pause, resume and stop work without Redis: Postgres is enough [seed %i]',
    async (seed) => {
      const dice = new Dice('F-54', seed);
      const campaignId = await limitedCampaign(stack, MESSAGES, PER_SECOND);
      const stoppedId = await limitedCampaign(stack, MESSAGES, PER_SECOND);
      await Promise.all([stack.start(campaignId), stack.start(stoppedId)]);
      await untilCalls(stack, campaignId, Math.round(MESSAGES * dice.between(0.05, 0.3)));
      const answersMs: number[] = [];
      const order = async (id: string, verb: string): Promise<void> => {
        const askedMs = performance.now();
        expect((await stack.api.post(`/api/campaigns/${id}/queue-${verb}`)).status).toBe(200);
        answersMs.push(performance.now() - askedMs);
      };
      proxy.refuse();
      proxy.cut();
      const orderedMs = Date.now();
      await order(campaignId, 'pause');
      await untilStatus(stack, campaignId, 'paused');
      const pausedMs = Date.now() - orderedMs;
      const calls = await callsOf(stack, campaignId);
      await order(stoppedId, 'stop');
      await untilStatus(stack, stoppedId, 'stopped');
      const stopped = await callsOf(stack, stoppedId);
      proxy.pass();
      await expect.poll(async () => (await redisHealth()).status, WAIT).toBe('ok');
      // Redis is back, and what was ordered without it stands: two ticks of every loop that could send.
      await stack.ledger.sql.query('SELECT pg_sleep(2)');
      expect(await callsOf(stack, campaignId)).toBe(calls);
      proxy.refuse();
      proxy.cut();
      await order(campaignId, 'resume');
      proxy.pass();
      const backMs = Date.now();
      await untilCalls(stack, campaignId, calls + 1);
      const recoveredMs = Date.now() - backMs;
      const { ledger } = await closeBooks(dice, stack, campaignId, {
        'stopped ms': pausedMs,
        'recovered ms': recoveredMs,
        'slowest answer ms': Math.round(Math.max(...answersMs)),
      });
      expect(ledger.accepted).toBe(MESSAGES);
      expect(Math.max(...answersMs)).toBeLessThan(SOON_MS);
      expect(await callsOf(stack, stoppedId)).toBe(stopped);
      await fullAudit(stack, stoppedId);
    },
  );

  const redisHealth = async () =>
    (await stack.api.get<Health>('/health')).body.components['redis'] ?? { status: 'missing' };
});
