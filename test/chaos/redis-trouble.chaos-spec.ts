import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Stack } from '../support/stack.js';
import { BareRedis } from './bare-redis.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { servicesOn } from './own-redis-services.js';
import { limitedCampaign, proveOverRedis } from './redis-proof.js';
import { callsOf, keepLogsOnFailure, SHORT_LEASES, untilStatus } from './scene.js';

const PER_SECOND = 100;
const MESSAGES = isSoak ? 4000 : 300;
const SLEEP_S = isSoak ? 10 : 4;
/** Bull has a second and a half for a bell, and the answer does not wait for more. */
const ANSWERED_WITHIN_MS = 2500;
const DISK_MIB = 24;
const TIMEOUT_MS = 300_000;
const WAIT = { timeout: 30_000, interval: 50 };

interface Health {
  readonly status: string;
  readonly components: Readonly<Record<string, { readonly status: string; readonly reason?: string }>>;
}

/** A folder on a disk of its own that is full soon, or null where none can be mounted. */
function smallDisk(): string | null {
  const dir = mkdtempSync(join(tmpdir(), 'caudal-small-disk-'));
  const mounted = spawnSync('/bin/sh', [
    '-c',
    'mount "$@"',
    'mount',
    '-t',
    'tmpfs',
    '-o',
    `size=${DISK_MIB}m`,
    'tmpfs',
    dir,
  ]);
  if (mounted.status === 0) return dir;
  rmSync(dir, { recursive: true, force: true });
  process.stdout.write('F-20 is skipped: a tmpfs cannot be mounted here (it takes root)\n');
  return null;
}

const disk = isFull ? smallDisk() : null;

describe.runIf(isFull)('Redis that hangs, is full, or drops what it holds', { timeout: TIMEOUT_MS }, () => {
  let redis: BareRedis;
  let stack: Stack;

  beforeAll(async () => {
    redis = await BareRedis.start({
      settings: ['--enable-debug-command', 'yes'],
      ...(disk === null ? {} : { dir: disk }),
    });
    stack = await Stack.start({
      workers: 2,
      environment: SHORT_LEASES,
      services: await servicesOn(redis),
    });
  });

  afterAll(async () => {
    await stack?.stop();
    await redis?.stop();
    if (disk === null) return;
    spawnSync('/bin/sh', ['-c', 'umount "$1"', 'umount', disk]);
    rmSync(disk, { recursive: true, force: true });
  });

  beforeEach(async () => {
    keepLogsOnFailure(stack);
    await stack.simulator.clearLedger();
  });

  let people = 0;
  const post = async (channelId: string): Promise<string> => {
    people += 1;
    const { status, body } = await stack.api.post<{ task_id: string }>('/api/messages', {
      phone: `+5255${String(60_000_000 + people)}`,
      message: 'Hola',
      channelId,
    });
    expect(status).toBe(202);
    return body.task_id;
  };
  const untilDelivered = async (taskId: string): Promise<void> => {
    const state = async () => (await stack.api.get<{ state: string }>(`/api/tasks/${taskId}`)).body.state;
    await expect.poll(state, WAIT).toBe('delivered');
  };
  const redisHealth = async () => (await stack.api.get<Health>('/health')).body.components['redis'];

  it.each(seeds)(
    'F-15 a Redis that hangs: the API answers, what it took is sent afterwards [seed %i]',
    async (seed) => {
      const channelId = await stack.createChannel({ statusDelayMs: 20, readRate: 0 });
      const laterId = await limitedCampaign(stack, 50, PER_SECOND);
      let taskId = '';
      await proveOverRedis(new Dice('F-15', seed), stack, {
        messages: MESSAGES,
        perSecond: PER_SECOND,
        fail: async () => {
          const sleeping = redis.client.call('DEBUG', 'SLEEP', String(SLEEP_S));
          const answersMs: number[] = [];
          const timed = async <T>(ask: Promise<T>): Promise<T> => {
            const askedMs = performance.now();
            const answer = await ask;
            answersMs.push(performance.now() - askedMs);
            return answer;
          };
          await timed(stack.api.get('/api/campaigns'));
          taskId = await timed(post(channelId));
          await timed(stack.start(laterId));
          expect(Math.max(...answersMs)).toBeLessThan(ANSWERED_WITHIN_MS);
          await sleeping;
          return { 'slowest answer ms': Math.round(Math.max(...answersMs)) };
        },
      });
      await untilDelivered(taskId);
      await untilStatus(stack, laterId, 'completed');
    },
  );

  /** Breaks writing: it is said why, nothing is sent, what comes in is kept, and all goes on by itself. */
  async function proveRefusal(dice: Dice, refuse: () => Promise<void>, mend: () => Promise<void>) {
    const channelId = await stack.createChannel({ statusDelayMs: 20, readRate: 0 });
    let taskId = '';
    await proveOverRedis(dice, stack, {
      messages: MESSAGES,
      perSecond: PER_SECOND,
      fail: async (campaignId) => {
        const brokenMs = Date.now();
        await refuse();
        const reason = async () => (await stack.status(campaignId)).reason?.code;
        await expect.poll(reason, WAIT).toBe('redis_refuses_writes');
        const saidMs = Date.now() - brokenMs;
        expect(await redisHealth()).toMatchObject({
          status: 'down',
          reason: expect.stringContaining('takes no writes'),
        });
        taskId = await post(channelId);
        // What was granted before is over; then a second of nothing.
        await stack.ledger.sql.query('SELECT pg_sleep(1)');
        const calls = await callsOf(stack, campaignId);
        await delay(1000);
        expect(await callsOf(stack, campaignId)).toBe(calls);
        await mend();
        return { 'said ms': saidMs };
      },
    });
    await untilDelivered(taskId);
    await expect.poll(async () => (await redisHealth())?.status, WAIT).toBe('ok');
    expect(stack.workers.map((worker) => worker.pid)).toHaveLength(2);
  }

  it.each(seeds)(
    'F-18 a Redis whose memory is full says so and loses nothing, and goes on with more of it [seed %i]',
    (seed) =>
      proveRefusal(
        new Dice('F-18', seed),
        () => redis.client.config('SET', 'maxmemory', '1mb').then(() => undefined),
        () => redis.client.config('SET', 'maxmemory', '0').then(() => undefined),
      ),
  );

  it.skipIf(disk === null).each(seeds)(
    'F-20 a Redis whose disk is full says so and loses nothing, and goes on when it has room [seed %i]',
    async (seed) => {
      const filler = join(disk!, 'filler');
      const free = (): void => rmSync(filler, { force: true });
      onTestFinished(free);
      await proveRefusal(
        new Dice('F-20', seed),
        () => Promise.resolve(fill(filler)),
        () => Promise.resolve(free()),
      );
      expect(redis.isRunning).toBe(true);
    },
  );

  it.each(seeds)('F-19 a Redis that drops keys is shown red and logged [seed %i]', async (seed) => {
    const dice = new Dice('F-19', seed);
    const policy = dice.pick(['allkeys-lru', 'allkeys-random', 'volatile-lru', 'volatile-ttl']);
    onTestFinished(() => redis.client.config('SET', 'maxmemory-policy', 'noeviction').then(() => undefined));
    await redis.client.config('SET', 'maxmemory-policy', policy);
    const brokenMs = Date.now();
    expect(await redisHealth()).toMatchObject({ status: 'down', reason: expect.stringContaining(policy) });
    const worker = await stack.startWorker();
    const errors = () =>
      worker
        .output()
        .split('\n')
        .filter((line) => line.includes('"error"') && line.includes(policy)).length;
    await expect.poll(errors, WAIT).toBe(1);
    dice.tell({ policy, 'a new process said it after ms': Date.now() - brokenMs });
    await redis.client.config('SET', 'maxmemory-policy', 'noeviction');
    expect(await redisHealth()).toMatchObject({ status: 'ok' });
    await stack.killWorker(worker);
  });
});

function fill(path: string): void {
  const mebibyte = Buffer.alloc(1 << 20);
  try {
    for (let written = 0; written < 2 * DISK_MIB; written += 1) writeFileSync(path, mebibyte, { flag: 'a' });
    throw new Error('the small disk was not full');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
