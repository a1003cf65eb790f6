import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Post } from './webhook-traffic.js';

const ANSWER_WITHIN_MS = 15_000;
/** Meta waits longer, and the proof would wait with it. */
const AGAIN_AFTER_MS = 100;

interface Pace {
  readonly connections: number;
  /** Posts that are not begun before their turn; left out: as fast as they are answered. */
  readonly overMs?: number;
  /** Told after each 200. */
  readonly taken?: (count: number) => void;
}

/** A provider: posts each webhook until it is answered 200, also where the answer was lost with its connection. */
export class WebhookSender {
  readonly latenciesMs: number[] = [];
  /** Answers by their status. */
  readonly answers = new Map<number, number>();
  /** Posts of which nobody heard anything. */
  unheard = 0;

  constructor(private readonly url: string) {}

  answered(status: number): number {
    return this.answers.get(status) ?? 0;
  }

  p99Ms(): number {
    const sorted = this.latenciesMs.toSorted((a, b) => a - b);
    return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0);
  }

  /** Returns when the last one was answered 200. */
  async send(posts: readonly Post[], { connections, overMs = 0, taken }: Pace): Promise<void> {
    const pool = new Pool(this.url, { connections, headersTimeout: ANSWER_WITHIN_MS });
    const beganAt = performance.now();
    let next = 0;
    let count = 0;
    const lane = async (): Promise<void> => {
      while (next < posts.length) {
        const at = next;
        next += 1;
        const earlyMs = beganAt + (overMs * at) / posts.length - performance.now();
        if (earlyMs > 0) await delay(earlyMs);
        await this.untilTaken(pool, posts[at]!);
        count += 1;
        taken?.(count);
      }
    };
    await Promise.all(Array.from({ length: connections }, lane));
    await pool.destroy();
  }

  private async untilTaken(pool: Pool, { path, headers, body }: Post): Promise<void> {
    for (;;) {
      const beganAt = performance.now();
      try {
        const answer = await pool.request({ method: 'POST', path, headers: { ...headers }, body });
        await answer.body.dump();
        this.latenciesMs.push(performance.now() - beganAt);
        const { statusCode } = answer;
        this.answers.set(statusCode, this.answered(statusCode) + 1);
        if (statusCode === 200) return;
        if (statusCode !== 503) throw new WrongAnswer(statusCode);
      } catch (error) {
        if (error instanceof WrongAnswer) throw error;
        this.unheard += 1;
      }
      await delay(AGAIN_AFTER_MS);
    }
  }
}

class WrongAnswer extends Error {
  constructor(status: number) {
    super(`a webhook was answered ${status}; only 200 and 503 make sense here`);
  }
}
