import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LEASE_MS, LineLease, RENEW_EVERY_MS } from './line-lease.js';

describe('the lease of an endpoint', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  const lease = () => new LineLease('a', 's', performance.now());

  it('is over, and cuts what is open, before another worker may have the endpoint', () => {
    const one = lease();
    vi.advanceTimersByTime(LEASE_MS - 1001);
    expect([one.isOver, one.signal.aborted]).toEqual([false, false]);
    vi.advanceTimersByTime(2);
    expect([one.isOver, one.signal.aborted]).toEqual([true, true]);
  });

  it('lasts for as long as it is renewed, counted from when that was asked', () => {
    const one = lease();
    for (let passedMs = 0; passedMs < 3 * LEASE_MS; passedMs += RENEW_EVERY_MS) {
      const askedAtMs = performance.now();
      vi.advanceTimersByTime(RENEW_EVERY_MS);
      one.renewed(askedAtMs);
    }
    expect(one.isOver).toBe(false);
    vi.advanceTimersByTime(LEASE_MS - RENEW_EVERY_MS);
    expect(one.isOver).toBe(true);
  });

  it('comes back by no renewal that is too late', () => {
    const one = lease();
    vi.advanceTimersByTime(LEASE_MS);
    one.renewed(performance.now());
    expect([one.isOver, one.signal.aborted]).toEqual([true, true]);
  });

  it('lets what is open end when it is withdrawn, until it would have been over', () => {
    const one = lease();
    one.withdraw();
    one.renewed(performance.now());
    expect([one.isOver, one.signal.aborted]).toEqual([true, false]);
    vi.advanceTimersByTime(LEASE_MS);
    expect(one.signal.aborted).toBe(true);
  });

  it('cuts nothing once the visit has ended', () => {
    const one = lease();
    one.end();
    vi.advanceTimersByTime(2 * LEASE_MS);
    expect(one.signal.aborted).toBe(false);
  });
});
