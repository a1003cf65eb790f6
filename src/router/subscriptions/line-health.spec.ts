import { describe, expect, it } from 'vitest';
import type { Answer } from './delivery.js';
import { healthAfter, HEALTHY, isOpen, reasonToDisable, restMs, type LineHealth } from './line-health.js';

const TAKEN: Answer = { kind: 'taken', status: 204, ms: 3, text: '' };
const LOST: Answer = { kind: 'lost', code: 'connect_refused', ms: 1 };
const PATIENCE = { baseMs: 5000, giveUpMs: 86_400_000 };
const NOON = new Date('2026-11-22T12:00:00Z');

function refused(status: number): Answer {
  return { kind: 'refused', status, ms: 3, text: '', retryAfterMs: null };
}

function after(answers: readonly Answer[], health: LineHealth = HEALTHY): LineHealth {
  return answers.reduce((now, answer) => healthAfter(now, answer, NOON), health);
}

describe('the health of an endpoint', () => {
  it('is left alone after ten failures in a row, of whatever kind', () => {
    for (const failure of [LOST, refused(500), refused(404), refused(429)]) {
      expect(isOpen(after(Array(9).fill(failure)))).toBe(false);
      expect(isOpen(after(Array(10).fill(failure)))).toBe(true);
      expect(isOpen(after([...Array(9).fill(failure), TAKEN, failure]))).toBe(false);
    }
  });

  it('does not suffer from an event that it cannot digest', () => {
    expect(isOpen(after(Array(100).fill(refused(422))))).toBe(false);
  });

  it('is told by one event behind a rest: taken, it is as before; not taken, it rests longer', () => {
    const resting = { failures: 0, opens: 3, failingSince: NOON };
    expect(isOpen(resting)).toBe(false);
    expect(after([TAKEN], resting)).toEqual(HEALTHY);
    expect(isOpen(after([LOST], resting))).toBe(true);
  });

  it('rests longer each time, and never more than five minutes', () => {
    expect([0, 1, 2, 6, 30, 1000].map((opens) => restMs(opens, PATIENCE, 1))).toEqual([
      5000, 10_000, 20_000, 300_000, 300_000, 300_000,
    ]);
    expect(restMs(1, PATIENCE, 0)).toBe(5000);
  });

  it('is given up when nothing was taken for a day, or when it says that it is gone', () => {
    const failing = after([LOST]);
    const in24h = new Date(NOON.getTime() + 86_400_000);
    expect(reasonToDisable(failing, LOST, PATIENCE, new Date(in24h.getTime() - 1))).toBeUndefined();
    expect(reasonToDisable(failing, LOST, PATIENCE, in24h)).toContain('2026-11-22T12:00:00.000Z');
    expect(reasonToDisable(after([LOST, TAKEN, LOST]), LOST, PATIENCE, NOON)).toBeUndefined();
    expect(reasonToDisable(after([refused(410)]), refused(410), PATIENCE, NOON)).toContain('410');
  });
});
