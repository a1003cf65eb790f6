import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';
import { BareRedis } from './bare-redis.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { servicesOn } from './own-redis-services.js';
import { proveOverRedis } from './redis-proof.js';
import { keepLogsOnFailure, SHORT_LEASES } from './scene.js';
import { TcpProxy } from './tcp-proxy.js';

const PER_SECOND = 100;
const MESSAGES = isSoak ? 10_000 : 400;
/** Whoever promotes waits longer than that; a Sentinel for thirty seconds unless it is told otherwise. */
const NOTICED_AFTER_MS = isSoak ? 30_000 : 1000;
const TIMEOUT_MS = 300_000;
const WAIT = { timeout: 30_000, interval: 50 };

describe.runIf(isFull)('a replica that takes over', { timeout: TIMEOUT_MS }, () => {
  let primary: BareRedis;
  let replica: BareRedis;
  let link: TcpProxy;
  let front: TcpProxy;
  let stack: Stack;

  beforeAll(async () => {
    primary = await BareRedis.start();
    link = await TcpProxy.open();
    link.leadTo(primary.port);
    replica = await BareRedis.start({ settings: ['--replicaof', '127.0.0.1', String(link.port)] });
    front = await TcpProxy.open();
    stack = await Stack.start({
      workers: 2,
      environment: SHORT_LEASES,
      services: await servicesOn(primary),
      detours: { redis: front },
    });
  });

  afterAll(async () => {
    await stack?.stop();
    await front?.close();
    await replica?.stop();
    await link?.close();
    await primary?.stop();
  });

  it.each(seeds.slice(0, 1))(
    'F-21 without the last writes: lost bells are rung again, nothing twice, the limit holds [seed %i]',
    async (seed) => {
      keepLogsOnFailure(stack);
      const dice = new Dice('F-21', seed);
      await expect.poll(() => replica.client.info('replication'), WAIT).toContain('master_link_status:up');
      await proveOverRedis(dice, stack, {
        messages: MESSAGES,
        perSecond: PER_SECOND,
        fail: async () => {
          link.stall();
          const lostMs = Math.round(dice.between(300, 1200));
          await delay(lostMs);
          await primary.kill();
          await delay(NOTICED_AFTER_MS);
          await replica.client.replicaof('NO', 'ONE');
          front.leadTo(replica.port);
          front.cut();
          return { 'writes lost of ms': lostMs };
        },
      });
    },
  );
});
