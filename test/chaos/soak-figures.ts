import type { Redis } from 'ioredis';
import type { Stack } from '../support/stack.js';
import { residentMb } from './process-memory.js';

/** What must not grow, however long it goes on. */
interface SoakSample {
  readonly 'front MB': number;
  /** The largest of them: they are killed and start anew. */
  readonly 'worker MB': number;
  readonly 'Redis MB': number;
  readonly 'dead tuples': number;
  /** These grow with what was sent, until retention takes it. */
  readonly 'tables MB': number;
  readonly 'largest table': string;
}

const MUST_BE_FLAT = ['front MB', 'worker MB', 'Redis MB', 'dead tuples'] as const;
/** Of both medians: a third, and what vacuum and the collector leave lying at any moment. */
const MOST_GROWTH = 1.3;
const SLACK = { 'front MB': 40, 'worker MB': 40, 'Redis MB': 5, 'dead tuples': 20_000 } as const;

export class SoakFigures {
  private readonly samples: SoakSample[] = [];

  constructor(
    private readonly stack: Stack,
    private readonly redis: Redis,
  ) {}

  /** Null while the servers cannot be asked. */
  async sample(): Promise<SoakSample | null> {
    try {
      const sample = await this.look();
      this.samples.push(sample);
      return sample;
    } catch {
      return null;
    }
  }

  /** By how much each has grown from the median of the second quarter to that of the last. */
  growth(): {
    readonly name: string;
    readonly from: number;
    readonly to: number;
    readonly isFlat: boolean;
  }[] {
    const quarter = Math.max(1, Math.floor(this.samples.length / 4));
    const second = this.samples.slice(quarter, 2 * quarter);
    const last = this.samples.slice(-quarter);
    return MUST_BE_FLAT.map((name) => {
      const [from, to] = [median(second, name), median(last, name)];
      return { name, from, to, isFlat: to <= from * MOST_GROWTH + SLACK[name] };
    });
  }

  private async look(): Promise<SoakSample> {
    const { ledger, front, workers } = this.stack;
    const [tables] = await ledger.sql.query<{ dead: number; mb: number; largest: string }>(
      `SELECT coalesce(sum(n_dead_tup), 0)::int AS dead,
              (coalesce(sum(pg_total_relation_size(relid)), 0) / 1048576)::int AS mb,
              (SELECT relname || ' ' || pg_total_relation_size(relid) / 1048576 FROM pg_stat_user_tables
               ORDER BY pg_total_relation_size(relid) DESC LIMIT 1) AS largest
       FROM pg_stat_user_tables`,
    );
    const [, bytes = '0'] = /used_memory:(\d+)/.exec(await this.redis.info('memory')) ?? [];
    return {
      'front MB': residentMb(front.pid),
      'worker MB': Math.max(0, ...workers.map((worker) => residentMb(worker.pid))),
      'Redis MB': Math.round(Number(bytes) / 1048576),
      'dead tuples': tables!.dead,
      'tables MB': tables!.mb,
      'largest table': tables!.largest,
    };
  }
}

function median(samples: readonly SoakSample[], name: (typeof MUST_BE_FLAT)[number]): number {
  const sorted = samples.map((sample) => sample[name]).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
