import type { ChannelPacing } from '../../src/channels/channel.js';
import type { ChannelLimits } from '../../src/channels/channel-limits.js';
import { loadConfig } from '../../src/config/load-config.js';
import { NO_RATE } from '../../src/ledger/dispatch-rate.repository.js';
import type { UsageRepository } from '../../src/ledger/usage.repository.js';
import { LATE_MS } from '../../src/queue/channel-limits.js';
import { EngineRedis } from '../../src/queue/redis.provider.js';
import { Throttle, type RatedDispatch } from '../../src/queue/throttle.js';
import type { SeededRandom } from '../../src/simulator/seeded-random.js';

/** As in the queue: who must wait longer gives its batch back and looks again so much later. */
const MOST_WAIT_MS = 700;
/** An answered ask is followed by the next one within this: a commit, a turn of the event loop, another campaign. */
const MOST_MS_TO_ASK = 60;
const MOST_WANTED = 40;
/** A channel that Redis did not know counts its last second, in real time, as spent. */
const AFTER_REBUILD_MS = 2000;
/** Which argument of the grant script is its time, and where its answer has that and the instants after it. */
const TIME_ARGUMENT = 17;
const ANSWER_NOW = 2;
const ANSWER_OFFSETS = 5;

interface Grants {
  caudalGrant(keys: number, ...args: (string | number)[]): Promise<string[]>;
}

/** All workers send the same one, without a rate of its own. */
const CAMPAIGN: RatedDispatch = { id: '1', rate: NO_RATE, hasMore: true };

interface VirtualWorker {
  readonly throttle: Throttle;
  readonly redis: EngineRedis;
  /** What its script answered last. */
  heard(): readonly string[];
  asksAtMs: number;
}

export interface VirtualChannel {
  readonly id: string;
  readonly limits: ChannelLimits;
  readonly pacing: ChannelPacing;
}

/**
 * The limiter as the workers have it, the same class and script on a real Redis, in a time that is moved by hand: the
 * grant script takes the time as an argument. Postgres remembers nothing here, as for a channel that is new.
 */
export class VirtualWorkers {
  private nowMs = Date.now() + AFTER_REBUILD_MS;
  private readonly workers: VirtualWorker[] = [];

  private constructor(private readonly random: SeededRandom) {}

  static async open(redisUrl: string, count: number, random: SeededRandom): Promise<VirtualWorkers> {
    const all = new VirtualWorkers(random);
    const config = loadConfig({ REDIS_URL: redisUrl, CAUDAL_REDIS_PREFIX: 'bench-virtual' });
    const usage = { since: () => Promise.resolve([]) } as unknown as UsageRepository;
    for (let nth = 0; nth < count; nth += 1) {
      const redis = new EngineRedis(config);
      await redis.ready();
      const throttle = new Throttle(redis, config, usage);
      all.workers.push({ throttle, redis, heard: all.moveClockOf(redis), asksAtMs: 0 });
    }
    return all;
  }

  /** Every worker asks for a random number of messages again and again; when each call began, a little late as in life. */
  async live(channel: VirtualChannel, durationMs: number): Promise<number[]> {
    const begun: number[] = [];
    const endMs = this.nowMs + durationMs;
    for (const worker of this.workers) worker.asksAtMs = this.nowMs + this.upTo(MOST_MS_TO_ASK);
    for (;;) {
      const worker = this.workers.reduce((soonest, one) => (one.asksAtMs < soonest.asksAtMs ? one : soonest));
      if (worker.asksAtMs >= endMs) return begun;
      this.nowMs = worker.asksAtMs;
      const wanted = 1 + Math.floor(this.upTo(MOST_WANTED));
      const grant = await worker.throttle.grant({ ...channel, version: 1 }, wanted, CAMPAIGN);
      if (grant.kind === 'wait') {
        if (grant.why === 'redis') throw new Error('Redis did not answer');
        worker.asksAtMs = this.nowMs + Math.min(grant.waitMs, MOST_WAIT_MS) + this.upTo(MOST_MS_TO_ASK);
        continue;
      }
      const instants = instantsOf(worker.heard());
      begun.push(...instants.map((instant) => instant + this.upTo(LATE_MS)));
      worker.asksAtMs = Math.max(this.nowMs, instants.at(-1)!) + this.upTo(MOST_MS_TO_ASK);
    }
  }

  end(): void {
    for (const { redis } of this.workers) redis.onApplicationShutdown();
  }

  private upTo(most: number): number {
    return this.random.next() * most;
  }

  private moveClockOf(redis: EngineRedis): () => readonly string[] {
    const client = redis.client as unknown as Grants;
    const ask = client.caudalGrant.bind(client);
    let answer: readonly string[] = [];
    client.caudalGrant = async (keys, ...args) => {
      const heard = await ask(keys, ...args.with(keys + TIME_ARGUMENT - 1, this.nowMs));
      answer = heard;
      return heard;
    };
    return () => answer;
  }
}

/** A channel with nothing to space or to count says nothing of instants: at once. */
function instantsOf(answer: readonly string[]): number[] {
  const nowMs = Number(answer[ANSWER_NOW]);
  return answer[ANSWER_OFFSETS]!.split(' ').map((offset) => nowMs + Number(offset));
}
