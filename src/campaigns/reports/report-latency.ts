/** Each bucket ends 2 % above where it begins: what is read from them is within 1 % of the truth, and they add up. */
export const BUCKET_GROWTH = 1.02;

export interface TimeTo {
  /** Of so many recipients. */
  readonly count: number;
  readonly medianMs: number | null;
  readonly p95Ms: number | null;
}

/** Counts by bucket, from parts of a campaign that were read one after the other. */
export class LatencyBuckets {
  private readonly counts = new Map<number, number>();

  add(bucket: number, count: number): void {
    this.counts.set(bucket, (this.counts.get(bucket) ?? 0) + count);
  }

  summary(): TimeTo {
    const count = [...this.counts.values()].reduce((sum, one) => sum + one, 0);
    return { count, medianMs: this.quantileMs(0.5, count), p95Ms: this.quantileMs(0.95, count) };
  }

  /** The smallest that so great a part is not above; null of nothing. */
  private quantileMs(part: number, count: number): number | null {
    let left = Math.ceil(count * part);
    for (const [bucket, n] of [...this.counts].toSorted(([a], [b]) => a - b)) {
      left -= n;
      if (left <= 0) return middleMs(bucket);
    }
    return null;
  }
}

/** Bucket 0 is a millisecond and less, those of a provider's clock that is behind ours among them. */
function middleMs(bucket: number): number {
  return bucket === 0 ? 0 : Math.round(BUCKET_GROWTH ** (bucket + 0.5));
}
