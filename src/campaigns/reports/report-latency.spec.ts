import { describe, expect, it } from 'vitest';
import { BUCKET_GROWTH, LatencyBuckets } from './report-latency.js';

const bucketOf = (ms: number) => Math.floor(Math.log(Math.max(1, ms)) / Math.log(BUCKET_GROWTH));

describe('the times of a report', () => {
  it('are within 1 % of those that sorting all of them gives', () => {
    const times = Array.from({ length: 5000 }, (_, n) => 40 + ((n * 7919) % 90_001));
    const buckets = new LatencyBuckets();
    for (const ms of times) buckets.add(bucketOf(ms), 1);
    const sorted = times.toSorted((a, b) => a - b);
    const { count, medianMs, p95Ms } = buckets.summary();
    expect(count).toBe(5000);
    expect(Math.abs(medianMs! / sorted[2499]! - 1)).toBeLessThan(0.011);
    expect(Math.abs(p95Ms! / sorted[4749]! - 1)).toBeLessThan(0.011);
  });

  it('are the same whatever the order in which parts are added', () => {
    const [one, other] = [new LatencyBuckets(), new LatencyBuckets()];
    for (const bucket of [300, 10, 450]) one.add(bucket, 2);
    for (const bucket of [450, 450, 10, 300, 300, 10]) other.add(bucket, 1);
    expect(one.summary()).toEqual(other.summary());
  });

  it('are nothing where nobody got the message', () => {
    expect(new LatencyBuckets().summary()).toEqual({ count: 0, medianMs: null, p95Ms: null });
  });
});
