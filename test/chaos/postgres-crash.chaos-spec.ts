import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { testRedis } from '../support/database.js';
import { Stack } from '../support/stack.js';
import { closeBooks } from './books.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { OwnServer } from './own-server.js';
import { keepLogsOnFailure, SHORT_LEASES, untilCalls } from './scene.js';
import { SmallDisk } from './small-disk.js';
import { callCounter, untilMore, untilStandstill } from './standstill.js';
import { WebhookSender } from './webhook-sender.js';
import { evolutionPosts } from './webhook-traffic.js';

const WORKERS = 2;
const MESSAGES = isSoak ? 100_000 : 1500;
const CRASHES = isSoak ? 30 : 3;
const FULL_MS = isSoak ? 60_000 : 2000;
/** A fresh cluster takes a fifth of it. */
const DISK_MB = 256;
/**
 * Paced by how many calls are open and how long they take, some two hundred a second: a limit would have a busy machine
 * give back every call that it is late for.
 */
const OPEN_CALLS = 16;
const SETTINGS = { latencyMs: 100, jitterMs: 100, statusDelayMs: 20 };
const PEOPLE = 40;
const FIRST_PERSON = 40_000_000;

const whyNoDisk = isFull ? await SmallDisk.whyNot() : undefined;
if (whyNoDisk !== undefined) process.stdout.write(`F-29 is left out: ${whyNoDisk}\n`);

describe.runIf(isFull)('Postgres that crashes alone', () => {
  let disk: SmallDisk | undefined;
  let postgres: OwnServer;
  let stack: Stack;
  let used = 0;

  beforeAll(async () => {
    disk = whyNoDisk === undefined ? await SmallDisk.mount(DISK_MB) : undefined;
    postgres = await OwnServer.postgres(disk?.path);
    const redis = testRedis();
    stack = await Stack.start({
      workers: WORKERS,
      environment: { ...SHORT_LEASES, CAUDAL_MAX_OPEN_CALLS: String(OPEN_CALLS) },
      services: {
        databaseUrl: postgres.url,
        redisUrl: redis.url,
        redisPrefix: redis.prefix,
        release: () => postgres.stop(),
      },
    });
  });

  afterAll(async () => {
    disk?.free();
    await stack?.stop();
    await disk?.unmount();
  });

  beforeEach(async () => {
    keepLogsOnFailure(stack);
    await stack.simulator.clearLedger();
  });

  /** A campaign that has begun. */
  async function begin(): Promise<{ campaignId: string; calls: () => Promise<number> }> {
    const channelId = await stack.createChannel(SETTINGS);
    const campaignId = await stack.createCampaign(MESSAGES, channelId, used);
    used += MESSAGES;
    await stack.start(campaignId);
    await untilCalls(stack, campaignId, 100);
    return { campaignId, calls: await callCounter(stack, campaignId) };
  }

  it.each(seeds)(
    'F-26 Postgres killed -9 alone and started again on its data: the workers go on with it, same books [seed %i]',
    async (seed) => {
      const dice = new Dice('F-26', seed);
      const { campaignId, calls } = await begin();
      const recoveries: number[] = [];
      for (let nth = 1; nth <= CRASHES; nth += 1) {
        await untilCalls(
          stack,
          campaignId,
          Math.round(((nth - dice.between(0.2, 0.8)) * MESSAGES) / (CRASHES + 1)),
        );
        await postgres.kill();
        await delay(dice.between(100, 1000));
        await postgres.start();
        recoveries.push(await untilMore(calls));
      }
      const { progress, ledger, unknownNeverHeard } = await closeBooks(dice, stack, campaignId, {
        crashes: CRASHES,
        'recovered ms': Math.max(...recoveries),
      });
      expect(progress.failed).toBe(0);
      expect(progress.unknown).toBe(unknownNeverHeard);
      expect(ledger.accepted + progress.unknown).toBe(MESSAGES);
      expect(progress.unknown).toBeLessThanOrEqual(CRASHES * WORKERS * OPEN_CALLS);
    },
  );

  it.skipIf(whyNoDisk !== undefined).each(seeds)(
    'F-29 the disk of Postgres fills up: sends stop, webhooks are refused or kept, and all goes on when there is room [seed %i]',
    async (seed) => {
      const dice = new Dice('F-29', seed);
      // Before the campaign: the router must know whose address it is while it can still ask.
      const evolution = evolutionPosts(await evolutionUrl(), FIRST_PERSON, PEOPLE);
      const { campaignId, calls } = await begin();
      await untilCalls(stack, campaignId, Math.round(MESSAGES * dice.between(0.1, 0.4)));
      const other = new WebhookSender(stack.routerUrl);

      onTestFinished(() => disk!.free());
      disk!.fill();
      const [stoppedMs] = await Promise.all([untilStandstill(calls), useUpTheLog()]);
      await other.send(evolution, { connections: 4 });
      await delay(FULL_MS);
      const callsWhileFull = await calls();
      const { retried } = (await stack.simulator.summary()).webhooks;

      disk!.free();
      const died = await superviseAgain();
      const recoveredMs = await untilMore(calls);
      await expect.poll(written, { timeout: 60_000 }).toBe(PEOPLE);
      const { progress, ledger, unknownNeverHeard } = await closeBooks(dice, stack, campaignId, {
        'stopped ms': stoppedMs,
        'recovered ms': recoveredMs,
        'sent while full': callsWhileFull,
        'webhooks told to come again': retried,
        'kept on the disk of the router': PEOPLE,
        'Postgres ended': died ? 'yes' : 'no',
      });
      expect(other.answered(503)).toBe(0);
      expect(retried).toBeGreaterThan(0);
      expect(progress.failed).toBe(0);
      expect(progress.unknown).toBe(unknownNeverHeard);
      expect(ledger.accepted + progress.unknown).toBe(MESSAGES);
    },
  );

  /** Goes on to new segments of the write-ahead log until there is none, which Postgres does not survive. */
  async function useUpTheLog(): Promise<void> {
    const { sql } = stack.ledger;
    await expect
      .poll(
        () =>
          sql.query(`SELECT pg_logical_emit_message(false, 'spec', 'full'), pg_switch_wal()`).then(
            () => 'there is more',
            () => 'used up',
          ),
        { timeout: 30_000, interval: 10 },
      )
      .toBe('used up');
  }

  /** What a supervisor does: whether Postgres had ended, and was started again. */
  async function superviseAgain(): Promise<boolean> {
    const works = () =>
      stack.ledger.sql.query('SELECT pg_logical_emit_message(true, $1, $1)', ['room']).then(
        () => true,
        () => false,
      );
    if (await works()) return false;
    await postgres.kill();
    await postgres.start();
    return true;
  }

  async function evolutionUrl(): Promise<string> {
    const { status, body } = await stack.api.post<{ webhookUrl: string }>('/api/channels', {
      name: 'evolution',
      provider: 'evolution',
      settings: { baseUrl: 'https://evolution.example.com', apiKey: 'k', instance: 'ventas' },
    });
    expect(status).toBe(201);
    return body.webhookUrl;
  }

  async function written(): Promise<number> {
    const [row] = await stack.ledger.sql.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM inbound_messages WHERE provider_id LIKE 'EVO4%'`,
    );
    return row!.n;
  }
});
