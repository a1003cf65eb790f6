import { describe, expect, it } from 'vitest';
import type { Answer } from './delivery.js';
import { verdictOf, type Patience } from './delivery-verdict.js';

const DAY_MS = 86_400_000;
const PATIENCE: Patience = { baseMs: 5000, giveUpMs: DAY_MS };
const LOST: Answer = { kind: 'lost', code: 'timeout', ms: 15_000 };

function refused(status: number, retryAfterMs: number | null = null): Answer {
  return { kind: 'refused', status, ms: 10, text: '', retryAfterMs };
}

/** All tries of a delivery that nobody takes, by the time of each. */
function triesOf(answer: Answer, random: () => number): number[] {
  const tries: number[] = [];
  for (let atMs = 0; ;) {
    tries.push(atMs);
    const verdict = verdictOf({ answer, attempts: tries.length - 1, triedForMs: atMs }, PATIENCE, random());
    if (verdict.state !== 'pending') {
      expect(verdict.state).toBe('dead');
      return tries;
    }
    atMs += verdict.waitMs;
  }
}

describe('a delivery', () => {
  it('that is taken is done', () => {
    const answer: Answer = { kind: 'taken', status: 200, ms: 5, text: 'ok' };
    expect(verdictOf({ answer, attempts: 7, triedForMs: 2 * DAY_MS }, PATIENCE, 0)).toEqual({
      state: 'delivered',
    });
  });

  it.each([LOST, refused(500), refused(302), refused(404)])(
    'that is not taken is tried for a day, ever more rarely, and then is dead (%o)',
    (answer) => {
      for (const random of [() => 0, () => 0.999, Math.random]) {
        const tries = triesOf(answer, random);
        expect(tries.at(-1)).toBeGreaterThanOrEqual(DAY_MS);
        expect(tries.at(-1)).toBeLessThan(DAY_MS + 3_600_000);
        expect(tries.length).toBeGreaterThan(25);
        expect(tries.length).toBeLessThan(70);
        expect(tries[1]).toBeLessThanOrEqual(5000);
      }
    },
  );

  it('waits for times that are spread, and never more than an hour', () => {
    const waits = [0, 0.25, 0.5, 0.75].map((random) =>
      verdictOf({ answer: LOST, attempts: 40, triedForMs: 1000 }, PATIENCE, random),
    );
    expect(waits).toEqual(
      [1_800_000, 2_250_000, 2_700_000, 3_150_000].map((waitMs) => ({ state: 'pending', waitMs })),
    );
  });

  it('waits for as long as the endpoint asks', () => {
    expect(verdictOf({ answer: refused(429, 90_000), attempts: 0, triedForMs: 0 }, PATIENCE, 0)).toEqual({
      state: 'pending',
      waitMs: 90_000,
    });
  });
});
