import { appendFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { fullAudit } from '../support/auditor.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { callsOf, untilCalls, untilStatus } from './scene.js';
import { expectAppliedOnce, untilNothingWaits, waitingOf } from './webhook-books.js';
import { WebhookSender } from './webhook-sender.js';
import { WebhookStage } from './webhook-stage.js';
import { evolutionPosts } from './webhook-traffic.js';

/** What a proof takes in the short run, among all the others, and at the length that the catalogue asks for. */
const sized = <T>(short: T, full: T, soak: T): T => (isSoak ? soak : isFull ? full : short);

const STATUSES = sized(5000, 8000, 50_000);
const INBOUND = sized(200, 400, 2000);
const UNDER_FIRE_MS = sized(4500, 9000, 60_000);
/** Half of them of workers, half of the router. */
const KILLS = sized(4, 8, 24);
/** Postgres is away for two thirds of it. */
const OUTAGE_MS = sized(2500, 6000, 900_000);
const CONNECTIONS = 16;
const PATIENCE_MS = isSoak ? 3_600_000 : 600_000;

describe('webhooks under fire', () => {
  const stage = WebhookStage.set();

  it.each(seeds)(
    'W-01 W-02 every event has its effect once while workers and the router are killed -9 at random [seed %i]',
    async (seed) => {
      const { stack } = stage;
      const dice = new Dice('W-01', seed);
      const cast = await stage.cast(dice, STATUSES, INBOUND);
      const { traffic, dispatchId } = cast;
      const sender = new WebhookSender(stack.routerUrl);
      const victims = killPlan(dice, traffic.posts.length);
      const births: Promise<unknown>[] = [];
      let killing = Promise.resolve();
      let recoveredMs = 0;
      const kill = async (victim: 'worker' | 'router'): Promise<void> => {
        if (victim === 'router') {
          await stack.killRouter();
          await stack.startRouter();
          recoveredMs = Math.max(recoveredMs, await untilTaken(sender, traffic.posts.length));
        } else {
          if (stack.workers.length > 0) await stack.killWorker(dice.pick(stack.workers));
          births.push(stack.startWorker());
        }
      };
      const beganAt = Date.now();
      await sender.send(traffic.posts, {
        connections: CONNECTIONS,
        overMs: UNDER_FIRE_MS,
        taken: (count) => {
          const victim = victims.get(count);
          if (victim !== undefined) killing = killing.then(() => kill(victim));
          if (count === Math.round(traffic.posts.length / 10)) void stage.learnProviderIds(cast);
        },
      });
      const seconds = (Date.now() - beganAt) / 1000;
      await killing;
      await Promise.all(births);
      await expectAppliedOnce(stack, traffic, dispatchId);
      dice.tell({
        statuses: traffic.statusCount,
        inbound: traffic.inboundCount,
        'bodies posted': traffic.posts.length,
        'of them different': traffic.differentBodies,
        seconds: seconds.toFixed(1),
        'processes killed': victims.size,
        duplicates: 0,
        lost: 0,
        'recovered ms': Math.round(recoveredMs),
        'answers lost': sender.unheard,
        'answered 503': sender.answered(503),
        'all applied after s': ((Date.now() - beganAt) / 1000).toFixed(1),
      });
      expect(victims.size).toBe(KILLS);
      expect(traffic.statusCount).toBeGreaterThanOrEqual(STATUSES);
      expect(traffic.inboundCount).toBe(INBOUND);
    },
    PATIENCE_MS,
  );

  it.each(isFull ? seeds : [])(
    'W-10 what the router took before it was killed -9 is applied by a worker that comes later [seed %i]',
    async (seed) => {
      const { stack } = stage;
      const dice = new Dice('W-10', seed);
      const cast = await stage.cast(dice, 500, 50);
      await stage.learnProviderIds(cast);
      await Promise.all([...stack.workers].map((worker) => stack.killWorker(worker)));
      const sender = new WebhookSender(stack.routerUrl);
      await sender.send(cast.traffic.posts, { connections: CONNECTIONS });
      await stack.killRouter();
      const left = await waitingOf(stack, cast.traffic);
      const beganAt = performance.now();
      await Promise.all([stack.startRouter(), stack.startWorker(), stack.startWorker()]);
      await untilNothingWaits(stack);
      const recoveredMs = Math.round(performance.now() - beganAt);
      await expectAppliedOnce(stack, cast.traffic, cast.dispatchId);
      dice.tell({ bodies: left, duplicates: 0, lost: 0, 'recovered ms': recoveredMs });
      expect(left).toBe(cast.traffic.differentBodies);
    },
  );

  it.each(seeds)(
    'W-09 Postgres killed -9 while webhooks arrive: refused or kept on the disk, and all applied once [seed %i]',
    async (seed) => {
      const { stack, postgres } = stage;
      const dice = new Dice('W-09', seed);
      const cast = await stage.cast(dice, sized(1500, 4000, 120_000), sized(60, 200, 2000));
      await stage.learnProviderIds(cast);
      const people = stage.nextPeople();
      const evolution = evolutionPosts(stage.evolutionUrl, people, sized(100, 400, 18_000));
      const [meta, other] = [new WebhookSender(stack.routerUrl), new WebhookSender(stack.routerUrl)];
      const sending = [
        meta.send(cast.traffic.posts, { connections: CONNECTIONS, overMs: OUTAGE_MS }),
        other.send(evolution, { connections: 4, overMs: OUTAGE_MS }),
      ];
      await delay(OUTAGE_MS * dice.between(0.05, 0.2));
      await postgres.kill();
      const killedAt = performance.now();
      await expect.poll(() => meta.answered(503), { timeout: 60_000, interval: 5 }).toBeGreaterThan(0);
      const stoppedMs = Math.round(performance.now() - killedAt);
      await delay((OUTAGE_MS * 2) / 3);
      await postgres.start();
      const recoveredMs = Math.round(await untilTaken(meta, cast.traffic.posts.length));
      await Promise.all(sending);
      await expect.poll(() => written(people, evolution.length), { timeout: 60_000 }).toBe(evolution.length);
      await expectAppliedOnce(stack, cast.traffic, cast.dispatchId);
      dice.tell({
        'bodies of Meta': cast.traffic.posts.length,
        'answered 503': meta.answered(503),
        'of Evolution': evolution.length,
        'of them refused': other.answered(503),
        duplicates: 0,
        lost: 0,
        'stopped ms': stoppedMs,
        'recovered ms': recoveredMs,
      });
      expect(meta.answered(503)).toBeGreaterThan(0);
      expect(other.answered(503)).toBe(0);
      await expect.poll(spooled, { timeout: 10_000 }).toEqual([]);
    },
    PATIENCE_MS,
  );

  it.each(seeds)(
    'W-11 a router killed -9 with a spool whose last record is torn: every whole one is applied once [seed %i]',
    async (seed) => {
      const { stack, postgres } = stage;
      const dice = new Dice('W-11', seed);
      const people = stage.nextPeople();
      const evolution = evolutionPosts(stage.evolutionUrl, people, sized(60, 200, 2000));
      await postgres.kill();
      const sender = new WebhookSender(stack.routerUrl);
      await sender.send(evolution, { connections: CONNECTIONS });
      await stack.killRouter();
      const segments = await spooled();
      expect(segments).not.toEqual([]);
      await tear(segments.at(-1)!, dice);
      await postgres.start();
      const aged = await age(segments);
      await stack.startRouter();
      const beganAt = performance.now();
      await expect.poll(() => written(people, evolution.length), { timeout: 60_000 }).toBe(evolution.length);
      const recoveredMs = Math.round(performance.now() - beganAt);
      const torn = `${aged.at(-1)}.torn`;
      await expect.poll(spooled, { timeout: 10_000 }).toEqual([torn]);
      await rm(join(folder(), torn));
      await untilNothingWaits(stack);
      // Brought again, each is known.
      await sender.send(evolution, { connections: CONNECTIONS });
      await untilNothingWaits(stack);
      expect(await written(people, evolution.length)).toBe(evolution.length);
      expect(stack.router.output()).toContain('are no whole webhook');
      dice.tell({
        kept: evolution.length,
        segments: segments.length,
        refused: sender.answered(503),
        duplicates: 0,
        lost: 0,
        'recovered ms': recoveredMs,
      });
      expect(sender.answered(503)).toBe(0);
    },
  );

  it.each(isFull ? seeds : [])(
    'W-14 a storm of a week of webhooks: answered in time, and sending goes on meanwhile [seed %i]',
    async (seed) => {
      const { stack } = stage;
      const perSecond = 50;
      const dice = new Dice('W-14', seed);
      const cast = await stage.cast(dice, isSoak ? 60_000 : 10_000, 0);
      await stage.learnProviderIds(cast);
      await stack.simulator.clearLedger();
      const channelId = await stack.createChannel({ statusDelayMs: 20, seed }, { perSecond });
      const messages = isSoak ? 2000 : 400;
      const campaignId = await stack.createCampaign(messages, channelId, stage.nextPeople());
      await stack.start(campaignId);
      await untilCalls(stack, campaignId, perSecond / 2);
      const callsBefore = await callsOf(stack, campaignId);
      const sender = new WebhookSender(stack.routerUrl);
      const beganAt = Date.now();
      await sender.send(cast.traffic.posts, { connections: 100 });
      const seconds = (Date.now() - beganAt) / 1000;
      const sentPerSecond = ((await callsOf(stack, campaignId)) - callsBefore) / seconds;
      await untilStatus(stack, campaignId, 'completed');
      const { progress, ledger } = await fullAudit(stack, campaignId);
      await expectAppliedOnce(stack, cast.traffic, cast.dispatchId);
      dice.tell({
        bodies: cast.traffic.posts.length,
        'a second': Math.round(cast.traffic.posts.length / seconds),
        'p99 ms': sender.p99Ms(),
        'answered 503': sender.answered(503),
        'sent a second meanwhile': sentPerSecond.toFixed(1),
        'of at most': perSecond,
        duplicates: ledger.duplicates,
        lost: progress.pending + progress.inflight,
      });
      expect(progress.pending + progress.failed + progress.unknown).toBe(0);
      expect(sender.unheard).toBe(0);
      // Where others have the machine, that it is answered and goes on is all that can be asked.
      expect(sender.p99Ms()).toBeLessThan(isSoak ? 1000 : 15_000);
      expect(sentPerSecond).toBeGreaterThan(isSoak ? perSecond / 2 : 0);
    },
  );

  /** From now until the next one is answered 200, or none is left. */
  async function untilTaken(sender: WebhookSender, posts: number): Promise<number> {
    const beganAt = performance.now();
    const before = sender.answered(200);
    await expect
      .poll(() => sender.answered(200), { timeout: 120_000, interval: 5 })
      .toBeGreaterThan(Math.min(before, posts - 1));
    return performance.now() - beganAt;
  }

  /** After how many webhooks who is killed. */
  function killPlan(dice: Dice, posts: number): ReadonlyMap<number, 'worker' | 'router'> {
    const part = posts / KILLS;
    const plan = new Map<number, 'worker' | 'router'>();
    let workers = KILLS / 2;
    for (let nth = 0; nth < KILLS; nth += 1) {
      const isWorker = dice.chance(workers / (KILLS - nth));
      if (isWorker) workers -= 1;
      plan.set(Math.round(part * (nth + dice.between(0.1, 0.9))), isWorker ? 'worker' : 'router');
    }
    return plan;
  }

  /** Messages of these numbers; each once, or there are more. */
  async function written(first: number, count: number): Promise<number> {
    const [row] = await stage.stack.ledger.sql.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM inbound_messages WHERE provider_id = ANY($1)',
      [Array.from({ length: count }, (_, index) => `EVO${first + index}`)],
    );
    return row!.n;
  }

  function folder(): string {
    return join(stage.stack.dataDir, 'spool');
  }

  function spooled(): Promise<string[]> {
    return readdir(folder()).then(
      (names) => names.toSorted(),
      () => [],
    );
  }

  /** Half a record behind the last whole one, as a process leaves it that dies while it writes. */
  async function tear(name: string, dice: Dice): Promise<void> {
    const half = Buffer.alloc(Math.ceil(dice.between(0, 200)), 0x7b);
    await appendFile(join(folder(), name), half);
  }

  /** As if it had been a minute since: what another process wrote is not touched before nobody can be writing to it. */
  async function age(names: readonly string[]): Promise<readonly string[]> {
    if (isSoak) return names;
    const older = (name: string): string =>
      String(Number(name.slice(0, 15)) - 60_000).padStart(15, '0') + name.slice(15);
    for (const name of names) await rename(join(folder(), name), join(folder(), older(name)));
    return names.map(older);
  }
});
