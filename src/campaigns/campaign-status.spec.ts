import { describe, expect, it } from 'vitest';
import { NO_PROGRESS, progressOf, sentCount } from './campaign-status.js';

const counts = {
  ...NO_PROGRESS,
  total: 200,
  pending: 50,
  inflight: 10,
  accepted: 40,
  sent: 30,
  delivered: 20,
  read: 10,
  failed: 5,
  unknown: 3,
  unconfirmed: 2,
  skipped: 20,
  cancelled: 10,
};

describe('the progress of a campaign', () => {
  it('counts as processed all that is neither pending nor in flight', () => {
    expect(progressOf(counts, 0)).toMatchObject({ processed: 140, success: 100, failed: 5, percentage: 70 });
  });

  it('is measured against the whole audience while it is still being prepared', () => {
    expect(progressOf(counts, 1400).percentage).toBe(10);
  });

  it('is never rounded up to 100 before the last one', () => {
    expect(progressOf({ ...NO_PROGRESS, total: 10_000, accepted: 9999, pending: 1 }, 0).percentage).toBe(
      99.9,
    );
  });

  it('is 0 of nothing', () => {
    expect(progressOf(NO_PROGRESS, 0).percentage).toBe(0);
  });

  it('tells what a provider was asked to take from what was never sent', () => {
    expect(sentCount(counts)).toBe(110);
  });
});
