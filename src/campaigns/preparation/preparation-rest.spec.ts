import { describe, expect, it } from 'vitest';
import { restMs } from './preparation-rest.js';

const CHUNK_ROWS = 20_000;

/** How long an audience takes whose chunks take so long each, and how much of it was rest. */
function prepare(recipients: number, tookMs: number): { elapsedMs: number; restedMs: number } {
  let elapsedMs = 0;
  let restedMs = 0;
  for (let chunks = 1; chunks * CHUNK_ROWS <= recipients; chunks += 1) {
    elapsedMs += tookMs;
    const rest = restMs({ expected: recipients, chunks, elapsedMs, tookMs });
    elapsedMs += rest;
    restedMs += rest;
  }
  return { elapsedMs, restedMs };
}

describe('the rest behind a chunk', () => {
  it('is as long as the chunk took, where there is time', () => {
    expect(prepare(200_000, 700)).toEqual({ elapsedMs: 14_000, restedMs: 7000 });
    expect(restMs({ expected: 40_000, chunks: 1, elapsedMs: 5000, tookMs: 5000 })).toBe(1000);
  });

  it('gets shorter where a million would take longer than its time', () => {
    const { elapsedMs, restedMs } = prepare(1_000_000, 600);
    expect(elapsedMs).toBeGreaterThan(44_000);
    expect(elapsedMs).toBeLessThan(46_000);
    expect(restedMs).toBeGreaterThan(14_000);
  });

  it('is left out where the chunks alone take longer', () => {
    expect(prepare(1_000_000, 1000)).toEqual({ elapsedMs: 50_000, restedMs: 0 });
  });

  it('gives each million of a larger audience the same time', () => {
    const { elapsedMs } = prepare(3_000_000, 600);
    expect(elapsedMs).toBeGreaterThan(3 * 44_000);
    expect(elapsedMs).toBeLessThan(3 * 46_000);
  });

  it('goes on as long as the chunk took where more come than were counted, or nobody counted', () => {
    expect(restMs({ expected: 20_000, chunks: 9, elapsedMs: 9000, tookMs: 300 })).toBe(300);
    expect(restMs({ expected: null, chunks: 9, elapsedMs: 9000, tookMs: 300 })).toBe(300);
  });
});
