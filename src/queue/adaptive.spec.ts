import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CLIMB_MS,
  fullAtMs,
  LEAST_SHARE,
  RECOVERING,
  shareAt,
  stretchedMs,
  type Slowdown,
} from './adaptive.js';
import { slowdownShown } from './adaptive-view.js';

const NOW_MS = 1_800_000_000_000;
const HALVED: Slowdown = { share: 0.5, fromMs: NOW_MS, intervalMs: 0, code: '130429', sinceMs: NOW_MS };

const shares = fc.double({ min: LEAST_SHARE, max: 1, noNaN: true });
const delays = fc.double({ min: 0.1, max: 3_600_000, noNaN: true });

describe('a channel that is slowed', () => {
  it('climbs in a straight line to its full rate and stays there', () => {
    expect(shareAt(HALVED, NOW_MS - 1000)).toBe(0.5);
    expect(shareAt(HALVED, NOW_MS + CLIMB_MS / 4)).toBe(0.75);
    expect(fullAtMs(HALVED)).toBe(NOW_MS + CLIMB_MS / 2);
    expect(shareAt(HALVED, fullAtMs(HALVED) + 1)).toBe(1);
  });

  it('stretches a delay so that the shares under it add up to it', () => {
    fc.assert(
      fc.property(shares, delays, (share, delayMs) => {
        const lastsMs = stretchedMs(delayMs, share);
        const climbsMs = Math.min(lastsMs, (1 - share) * CLIMB_MS);
        const climbed = share * climbsMs + (climbsMs * climbsMs) / (2 * CLIMB_MS);
        expect(climbed + (lastsMs - climbsMs)).toBeCloseTo(delayMs, 3);
      }),
    );
  });

  it('never makes a delay shorter, nor longer than its share says', () => {
    fc.assert(
      fc.property(shares, delays, (share, delayMs) => {
        const lastsMs = stretchedMs(delayMs, share);
        expect(lastsMs).toBeGreaterThanOrEqual(delayMs - 1e-6);
        expect(lastsMs).toBeLessThanOrEqual(delayMs / share + 1e-6);
      }),
    );
  });

  it('is back within a minute, so a long delay waits no longer than half of one on top', () => {
    expect(stretchedMs(600_000, LEAST_SHARE) - 600_000).toBeLessThanOrEqual(CLIMB_MS / 2);
  });

  it('says by how much, why and until when', () => {
    const shown = slowdownShown(HALVED, NOW_MS);
    expect(shown).toMatchObject({ code: '130429', share: 0.5, since: new Date(NOW_MS).toISOString() });
    expect(shown.fullRateAt).toBe(new Date(NOW_MS + CLIMB_MS / 2).toISOString());
    expect(shown.text).toContain('asked to slow down (130429); it is at 50 %');
    expect(slowdownShown({ ...HALVED, code: RECOVERING }, NOW_MS).text).toContain('breaker was open');
  });
});
